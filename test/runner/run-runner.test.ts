// The life of a runner: when it ends by itself, and when it is asked to.
import { PassThrough } from "node:stream";
import { expect, test, vi } from "vitest";
import { SILENT_LOGGER } from "../../src/domain/logger.ts";
import { serveRunner } from "../../src/runner/run-runner.ts";
import { createFakeJobs } from "../support/fake-jobs.ts";

const SELF = { pid: 1, start: 1, bootId: "b", cwd: "/p", since: 1, bell: "0123456789ab" };

function setUp({
  live = [] as string[],
  isParked = (): boolean => false,
  failure = undefined as Error | undefined,
} = {}) {
  const input = new PassThrough();
  const output = new PassThrough();
  const onIdle = vi.fn();
  let isAsked = false;
  const cancel = vi.fn(async () => "requested" as const);
  const files = {
    ...{ write: vi.fn(), list: () => [], isAlive: () => true, restore: vi.fn(), remove: vi.fn(), askToStop: () => {} },
    takeStop: () => isAsked,
  };
  const runner = serveRunner({
    ...{ input, output, onIdle, logger: SILENT_LOGGER, stopMs: 1_000 },
    open: async () => {
      if (failure !== undefined) throw failure;
      return {
        ...{ callTool: async () => undefined, files, judge: () => "alive", self: SELF, onRing: () => {} },
        jobs: { ...createFakeJobs(), liveIds: () => live, hasParked: isParked, cancel },
        bell: { name: SELF.bell, open: () => {}, close: () => {} },
      };
    },
  });
  const begin = () => void input.write('{"kind":"begin","overrides":[]}\n');
  const ask = () => {
    isAsked = true;
  };
  return { input, output, onIdle, cancel, files, runner, live, begin, ask };
}

test("it is on record before it says that it is ready, and not after its end", async () => {
  const { begin, output, files, runner } = setUp();
  begin();
  await vi.waitFor(() => expect(String(output.read())).toBe('{"kind":"ready"}\n'));
  expect(files.write).toHaveBeenCalledWith(SELF);
  runner.close();
  expect(files.remove).toHaveBeenCalledWith(SELF.bell);
});

test("without a bridge it ends once no job is left, not before", async () => {
  const { begin, input, onIdle, live, runner } = setUp({ live: ["cx-00000001"] });
  begin();
  input.end();
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(onIdle).not.toHaveBeenCalled();
  live.pop();
  await vi.waitFor(() => expect(onIdle).toHaveBeenCalledWith("no job is left"), 2_000);
  runner.close();
});

test("one that nobody begins ends with its input", async () => {
  const { input, onIdle } = setUp();
  input.end();
  input.resume();
  await vi.waitFor(() => expect(onIdle).toHaveBeenCalledWith("nobody began"));
});

test("one that cannot work says why, and ends", async () => {
  const { begin, output, onIdle, runner } = setUp({ failure: new Error("no room") });
  begin();
  await vi.waitFor(() => expect(onIdle).toHaveBeenCalled());
  expect(String(output.read())).toBe('{"kind":"unable","why":"no room"}\n');
  runner.close();
});

test("asked to end, it cancels its jobs, and ends in time though one of them does not", async () => {
  const { begin, ask, cancel, onIdle, runner } = setUp({ live: ["cx-00000001"] });
  begin();
  ask();
  await vi.waitFor(() => expect(cancel).toHaveBeenCalledWith("cx-00000001"), 2_000);
  expect(onIdle).not.toHaveBeenCalled();
  await vi.waitFor(() => expect(onIdle).toHaveBeenCalledWith("asked to end"), 3_000);
  runner.close();
});

test("it stays for a job that it has parked, without a bridge, but not if it is asked to end", async () => {
  let isParked = true;
  const first = setUp({ isParked: () => isParked });
  const second = setUp({ isParked: () => true });
  for (const { begin, input } of [first, second]) {
    begin();
    input.end();
  }
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(first.onIdle).not.toHaveBeenCalled();
  isParked = false;
  await vi.waitFor(() => expect(first.onIdle).toHaveBeenCalledWith("no job is left"), 2_000);
  second.ask();
  await vi.waitFor(() => expect(second.onIdle).toHaveBeenCalledWith("asked to end"), 2_000);
  expect(second.cancel).not.toHaveBeenCalled();
  for (const { runner } of [first, second]) runner.close();
});
