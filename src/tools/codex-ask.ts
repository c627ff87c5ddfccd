import * as z from "zod";
import type { CallContext } from "../delegation/requests.ts";
import { CODEX } from "../domain/agents.ts";
import { BridgeError } from "../domain/errors.ts";
import { jobArguments, promptArgument, turnArguments } from "./arguments.ts";
import { needsRoots, runAsJob } from "./as-job.ts";
import { defineTool, type FinishedCall, type ToolContext } from "./define-tool.ts";
import { toToolEnd, turnOutput } from "./turn-answer.ts";

/** `codex-ask`: a turn that changes nothing, in a new thread or in one that is there. */
export const codexAskTool = defineTool({
  name: "codex-ask",
  title: "Ask Codex without changes",
  description:
    "Ask Codex something without changing files: a second opinion, a search, a question about code. Always read-only: several calls in one message run at once, in plan mode too.",
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: false, openWorldHint: true },
  meta: { "anthropic/alwaysLoad": true },
  input: z.strictObject({
    prompt: promptArgument.describe("Question with all context."),
    threadId: z.string().optional().describe("Thread to ask in; it keeps its own sandbox."),
    cwd: z.string().optional().describe("As in codex; only without threadId."),
    ...turnArguments,
    ...jobArguments,
  }),
  output: turnOutput,
  handle: ({ background, title, ...question }, context) => {
    const { prompt, threadId, cwd } = question;
    return runAsJob(context, {
      ...{ tool: "codex-ask", agent: CODEX.id, background, title: title ?? prompt, threadId },
      needsRoots: threadId === undefined && needsRoots(cwd),
      act: (call) => ask(question, context, call),
      follow: (next, call) => ask(next, context, call),
    });
  },
});

interface Question {
  readonly prompt: string;
  readonly threadId?: string | undefined;
  readonly cwd?: string | undefined;
}

async function ask(question: Question, { agents, spill }: ToolContext, call: CallContext): Promise<FinishedCall> {
  const { threadId, cwd } = question;
  const request = { ...question, readsOnly: true };
  const { delegation } = await agents.open(CODEX.id);
  if (threadId === undefined) return toToolEnd(await delegation.start(request, call), spill);
  if (cwd === undefined) return toToolEnd(await delegation.reply(request, call), spill);
  const message = "A thread keeps its directory, so codex-ask takes cwd only without threadId.";
  throw new BridgeError("INVALID_ARGUMENT", message, {
    nextStep: "Leave cwd out, or leave threadId out to ask in a new thread.",
  });
}
