// A turn that ends before Codex is asked anything.
import { expect, test } from "vitest";
import { createUserConfigReader } from "../../../src/agents/codex/config/user-config.ts";
import { createCodexExecBackend } from "../../../src/agents/codex-exec/backend.ts";
import { SILENT_LOGGER } from "../../../src/domain/logger.ts";
import { redactSecrets } from "../../../src/domain/redact.ts";
import { READ_ONLY } from "../../../src/domain/sandbox.ts";
import type { RunLedger } from "../../../src/process/run-ledger.ts";
import type { ScratchFiles } from "../../../src/state/scratch-files.ts";
import { buildSchemaWorker } from "../../support/schema-worker.ts";

const LEDGER: RunLedger = {
  begin: () => {},
  isShared: () => false,
  attach: () => {},
  setLaterMark: () => {},
  sample: () => {},
  kill: async () => {},
  leave: () => [],
  endAll: async () => {},
  findAbandoned: () => [],
  reap: async () => {},
};

function openBackend(scratch: ScratchFiles) {
  return createCodexExecBackend({
    codexBin: "/nowhere/codex",
    ...{ codexHome: "/nowhere", env: {}, envPass: [], requireGit: false, allowConfig: [], home: "/nowhere" },
    defaultProfile: undefined,
    codexRules: "ignore",
    childMcp: { mode: "inherit", allowNested: false, ownPath: "/nowhere/dist/bin.js" },
    readChildDepth: () => 1,
    readUserConfig: createUserConfigReader("/nowhere", []),
    overrides: [],
    ledger: LEDGER,
    scratch,
    schemaWorker: buildSchemaWorker(),
    clock: Date.now,
    newId: () => "run",
    redact: redactSecrets,
    logger: SILENT_LOGGER,
  });
}

test("a run whose second file cannot be written leaves no file", async () => {
  const files = new Set<string>();
  const backend = openBackend({
    write: (name) => {
      if (files.size > 0) throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
      files.add(name);
      return name;
    },
    remove: (path) => files.delete(path),
    sweep: async () => {},
  });
  const turn = backend.startTurn({
    prompt: "hello",
    frame: {
      cwd: import.meta.dirname,
      sandbox: READ_ONLY,
      approvalPolicy: "never",
      own: { baseInstructions: "Be brief." },
      backend: backend.name,
    },
    images: [],
    outputSchema: { type: "object" },
    deadlineMs: 10_000,
    silenceMs: 10_000,
    quietMs: 10_000,
    onEvent: () => {},
    ask: async () => ({ kind: "nobody to ask" }),
  });
  const outcome = await turn.outcome;
  expect(outcome.kind).toBe("failed");
  expect(JSON.stringify(outcome)).not.toContain("nowhere");
  expect(files).toEqual(new Set());
});
