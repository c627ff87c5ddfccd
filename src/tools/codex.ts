import * as z from "zod";
import { BridgeError } from "../domain/errors.ts";
import { APPROVAL_POLICIES } from "../domain/thread.ts";
import {
  configArgument,
  longTextArgument,
  promptArgument,
  sandboxArgument,
  sessionIdArgument,
  turnArguments,
} from "./arguments.ts";
import { defineTool } from "./define-tool.ts";
import { toToolAnswer, turnOutput } from "./turn-answer.ts";

/** Arguments of the official server that no CLI way is built for yet. */
const UNSUPPORTED = ["base-instructions", "compact-prompt", "profile"] as const;

/** `codex`: starts a thread. */
export const codexTool = defineTool({
  name: "codex",
  title: "Start a Codex thread",
  description:
    "Give a task to the user's OpenAI Codex CLI, a second coding agent on this machine, and wait for its answer. It cannot see this conversation: put all context in the prompt. Returns its final message and a threadId; continue with codex-reply. May take minutes.",
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
  meta: { "anthropic/alwaysLoad": true },
  input: z.strictObject({
    prompt: promptArgument.describe("Task with all context: goal, files, constraints, what to report."),
    cwd: z.string().optional().describe("Working directory; default: the server's."),
    sandbox: sandboxArgument
      .optional()
      .describe("What Codex may write; default: the user's setting, else read-only. Kept for the thread."),
    ...turnArguments,
    sessionId: sessionIdArgument.optional().describe("Own name for the thread."),
    "developer-instructions": longTextArgument.optional().describe("Standing instructions for the thread."),
    "approval-policy": z.enum(APPROVAL_POLICIES).optional().describe("Runs as never: nobody is asked."),
    config: configArgument.optional().describe("Codex config overrides; few keys are allowed."),
    "base-instructions": z.string().optional().describe("Not supported yet."),
    "compact-prompt": z.string().optional().describe("Not supported yet."),
    profile: z.string().optional().describe("Not supported yet."),
  }),
  output: turnOutput,
  handle: async (args, { delegation, call, spill }) => {
    const unsupported = UNSUPPORTED.find((name) => args[name] !== undefined);
    if (unsupported !== undefined) {
      throw new BridgeError("CODEX_UNSUPPORTED", `The argument "${unsupported}" is not supported yet.`, {
        nextStep: "Leave it out; developer-instructions, model, reasoningEffort and config may serve instead.",
      });
    }
    const { "developer-instructions": developerInstructions, "approval-policy": approvalPolicy, ...rest } = args;
    return toToolAnswer(await delegation.start({ ...rest, developerInstructions, approvalPolicy }, call), spill);
  },
});
