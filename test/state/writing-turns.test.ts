// Turns that may write, of one bridge and of two with one state folder.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createWritingTurns } from "../../src/state/writing-turns.ts";

let stateDir: string;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "codex-bridge-writing-"));
});
afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

let count = 0;
const bell = { name: undefined, open: () => {}, close: () => {} };
function open(pid: number, liveness: "alive" | "dead" | "unknown" = "alive") {
  return createWritingTurns({
    stateDir,
    own: { pid, start: 1, bootId: "boot" },
    cwd: `/bridge${pid}`,
    bell: bell as never,
    judgeHolder: () => liveness,
    newId: () => `id${++count}`,
    clock: Date.now,
  });
}

const what = (turns: readonly { what: string }[]) => turns.map((turn) => turn.what);

test("turns of one bridge in folders that overlap know of each other", () => {
  const turns = open(1);
  const outer = turns.begin({ areas: ["/a"], what: "outer" });
  const beside = turns.begin({ areas: ["/ab", "/c"], what: "beside" });
  const inner = turns.begin({ areas: ["/x", "/a/b"], what: "inner" });
  expect([what(outer.findMet()), what(beside.findMet()), what(inner.findMet())]).toEqual([["inner"], [], ["outer"]]);
  inner.end();
  expect([what(outer.findRunning()), what(outer.findMet())]).toEqual([[], ["inner"]]);
});

test("turns of two bridges: the later one sees the earlier one, which is told at its end", () => {
  const first = open(1).begin({ areas: ["/a"], what: "first" });
  const second = open(2).begin({ areas: ["/a/b"], what: "second" });
  expect(second.findMet()).toEqual([{ what: "first", holder: expect.objectContaining({ pid: 1, cwd: "/bridge1" }) }]);
  second.end();
  expect(first.findMet()).toEqual([{ what: "second", holder: expect.objectContaining({ pid: 2 }) }]);
  expect(first.findRunning()).toEqual([]);
  first.end();
  expect(readdirSync(join(stateDir, "writing-turns"))).toEqual([]);
});

test("a turn of a dead bridge does not count; one that cannot be looked up does", () => {
  open(1).begin({ areas: ["/a"], what: "left" });
  expect(
    what(
      open(2, "unknown")
        .begin({ areas: ["/a"], what: "x" })
        .findRunning(),
    ),
  ).toEqual(["left"]);
  expect(
    open(3, "dead")
      .begin({ areas: ["/a"], what: "y" })
      .findRunning(),
  ).toEqual([]);
});

test("a damaged file is passed over; a folder that cannot be used keeps no turn from running, and is no answer", () => {
  mkdirSync(join(stateDir, "writing-turns"), { recursive: true });
  writeFileSync(join(stateDir, "writing-turns", "odd.json"), "{");
  expect(
    open(1)
      .begin({ areas: ["/a"], what: "x" })
      .findRunning(),
  ).toEqual([]);
  rmSync(join(stateDir, "writing-turns"), { recursive: true });
  mkdirSync(join(stateDir, "writing-turns", "odd.json"), { recursive: true });
  const turn = open(2).begin({ areas: ["/a"], what: "y" });
  expect(() => turn.findRunning()).not.toThrow();
  expect(turn.findMet()).toEqual([]);
  turn.end();
});
