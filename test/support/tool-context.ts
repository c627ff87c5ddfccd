// What a tool is run with in a test: fake jobs, a call of its own, nothing that delegates.
import type { CallContext } from "../../src/delegation/requests.ts";
import { SILENT_LOGGER } from "../../src/domain/logger.ts";
import type { ToolContext } from "../../src/tools/define-tool.ts";

/** Makes a context. A part that the test does not give cannot be used. */
export function makeContext({
  call,
  ...parts
}: Pick<ToolContext, "jobs"> &
  Partial<Omit<ToolContext, "call">> & { readonly call?: Partial<CallContext> }): ToolContext {
  const unused = {} as never;
  return {
    ...{
      agents: unused,
      tasks: unused,
      threads: unused,
      receipts: unused,
      proposals: unused,
      checkpoints: unused,
      memory: unused,
      collaboration: unused,
      readPromptFile: unused,
      checkJobAct: async () => {},
      sendToAgent: unused,
      taskAfterMs: 0,
      jobAfterMs: 0,
      logger: SILENT_LOGGER,
    },
    ...{ redact: (text: string) => text, spill: () => "/state/results/x.txt" },
    call: { signal: new AbortController().signal, report: () => {}, canReport: false, canTask: false, ...call },
    ...parts,
  };
}
