// The counts of the review gate: at most two runs for a state, at most two in a turn, and none that cannot be counted.
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createGateRuns, GATE_FOLDER, type GateRuns } from "../../src/state/gate-runs.ts";

let stateDir: string;
let runs: GateRuns;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "codex-bridge-gate-"));
  runs = createGateRuns(stateDir);
});
afterEach(() => rmSync(stateDir, { recursive: true }));

const list = () => readdirSync(join(stateDir, GATE_FOLDER));

test("a state is reviewed twice at most, whatever the session and the turn", () => {
  const claims = ["a", "b", "a", "c"].map((session) => {
    runs.beginTurn(session);
    return runs.claim(session, "state");
  });
  expect(claims).toEqual([true, true, false, false]);
});

test("a state that was reviewed whole is not reviewed again", () => {
  expect(runs.claim("a", "state")).toBe(true);
  runs.settle("state");
  runs.beginTurn("a");
  expect(runs.claim("a", "state")).toBe(false);
});

test("a turn has two runs at most, however often the state changes; the next turn has its own", () => {
  runs.beginTurn("a");
  expect(["1", "2", "3", "4"].map((state) => runs.claim("a", state))).toEqual([true, true, false, false]);
  expect(runs.claim("b", "3")).toBe(true);
  runs.beginTurn("a");
  expect(runs.claim("a", "5")).toBe(true);
});

test("a count that nobody can read lets go", () => {
  runs.claim("a", "1");
  for (const name of list().filter((name) => name.startsWith("turn-"))) {
    writeFileSync(join(stateDir, GATE_FOLDER, name), "many");
  }
  expect(runs.claim("a", "2")).toBe(false);
});

test("what cannot be written is not begun", () => {
  const closed = createGateRuns("/proc/none");
  expect(closed.claim("a", "1")).toBe(false);
  expect(() => closed.settle("1")).not.toThrow();
  writeFileSync(join(stateDir, GATE_FOLDER), "");
  expect(runs.claim("a", "1")).toBe(false);
});

test("ids of any form make file names, for this user alone, and old ones are swept", async () => {
  const session = "../../x\n\0";
  expect(runs.claim(session, "1")).toBe(true);
  expect(list()).toHaveLength(2);
  for (const name of list()) utimesSync(join(stateDir, GATE_FOLDER, name), new Date(0), new Date(0));
  await runs.sweep(Date.now() - 1000);
  expect(list()).toEqual([]);
});
