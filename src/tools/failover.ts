// `failover`: what a tool that starts a thread does where its agent could not do the task.
import * as z from "zod";
import { type FailoverTask, runWithFailover } from "../delegation/failover/failover.ts";
import type { CallContext, ReplyRequest } from "../delegation/requests.ts";
import type { AgentId } from "../domain/agents.ts";
import { BridgeError } from "../domain/errors.ts";
import { wordArgument } from "./arguments.ts";
import { replaceOutput } from "./as-job.ts";
import type { FinishedCall, ToolContext } from "./define-tool.ts";
import { type Follow, warn } from "./further-input.ts";
import { toToolAnswer, toToolEnd } from "./turn-answer.ts";

/** Its arguments. */
export const failoverArguments = {
  failover: z.array(wordArgument).min(1).max(3).optional().describe("On failure, or near a usage limit: claude."),
  failoverFrom: z.enum(["changes", "clean"]).optional().describe("Default: from its changes. clean: they are undone."),
};

/** What was asked for. */
export interface FailoverAsked {
  readonly failover?: readonly AgentId[] | undefined;
  readonly failoverFrom?: "changes" | "clean" | undefined;
}

/** What cannot go with it. */
type OtherParts = Readonly<Partial<Record<"prompts" | "attempts" | "onQuota", unknown>>>;

/** Refuses agents that this bridge does not have, and arguments that do not go together. Throws INVALID_ARGUMENT. */
export function checkFailover(
  { failover, failoverFrom }: FailoverAsked,
  { names }: ToolContext["agents"],
  own: AgentId,
  others: OtherParts = {},
): void {
  if (failover === undefined) {
    if (failoverFrom === undefined) return;
    throw new BridgeError("INVALID_ARGUMENT", "`failoverFrom` is for `failover`, which is missing.");
  }
  const beside = Object.entries(others).find(([, value]) => value !== undefined);
  if (beside !== undefined) {
    throw new BridgeError("INVALID_ARGUMENT", `\`failover\` cannot be given with \`${beside[0]}\`.`);
  }
  const known = names.map(({ id }) => id).filter((id) => id !== own);
  const odd = failover.find((id, at) => !known.includes(id) || failover.indexOf(id) !== at);
  if (odd === undefined) return;
  throw new BridgeError("INVALID_ARGUMENT", `failover names ${JSON.stringify(odd)}.`, {
    nextStep: `Name other agents, each once: ${known.join(", ")}.`,
  });
}

/** A task of a thread. Another agent begins one of its own, in the thread's directory and sandbox. */
export function toReply(request: ReplyRequest): FailoverTask {
  const { threadId: _thread, sessionId: _name, sandbox: _sandbox, cwd: _cwd, resetSession: _reset, ...rest } = request;
  const { onLostThread: _lost, model: _model, reasoningEffort: _effort, ...task } = rest;
  return { request: task, goOn: (delegation, call) => delegation.reply(request, call) };
}

/** Has an agent do a task; where that fails, others take over as asked. */
export async function runTask(
  { agents, receipts, spill }: ToolContext,
  id: AgentId,
  task: FailoverTask,
  { failover = [], failoverFrom }: FailoverAsked,
  call: CallContext,
): Promise<FinishedCall> {
  const parts = { open: agents.open, undo: receipts.undo };
  const order = { agents: [id, ...failover], from: failoverFrom };
  const { end, agent, handOvers } = await runWithFailover(parts, task, order, call);
  if (end.kind !== "completed" || handOvers.length === 0) return toToolEnd(end, spill);
  const beside = { agent: agent.id, failover: handOvers };
  const { structured, ...answer } = toToolAnswer(end.answer, spill, beside);
  return warn({ ...answer, structured: { ...structured, ...beside } }, describeThread(agent, end.answer.threadId));
}

function describeThread({ id, name }: { readonly id: AgentId; readonly name: string }, threadId = ""): string {
  return `This is ${name}'s thread: run_agent with agent ${JSON.stringify(id)} and threadId ${threadId} continues it.`;
}

/** Gives further input to the agent that has the task now. */
export function followTask(context: ToolContext, id: AgentId, request: Parameters<typeof replaceOutput>[2]): Follow {
  return (input, call, before) => {
    const { agent } = before.structured;
    return replaceOutput(context, typeof agent === "string" ? agent : id, request)(input, call, before);
  };
}
