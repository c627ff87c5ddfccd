import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createAttemptHistory, toTaskKey, toThreadKey } from "../../../src/delegation/tasks/attempt-history.ts";
import { SILENT_LOGGER } from "../../../src/domain/logger.ts";
import type { Attempt } from "../../../src/domain/task.ts";
import { createAttemptFiles } from "../../../src/state/attempt-files.ts";

let stateDir: string;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "attempts-"));
});
afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

const open = () => createAttemptHistory(createAttemptFiles(stateDir), SILENT_LOGGER);
const attempt = (startedAt: number): Attempt => ({
  agent: "codex_cli",
  outcome: "failed",
  code: "TURN_FAILED",
  step: 0,
  startedAt,
  endedAt: startedAt + 1,
});

test("a history outlives its bridge, and two bridges count together", () => {
  const [one, two] = [open(), open()];
  one.append("k", attempt(1));
  two.append("k", attempt(2));
  one.append("k", attempt(3));
  expect(open().read("k")).toEqual([attempt(1), attempt(2), attempt(3)]);
});

test("a success clears it, file and all", () => {
  open().append("k", attempt(1));
  open().clear("k");
  open().clear("k");
  expect(open().read("k")).toEqual([]);
  expect(readdirSync(join(stateDir, "attempts"))).toEqual([]);
});

test("it keeps the newest hundred", () => {
  const history = open();
  for (let at = 0; at < 110; at += 1) history.append("k", attempt(at));
  expect(history.read("k").map(({ startedAt }) => startedAt)).toEqual(Array.from({ length: 100 }, (_, at) => at + 10));
});

test("a damaged file is an empty history, and half a line costs itself only", () => {
  mkdirSync(join(stateDir, "attempts"));
  writeFileSync(join(stateDir, "attempts", "k.json"), '[{"agent":');
  writeFileSync(join(stateDir, "attempts", "k.jsonl"), '{"agent":"codex_cli","outc');
  expect(open().read("k")).toEqual([]);
  open().append("k", attempt(1));
  expect(open().read("k")).toEqual([attempt(1)]);
});

test("what an older bridge has counted counts on", () => {
  mkdirSync(join(stateDir, "attempts"));
  writeFileSync(join(stateDir, "attempts", "k.json"), JSON.stringify([attempt(1)]));
  open().append("k", attempt(2));
  expect(open().read("k")).toEqual([attempt(1), attempt(2)]);
});

test("a history does not grow without end", () => {
  const history = open();
  const long = { ...attempt(1), reason: "x".repeat(10_000) };
  for (let at = 0; at < 60; at += 1) history.append("k", { ...long, startedAt: at });
  const sizes = readdirSync(join(stateDir, "attempts")).map((name) => statSync(join(stateDir, "attempts", name)).size);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(300_000);
  expect(history.read("k").at(-1)?.startedAt).toBe(59);
});

test("where nothing can be stored it counts in memory, and nothing throws", () => {
  writeFileSync(join(stateDir, "attempts"), "in the way");
  const history = open();
  history.append("k", attempt(1));
  history.append("k", attempt(2));
  expect(history.read("k")).toHaveLength(2);
  history.clear("k");
  expect(history.read("k")).toEqual([]);
});

test("what could not be stored once is stored with the next attempt", () => {
  writeFileSync(join(stateDir, "attempts"), "in the way");
  const history = open();
  history.append("k", attempt(1));
  rmSync(join(stateDir, "attempts"));
  for (const at of [2, 3, 4]) history.append("k", attempt(at));
  expect(history.read("k")).toHaveLength(4);
  expect(open().read("k")).toHaveLength(4);
});

test("a task is the same whatever its case, spaces and way to its directory", () => {
  const key = toTaskKey("Fix  the\nBuild", undefined, "/work/a");
  expect(toTaskKey(" fix the build ", "/work/a", "/elsewhere")).toBe(key);
  expect(toTaskKey("fix the build", "../a", "/work/b")).toBe(key);
  expect(toTaskKey("fix the build", "/work/b", "/work/a")).not.toBe(key);
  expect(toTaskKey("fix the builds", undefined, "/work/a")).not.toBe(key);
  expect(toThreadKey("../../etc/passwd")).toMatch(/^thread-[0-9a-f]{32}$/);
});
