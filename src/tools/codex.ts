import * as z from "zod";
import { APPROVAL_POLICIES } from "../domain/thread.ts";
import {
  baseInstructionsArgument,
  configArgument,
  jobArguments,
  longTextArgument,
  profileArgument,
  promptArgument,
  sandboxArgument,
  sessionIdArgument,
  turnArguments,
} from "./arguments.ts";
import { needsRoots, runAsJob } from "./as-job.ts";
import { defineTool } from "./define-tool.ts";
import { toToolEnd, turnOutput } from "./turn-answer.ts";

/** `codex`: starts a thread. */
export const codexTool = defineTool({
  name: "codex",
  title: "Start a Codex thread",
  description:
    "Give a task to the user's OpenAI Codex CLI, a second coding agent on this machine, and wait for its answer. It cannot see this conversation: put all context in the prompt. For a question, use codex-ask. Returns its final message and a threadId for codex-reply. May take minutes.",
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
  meta: { "anthropic/alwaysLoad": true },
  input: z.strictObject({
    prompt: promptArgument.describe("Task with all context: goal, files, constraints, what to report."),
    cwd: z
      .string()
      .optional()
      .describe("Working directory. Pass it if you work in a git worktree. Default: the session's."),
    sandbox: sandboxArgument
      .optional()
      .describe("What Codex may write. Default: the user's setting, or read-only. Stays for the thread."),
    ...turnArguments,
    sessionId: sessionIdArgument.optional().describe("Your own name for the thread."),
    "developer-instructions": longTextArgument.optional().describe("Standing instructions for the thread."),
    "approval-policy": z.enum(APPROVAL_POLICIES).optional().describe("Treated as never: nobody is asked."),
    config: configArgument.optional().describe("Codex config overrides. Few keys are allowed."),
    "base-instructions": baseInstructionsArgument.optional().describe("Replaces Codex's own instructions."),
    "compact-prompt": longTextArgument.optional().describe("Prompt used to compact the thread."),
    profile: profileArgument.optional().describe("Profile in the user's Codex config."),
    ...jobArguments,
  }),
  output: turnOutput,
  handle: (args, context) => {
    const {
      background,
      title,
      "developer-instructions": developerInstructions,
      "base-instructions": baseInstructions,
      "compact-prompt": compactPrompt,
      "approval-policy": approvalPolicy,
      ...rest
    } = args;
    const request = { ...rest, developerInstructions, baseInstructions, compactPrompt, approvalPolicy };
    return runAsJob(context, {
      ...{ tool: "codex", background, title: title ?? request.prompt, needsRoots: needsRoots(request.cwd) },
      act: async (call) => toToolEnd(await context.delegation.start(request, call), context.spill),
    });
  },
});
