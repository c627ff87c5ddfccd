import { spawn, spawnSync } from "node:child_process";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createLivenessJudge, type ProcessIdentity, readOwnIdentity } from "../../src/process/liveness.ts";
import { createProcessTable, type ProcessTable } from "../../src/process/process-table.ts";
import { until } from "../support/lab.ts";

afterEach(() => vi.useRealTimers());

const judge = (table: ProcessTable, identity: ProcessIdentity) => createLivenessJudge(table).judge(identity);

describe.each(["linux", "darwin"] as const)("on %s", (platform) => {
  const table = createProcessTable(platform);
  const own = readOwnIdentity(table);

  test("this process lives; one with its pid from another time or boot does not", () => {
    expect(judge(table, own)).toBe("alive");
    expect(judge(table, { ...own, start: own.start - 100 })).toBe("dead");
    expect(judge(table, { ...own, bootId: "another" })).toBe("dead");
  });

  test("a process that has ended does not live", () => {
    const { pid } = spawnSync("true");
    expect(judge(table, { ...own, pid, start: 7 })).toBe("dead");
  });

  test("in doubt it lives: a start that was not read, a table that cannot be read", () => {
    expect(judge(table, { ...own, start: 0 })).toBe("alive");
    expect(judge({ ...table, find: () => undefined, isGone: () => false }, own)).toBe("alive");
  });

  test("in another pid namespace it is unknown, until it is buried; without one it is looked up here", () => {
    const other = { ...own, pid: 1, start: 7, namespace: "pid:[1]" };
    const liveness = createLivenessJudge({ ...table, pidNamespace: () => "pid:[2]" });
    expect(liveness.judge(other)).toBe("unknown");
    expect(liveness.judge({ ...other, bootId: "another" })).toBe("dead");
    liveness.bury(other);
    expect(liveness.judge(other)).toBe("dead");
    expect(liveness.judge({ ...other, start: 8 })).toBe("unknown");
    const { namespace: _, ...old } = own;
    expect(judge(table, old)).toBe("alive");
  });

  test("a clock that is set makes no other boot", () => {
    const now = Date.now();
    vi.useFakeTimers({ toFake: ["Date"], now: now + 7_200_000 });
    expect(judge(createProcessTable(platform), own)).toBe("alive");
  });
});

test("a zombie is gone", async () => {
  const table = createProcessTable("linux");
  // The shell becomes a sleep, which does not know that it has a child to wait for.
  const parent = spawn("/bin/sh", ["-c", "true & echo $!; exec sleep 300"], { stdio: ["ignore", "pipe", "ignore"] });
  const pid = await new Promise<number>((resolve) => parent.stdout.once("data", (text) => resolve(Number(text))));
  await until("it has ended", () => table.find(pid) === undefined);
  expect(table.isGone(pid)).toBe(true);
  expect(judge(table, { pid, start: 0, bootId: table.bootId() })).toBe("dead");
  parent.kill("SIGKILL");
});

test("a boot that is not ours was before ours, or is another machine's", () => {
  const table = createProcessTable("linux");
  const other = { pid: 1, start: 1, bootId: "another" };
  expect(judge(table, { ...other, since: table.bootedAt() - 1 })).toBe("dead");
  expect(judge({ ...table, bootedAt: () => 1 }, { ...other, since: Date.now() })).toBe("unknown");
});
