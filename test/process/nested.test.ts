// Whether a program runs below an agent of a bridge: by its environment, and by the processes above it.
import { expect, test } from "vitest";
import { isBelowAgent } from "../../src/process/nested.ts";
import { createProcessTable, type ProcessTable } from "../../src/process/process-table.ts";

/** Ancestors from the parent up; undefined for one whose environment cannot be read. */
function isBelow(env: Record<string, string>, above: readonly (readonly string[] | undefined)[]): boolean {
  const table = {
    find: (pid: number) => (pid > above.length + 1 ? undefined : { pid, ppid: pid + 1, start: 1 }),
    environment: (pid: number) => above[pid - 2],
  } as unknown as ProcessTable;
  return isBelowAgent({ env, table, pid: 1 });
}

test.for<[string, Record<string, string>, (readonly string[] | undefined)[], boolean]>([
  ["nothing", {}, [[], ["A=1"]], false],
  ["the environment", { BRIDGE_DEPTH: "1" }, [], true],
  ["an ancestor", {}, [[], undefined, ["BRIDGE_DEPTH=2"]], true],
  ["an ancestor, beside a depth of 0", { BRIDGE_DEPTH: "0" }, [["BRIDGE_DEPTH=0"], ["BRIDGE_DEPTH=1"]], true],
  ["what is no depth", { BRIDGE_DEPTH: "many" }, [["BRIDGE_DEPTH=-1"], ["BRIDGE_DEPTH="]], false],
])("%s", ([, env, above, expected]) => {
  expect(isBelow(env, above)).toBe(expected);
});

test("where processes cannot be read, it may be so", () => {
  const table = {
    ...createProcessTable("linux"),
    find: () => {
      throw new Error("EMFILE");
    },
  };
  expect(isBelowAgent({ env: {}, table })).toBe(true);
});
