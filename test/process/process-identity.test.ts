import { spawn, spawnSync } from "node:child_process";
import { afterEach, describe, expect, test, vi } from "vitest";
import { isAlive, readOwnIdentity } from "../../src/process/process-identity.ts";
import { createProcessTable } from "../../src/process/process-table.ts";
import { until } from "../support/lab.ts";

afterEach(() => vi.useRealTimers());

describe.each(["linux", "darwin"] as const)("on %s", (platform) => {
  const table = createProcessTable(platform);
  const own = readOwnIdentity(table);

  test("this process lives; one with its pid from another time or boot does not", () => {
    expect(isAlive(table, own)).toBe(true);
    expect(isAlive(table, { ...own, start: own.start - 100 })).toBe(false);
    expect(isAlive(table, { ...own, bootId: "another" })).toBe(false);
  });

  test("a process that has ended does not live", () => {
    const { pid } = spawnSync("true");
    expect(isAlive(table, { ...own, pid, start: 7 })).toBe(false);
  });

  test("in doubt it lives: a start that was not read, a table that cannot be read", () => {
    expect(isAlive(table, { ...own, start: 0 })).toBe(true);
    expect(isAlive({ ...table, find: () => undefined, isGone: () => false }, own)).toBe(true);
  });

  test("a clock that is set makes no other boot", () => {
    const now = Date.now();
    vi.useFakeTimers({ toFake: ["Date"], now: now + 7_200_000 });
    expect(isAlive(createProcessTable(platform), own)).toBe(true);
  });
});

test("a zombie is gone", async () => {
  const table = createProcessTable("linux");
  // The shell becomes a sleep, which does not know that it has a child to wait for.
  const parent = spawn("/bin/sh", ["-c", "true & echo $!; exec sleep 300"], { stdio: ["ignore", "pipe", "ignore"] });
  const pid = await new Promise<number>((resolve) => parent.stdout.once("data", (text) => resolve(Number(text))));
  await until("it has ended", () => table.find(pid) === undefined);
  expect(table.isGone(pid)).toBe(true);
  expect(isAlive(table, { pid, start: 0, bootId: table.bootId() })).toBe(false);
  parent.kill("SIGKILL");
});
