// In doubt the owner of a job lives, but not for ever.
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createHolderJudge } from "../../src/state/holder-judge.ts";
import type { LockHolder } from "../../src/state/lock-holder.ts";
import { SILENT_MS } from "../../src/state/lock-renewal.ts";

let stateDir: string;
let path: string;
let passed: number;
let silent: LockHolder[];
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "holder-judge-"));
  path = join(stateDir, "record");
  writeFileSync(path, "");
  passed = 0;
  silent = [];
});
afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

const holder: LockHolder = { pid: 7, start: 1, bootId: "b", namespace: "pid:[1]", cwd: "/", since: 0 };
const create = (liveness: "alive" | "dead" | "unknown") =>
  createHolderJudge({
    stateDir,
    judge: () => liveness,
    onSilent: (found) => void silent.push(found),
    monotonic: () => passed,
  });

test.each(["alive", "dead"] as const)("one that is seen to be %s is that", (liveness) => {
  expect(create(liveness)(path, "x", holder)).toBe(liveness);
});

test("one that cannot be looked up lives as long as its file is renewed, and is dead after a minute of silence", () => {
  const judge = create("unknown");
  for (let minute = 0; minute < 3; minute += 1) {
    utimesSync(path, minute + 1, minute + 1);
    expect(judge(path, "x", holder)).toBe("unknown");
    passed += SILENT_MS;
  }
  expect(judge(path, "x", holder)).toBe("dead");
  expect(silent).toEqual([holder]);
});

test("one whose record only a newer bridge can read is not judged by its pid", () => {
  expect(create("dead")(path, "x", holder, false)).toBe("unknown");
});
