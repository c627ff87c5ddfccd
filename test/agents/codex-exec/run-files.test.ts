import { expect, test } from "vitest";
import { writeRunFiles } from "../../../src/agents/codex-exec/run-files.ts";
import { SILENT_LOGGER } from "../../../src/domain/logger.ts";
import { READ_ONLY } from "../../../src/domain/sandbox.ts";
import type { ScratchFiles } from "../../../src/state/scratch-files.ts";

const REQUEST = {
  frame: {
    cwd: "/w",
    sandbox: READ_ONLY,
    approvalPolicy: "never",
    baseInstructions: "Be brief.",
    config: {},
    backend: "codex-exec",
  },
  outputSchema: { type: "object" },
} as const;

/** A scratch folder with room for `room` files. */
function openScratch(room: number): { readonly files: Map<string, string>; readonly scratch: ScratchFiles } {
  const files = new Map<string, string>();
  const scratch: ScratchFiles = {
    write: (name, text) => {
      if (files.size === room) throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
      files.set(name, text);
      return name;
    },
    remove: (path) => files.delete(path),
    sweep: async () => {},
  };
  return { files, scratch };
}

test("a schema and base instructions are passed as files, which go with the run", () => {
  const { files, scratch } = openScratch(2);
  const { paths, remove } = writeRunFiles(REQUEST, "run", { scratch, logger: SILENT_LOGGER });
  expect(paths).toEqual({ outputSchema: "run.json", baseInstructions: "run.md" });
  expect([...files.values()]).toEqual(['{"type":"object"}', "Be brief."]);
  remove();
  expect(files.size).toBe(0);
});

test("a run whose second file cannot be written leaves no file", () => {
  const { files, scratch } = openScratch(1);
  expect(() => writeRunFiles(REQUEST, "run", { scratch, logger: SILENT_LOGGER })).toThrow("ENOSPC");
  expect(files.size).toBe(0);
});
