import * as z from "zod";
import type { CallContext } from "../delegation/requests.ts";
import { CODEX } from "../domain/agents.ts";
import { BridgeError } from "../domain/errors.ts";
import { APPROVAL_POLICIES } from "../domain/thread.ts";
import {
  baseInstructionsArgument,
  checkArgument,
  commitArgument,
  configArgument,
  expectArgument,
  jobArguments,
  longTextArgument,
  onQuotaArgument,
  outputArguments,
  profileArgument,
  promptArgument,
  sandboxArgument,
  sessionIdArgument,
  turnArguments,
} from "./arguments.ts";
import { needsRoots } from "./as-job.ts";
import { checkAttempts, MOST_ATTEMPTS, runAttempts, toAttemptsTitle } from "./attempts.ts";
import { contextArgument } from "./context-argument.ts";
import { checkFailover, failoverArguments, followTask, runTask } from "./failover.ts";
import { handOn, handoffArgument, toFiles } from "./handoff.ts";
import { defineJobTool } from "./job-tool.ts";
import { checkBatch, MOST_PROMPTS, runBatch, toBatchTitle } from "./prompt-batch.ts";
import { offerWait, toGoOn } from "./quota.ts";
import { turnOutput } from "./turn-answer.ts";

/** `codex`: starts a thread. */
export const codexTool = defineJobTool({
  name: "codex",
  title: "Start a Codex thread",
  description:
    "Give a task to the user's OpenAI Codex CLI, a second coding agent on this machine. It cannot see this conversation. Returns its final message and a threadId for codex-reply. For a question, use codex-ask.",
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
  meta: { "anthropic/alwaysLoad": true },
  input: z.strictObject({
    prompt: promptArgument.optional().describe("Task: goal, files, constraints, what to report."),
    cwd: z.string().optional().describe("Working directory; pass it in a git worktree. Default: the session's."),
    sandbox: sandboxArgument
      .optional()
      .describe("What Codex may write. Default: the user's, or read-only. Stays for the thread."),
    ...turnArguments,
    sessionId: sessionIdArgument.optional().describe("Your own name for the thread."),
    "developer-instructions": longTextArgument.optional().describe("Standing instructions."),
    "approval-policy": z.enum(APPROVAL_POLICIES).optional().describe("Whether the user is asked."),
    config: configArgument.optional().describe("Codex config; few keys are allowed."),
    "base-instructions": baseInstructionsArgument.optional().describe("Replaces Codex's own."),
    "compact-prompt": longTextArgument.optional().describe("For compacting the thread."),
    profile: profileArgument.optional().describe("Codex config profile."),
    commit: commitArgument.describe("Commit its changes: a message, or true for Codex's."),
    check: checkArgument.optional().describe("Shell command run afterwards, as npm test."),
    expect: expectArgument,
    context: contextArgument.describe("Text, or items [{content, priority, source}]."),
    handoff: handoffArgument,
    ...outputArguments,
    ...jobArguments,
    attempts: z.int().min(2).max(MOST_ATTEMPTS).optional().describe("Tries side by side in worktrees."),
    isolation: z.literal("worktree").optional().describe("Work in its own git worktree."),
    onQuota: onQuotaArgument.describe("Go on once a usage limit resets."),
    ...failoverArguments,
    prompts: z
      .array(promptArgument)
      .min(2, "must hold at least 2 tasks; pass a single one as `prompt`")
      .max(MOST_PROMPTS, `may hold at most ${MOST_PROMPTS} tasks; make several calls for more`)
      .optional()
      .describe("In place of prompt: tasks side by side."),
  }),
  output: turnOutput,
  plan: (args, context) => {
    const {
      background,
      title,
      onQuota,
      "developer-instructions": developerInstructions,
      "base-instructions": baseInstructions,
      "compact-prompt": compactPrompt,
      "approval-policy": approvalPolicy,
      ...rest
    } = args;
    const { prompt, prompts, attempts, failover, failoverFrom, context: handed, handoff, ...frame } = rest;
    const hand = (text: string) => handOn(context, CODEX.id, { prompt: text, context: handed, handoff });
    const handing = { failover, failoverFrom };
    const request = {
      ...frame,
      ...toFiles(handoff),
      developerInstructions,
      baseInstructions,
      compactPrompt,
      approvalPolicy,
    };
    const plan = { tool: "codex", agent: CODEX.id, background, needsRoots: needsRoots(request.cwd) };
    const open = () => context.agents.open(CODEX.id);
    checkFailover(handing, context.agents, CODEX.id, { prompts, attempts });
    if (attempts !== undefined) checkAttempts({ ...rest, onQuota });
    if (prompts !== undefined) {
      checkBatch({ ...rest, onQuota });
      const act = async (call: CallContext) => {
        const texts = await Promise.all(prompts.map(async (text) => (await hand(text)).prompt));
        return runBatch(texts, request, { ...context, ...(await open()), call });
      };
      return { ...plan, title: title ?? toBatchTitle(prompts), act, takesInput: false };
    }
    if (prompt === undefined) throw new BridgeError("INVALID_ARGUMENT", "`prompt` or `prompts` is missing.");
    if (attempts !== undefined) {
      const act = async (call: CallContext) => {
        const { prompt: composed, tell } = await hand(prompt);
        const start = { ...request, prompt: composed };
        return tell(await runAttempts(attempts, start, { ...context, ...(await open()), call }));
      };
      return { ...plan, title: title ?? toAttemptsTitle(attempts, prompt), act, takesInput: false };
    }
    const again = { tool: "codex", args: { ...args, background: undefined } };
    const toOrder = (threadId: string | undefined) => (threadId === undefined ? again : toGoOn(threadId, args));
    return {
      ...{ ...plan, title: title ?? prompt, toOrder: onQuota && toOrder },
      act: async (call) => {
        const { prompt: composed, tell } = await hand(prompt);
        const task = { request: { ...request, prompt: composed } };
        return offerWait(tell(await runTask(context, CODEX.id, task, handing, call)), onQuota);
      },
      follow: followTask(context, CODEX.id, request),
    };
  },
});
