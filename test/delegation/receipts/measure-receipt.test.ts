// A measurement waits for the turns of its thread. Meanwhile its proposal may be gone.
import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { measureReceipt } from "../../../src/delegation/receipts/measure-receipt.ts";

test("a proposal that is landed while its measurement waits is not measured", async () => {
  const cwd = tmpdir();
  let state = "open";
  const made: unknown[] = [];
  const released: string[] = [];
  const worktrees = {
    findByPath: () => ({ id: "px-1", state, worktree: cwd, directory: cwd }),
    makeBase: async (proposal: unknown) => {
      made.push(proposal);
      throw new Error("made");
    },
  };
  const options = {
    readDepth: () => ({ depth: 0, maxDepth: 9, chain: [] }),
    proposals: { worktrees },
    locks: { take: () => ({ kind: "taken", release: () => released.push("lock") }) },
    backend: { name: "b", checkConfig: () => ({ own: {} }), readDefaults: async () => ({}) },
    findCallerLimit: async () => undefined,
    limits: { maxSandbox: "workspace-write", roots: [] },
    areas: {},
    baseDir: cwd,
  };
  const takeSlot = async () => {
    state = "landed";
    return () => released.push("slot");
  };
  const measuring = measureReceipt(
    { options, takeSlot } as never,
    {} as never,
    { receipt: { cwd, sandbox: { mode: "read-only" } } as never, command: "true" },
    { signal: new AbortController().signal, report: () => {} } as never,
  );
  await expect(measuring).rejects.toMatchObject({
    code: "INVALID_ARGUMENT",
    message: expect.stringContaining("landed"),
  });
  expect([made, released]).toEqual([[], ["lock", "slot"]]);
});
