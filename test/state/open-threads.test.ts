import { existsSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createMachine } from "../../src/app/machine.ts";
import { SILENT_LOGGER } from "../../src/domain/logger.ts";

const THREAD = "01a1fa4f-63b2-7772-b0a6-be473084c496";

function openBridges() {
  const stateDir = mkdtempSync(join(tmpdir(), "cb-"));
  const open = () => createMachine({ stateDir, cwd: "/p", logger: SILENT_LOGGER }).openThreads;
  const bridges = { one: open(), two: open() };
  onTestFinished(() => {
    bridges.one.drop(THREAD);
    rmSync(stateDir, { recursive: true });
  });
  return { ...bridges, file: join(stateDir, "open-threads", `${THREAD}.json`) };
}

test("a bridge that keeps a thread open lets go of it when another one asks", async () => {
  const { one, two, file } = openBridges();
  const asked: string[] = [];
  one.onAsked((threadId) => {
    asked.push(threadId);
    setTimeout(() => one.drop(threadId), 30);
  });
  one.hold(THREAD);
  expect(existsSync(file)).toBe(true);
  await new Promise((resolve) => setTimeout(resolve, 50));
  await two.ask(THREAD);
  expect(asked).toEqual([THREAD]);
  expect(existsSync(file)).toBe(false);
  expect(existsSync(file.replace(".json", ".wanted.json"))).toBe(false);
});

test("a thread that is held on has its file renewed, and written again if it is gone", async () => {
  const { one, two, file } = openBridges();
  one.hold(THREAD);
  utimesSync(file, 1, 1);
  one.hold(THREAD);
  expect(Date.now() - statSync(file).mtimeMs).toBeLessThan(60_000);
  rmSync(file);
  one.hold(THREAD);
  const asked = new Promise((resolve) => one.onAsked(resolve));
  void two.ask(THREAD);
  await expect(asked).resolves.toBe(THREAD);
});

test("nobody is asked for a thread that is not held, or that this bridge holds itself", async () => {
  const { one, two } = openBridges();
  one.onAsked(() => expect.unreachable());
  await two.ask(THREAD);
  one.hold(THREAD);
  await one.ask(THREAD);
});

test("who does not want the thread any more waits for nobody", async () => {
  const { one, two, file } = openBridges();
  one.hold(THREAD);
  const stop = new AbortController();
  const startedAt = performance.now();
  setTimeout(() => stop.abort(), 30);
  await two.ask(THREAD, stop.signal);
  expect(performance.now() - startedAt).toBeLessThan(2_500);
  expect(existsSync(file)).toBe(true);
  expect(existsSync(file.replace(".json", ".wanted.json"))).toBe(false);
});

test("what is left of a dead bridge, or cannot be read, holds nobody up", async () => {
  const { one, two, file } = openBridges();
  one.hold(THREAD);
  const dead = { pid: 999_999_999, start: 1, bootId: "b", cwd: "/p", since: 1, version: 1 };
  for (const text of [JSON.stringify(dead), "{", "[]"]) {
    writeFileSync(file, text);
    await two.ask(THREAD);
  }
});
