import * as z from "zod";
import { APPROVAL_POLICIES } from "../domain/thread.ts";
import {
  baseInstructionsArgument,
  configArgument,
  longTextArgument,
  profileArgument,
  promptArgument,
  sandboxArgument,
  sessionIdArgument,
  turnArguments,
} from "./arguments.ts";
import { defineTool } from "./define-tool.ts";
import { toToolEnd, turnOutput } from "./turn-answer.ts";

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
    cwd: z
      .string()
      .optional()
      .describe("Working directory; pass it when you work in a git worktree. Default: the session's."),
    sandbox: sandboxArgument
      .optional()
      .describe("What Codex may write; default: the user's setting, else read-only. Kept for the thread."),
    ...turnArguments,
    sessionId: sessionIdArgument.optional().describe("Own name for the thread."),
    "developer-instructions": longTextArgument.optional().describe("Standing instructions for the thread."),
    "approval-policy": z.enum(APPROVAL_POLICIES).optional().describe("Runs as never: nobody is asked."),
    config: configArgument.optional().describe("Codex config overrides; few keys are allowed."),
    "base-instructions": baseInstructionsArgument.optional().describe("In place of Codex's own instructions."),
    "compact-prompt": longTextArgument.optional().describe("Prompt for compacting the thread."),
    profile: profileArgument.optional().describe("Profile of the user's Codex config."),
  }),
  output: turnOutput,
  handle: async (args, { delegation, call, spill }) => {
    const {
      "developer-instructions": developerInstructions,
      "base-instructions": baseInstructions,
      "compact-prompt": compactPrompt,
      "approval-policy": approvalPolicy,
      ...rest
    } = args;
    const request = { ...rest, developerInstructions, baseInstructions, compactPrompt, approvalPolicy };
    return toToolEnd(await delegation.start(request, call), spill);
  },
});
