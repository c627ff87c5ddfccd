// A server that has no file left to open: the call fails and says so, the server lives on, and what it has started can still be ended.
import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { nanoid } from "nanoid";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createLab, type Lab, say, until } from "../support/lab.ts";
import { findMarked, type StdioBridge, shakeHands, startStdioBridge } from "../support/stdio-bridge.ts";

const canLimit = spawnSync("prlimit", ["--version"]).status === 0;

let lab: Lab;
let mark: string;
let bridge: StdioBridge;
let lastId = 0;

beforeEach(async () => {
  lab = await createLab(say("hello"));
  mark = `LAB_CASE=${nanoid()}`;
  const [name = "", value = ""] = mark.split("=");
  bridge = startStdioBridge({ env: { ...lab.env, [name]: value }, cwd: lab.project });
  await shakeHands(bridge);
});
afterEach(async () => {
  bridge.process.kill("SIGKILL");
  for (const { pid } of findMarked(mark)) process.kill(pid, "SIGKILL");
  await lab.close();
});

const limitTo = (files: number) =>
  execFileSync("prlimit", [`--pid=${bridge.process.pid}`, `--nofile=${files}:`], { stdio: "ignore" });
const starve = () => limitTo(readdirSync(`/proc/${bridge.process.pid}/fd`).length);
const feed = () => limitTo(1_000);

async function call(): Promise<string> {
  lastId += 1;
  bridge.call(lastId, "codex", { prompt: "x" });
  return JSON.stringify(await bridge.answer(lastId));
}

describe.runIf(canLimit)("no file left to open", () => {
  test("at the first call: it says so, and the next one works", async () => {
    starve();
    for (let at = 0; at < 2; at += 1) expect(await call()).toMatch(/\[MACHINE_LIMIT\].*EMFILE/);
    feed();
    expect(await call()).toContain("hello");
  });

  test("later: each call says so, the server lives, and works again", async () => {
    expect(await call()).toContain("hello");
    starve();
    for (let at = 0; at < 3; at += 1) expect(await call()).toContain("[MACHINE_LIMIT]");
    feed();
    expect(await call()).toContain("hello");
    bridge.process.stdin?.end();
    expect(await bridge.exited).toEqual({ code: 0, signal: null });
  });

  test.each<[string, () => void]>([
    ["a cancel", () => bridge.send({ method: "notifications/cancelled", params: { requestId: 900 } })],
    ["EOF", () => void bridge.process.stdin?.end()],
  ])("while a turn runs: %s ends all of it", async (_name, end) => {
    lab.respond(() => ({ ending: "hang" }));
    bridge.call(900, "codex", { prompt: "x" });
    await until("the model is asked", () => lab.standIn.requests.length > 0);
    starve();
    end();
    const others = () => findMarked(mark).filter(({ pid }) => pid !== bridge.process.pid);
    await until("all of it is gone", () => others().length === 0, 3_000);
  });
});
