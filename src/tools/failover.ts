// `failover`: what a tool that starts a thread does where its agent could not do the task.
import * as z from "zod";
import { type FailoverTask, runWithFailover } from "../delegation/failover/failover.ts";
import { type GoOn, toReplyTask } from "../delegation/failover/reply-task.ts";
import type { CallContext, ReplyRequest } from "../delegation/requests.ts";
import { type AgentId, type AgentNames, CODEX } from "../domain/agents.ts";
import { BridgeError } from "../domain/errors.ts";
import { toLocalTime } from "../domain/local-time.ts";
import { wordArgument } from "./arguments.ts";
import { replaceOutput } from "./as-job.ts";
import type { FinishedCall, ToolContext } from "./define-tool.ts";
import { type Follow, warn } from "./further-input.ts";
import { toToolAnswer, toToolEnd } from "./turn-answer.ts";

/** Its arguments. */
export const failoverArguments = {
  failover: z.array(wordArgument).min(1).max(3).optional().describe("On failure, or near a usage limit: claude."),
  failoverFrom: z.enum(["changes", "clean"]).optional().describe("Default: from its changes. clean: undone."),
};

/** What was asked for. */
export interface FailoverAsked {
  readonly failover?: readonly AgentId[] | undefined;
  readonly failoverFrom?: "changes" | "clean" | undefined;
}

/** What cannot go with it. */
type OtherParts = Readonly<Partial<Record<"prompts" | "attempts", unknown>>>;

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

/** Has an agent do a task that begins a thread; where that fails, or its usage limit is nearly used, others take over as asked. */
export async function runTask(
  { agents, receipts, spill }: ToolContext,
  id: AgentId,
  task: FailoverTask,
  { failover = [], failoverFrom }: FailoverAsked,
  call: CallContext,
): Promise<FinishedCall> {
  const parts = { open: agents.open, undo: receipts.undo };
  const order = { agents: [id, ...failover], from: failoverFrom };
  const { end, agent, handOvers, correctedBy } = await runWithFailover(parts, task, order, call);
  if (end.kind !== "completed") return toToolEnd(end, spill);
  const corrected = correctedBy === undefined ? {} : { correctedBy };
  const beside = handOvers.length === 0 ? corrected : { ...corrected, agent: agent.id, failover: handOvers };
  const { structured, ...answer } = toToolAnswer(end.answer, spill, beside);
  const whole = { ...answer, structured: { ...structured, ...beside } };
  if (handOvers.length === 0) return whole;
  const first = agents.names.find((names) => names.id === handOvers[0]?.from);
  return warn(whole, describePlace(agents.names, { agent, first, threadId: end.answer.threadId }));
}

/** The same for a task of a thread, whose work may have been with another agent meanwhile. */
export async function runReply(
  context: ToolContext,
  id: AgentId,
  request: ReplyRequest,
  handing: FailoverAsked,
  call: CallContext,
  goOn?: GoOn,
): Promise<FinishedCall> {
  const { task, record, backFrom } = await toReplyTask(context.agents, id, request, goOn);
  const end = await runTask(context, id, task, handing, call);
  if ("error" in end || end.structured["failover"] !== undefined) return end;
  if (backFrom !== undefined)
    return warn(end, `The work came back from ${backFrom}: this agent was told what was said there.`);
  const { agent = "", resetsAt } = record?.cameFrom ?? {};
  const first = context.agents.names.find((names) => names.id === agent);
  if (first === undefined || resetsAt === undefined) return end;
  return warn(
    end,
    `${first.name} was to do this; ${describeReset(resetsAt)}. ${describeBack(first, record?.threadId)}`,
  );
}

interface Place {
  readonly agent: Pick<AgentNames, "id" | "name" | "tools">;
  /** The agent that was asked first. */
  readonly first: AgentNames | undefined;
  readonly threadId: string | undefined;
}

function describePlace(names: readonly AgentNames[], { agent, first, threadId }: Place): string {
  const on = describeCall(agent, threadId);
  const whose = isOffered(agent, names)
    ? `This is ${agent.name}'s thread: ${on} continues it.`
    : `This is ${agent.name}'s thread.`;
  return first === undefined ? whose : `${whose} ${describeBack(first, threadId)}`;
}

function describeBack(first: AgentNames, threadId: string | undefined): string {
  return `${describeCall(first, threadId)} gives the work back to ${first.name}.`;
}

function describeCall({ id, tools }: Pick<AgentNames, "id" | "tools">, threadId = ""): string {
  const which = tools.reply === "run_agent" ? `agent ${JSON.stringify(id)} and ` : "";
  return `${tools.reply} with ${which}threadId ${threadId}`;
}

function describeReset(at: number): string {
  const now = Date.now();
  return at > now ? `its usage limit resets ${toLocalTime(at, now)}` : "its usage limit has been reset";
}

// With `--role codex`, run_agent is not listed where there are no further agents.
function isOffered({ tools }: Pick<AgentNames, "tools">, names: readonly AgentNames[]): boolean {
  const isForCodex = names.some(({ id, tools: own }) => id === CODEX.id && own.reply === "run_agent");
  return tools.reply !== "run_agent" || !isForCodex || names.length > 2;
}

/** Gives further input to the agent that has the task now. */
export function followTask(context: ToolContext, id: AgentId, request: Parameters<typeof replaceOutput>[2]): Follow {
  return (input, call, before) => {
    const { agent } = before.structured;
    return replaceOutput(context, typeof agent === "string" ? agent : id, request)(input, call, before);
  };
}
