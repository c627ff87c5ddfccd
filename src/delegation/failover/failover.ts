// A task that one agent could not do, or is not to begin, goes to another one: no wider than the first, with what the first one changed or without it.
import type { AgentId, AgentNames } from "../../domain/agents.ts";
import type { ErrorCode } from "../../domain/error-codes.ts";
import type { Receipts, Undone } from "../receipts/receipts.ts";
import type { CallContext, StartRequest, TurnEnd } from "../requests.ts";
import type { Delegation } from "../turns/delegation.ts";
import { isHeldBack } from "../turns/hold-back.ts";
import type { AgentThreads } from "./agent-threads.ts";
import { correctAnswer, isUnfit } from "./correct-answer.ts";
import { findHold, undoWork } from "./first-work.ts";
import {
  addReason,
  type Conversation,
  describeThrown,
  type FailedEnd,
  type HandOver,
  toElsewhereRequest,
  toHandedRequest,
  toHandOver,
} from "./hand-over.ts";
import { joinEnds, tellSpared } from "./join-ends.ts";

/** Ends of an agent's turn after which another agent may do better. A cancel, a logout and a wrong argument are none of them. */
export const FAILOVER_CODES: readonly ErrorCode[] = [
  "TURN_FAILED",
  "TURN_TIMED_OUT",
  "TURN_STALLED",
  "USAGE_LIMIT",
  "MODEL_OVERLOADED",
];

/** An agent that can take a task. */
export interface TaskAgent extends Pick<AgentNames, "id" | "name" | "tools"> {
  readonly delegation: Delegation;
  readonly threads: AgentThreads;
}

/** A task. */
export interface FailoverTask {
  /** What begins a thread with it. */
  readonly request: StartRequest;
  /** What its first agent does, where that is something else. `mayRelay` is as in TurnOptions. */
  readonly goOn?: ((delegation: Delegation, call: CallContext, mayRelay: boolean) => Promise<TurnEnd>) | undefined;
  /** The thread of another agent that has gone on with the task's thread: there it goes on if that agent takes it over. */
  readonly elsewhere?: { readonly agent: AgentId; readonly threadId: string } | undefined;
}

/** What a failover needs. */
export interface FailoverParts {
  /** Throws INVALID_ARGUMENT for an agent that this bridge does not have. */
  readonly open: (id: AgentId) => Promise<TaskAgent>;
  readonly undo: Receipts["undo"];
}

/** Who gets the task, and from what. */
export interface FailoverOrder {
  /** The first one, then those that may take over, in this order. */
  readonly agents: readonly AgentId[];
  /** `changes` (the default): from what the one before changed. `clean`: what it changed is undone first. */
  readonly from?: "changes" | "clean" | undefined;
}

/** The end of a task that several agents may have had. */
export interface FailoverEnd {
  readonly end: TurnEnd;
  /** The agent whose end it is. */
  readonly agent: TaskAgent;
  /** Empty if the first agent's end is the end. */
  readonly handOvers: readonly HandOver[];
  /** The agent that put the final message into the form that is expected, if that was another one. */
  readonly correctedBy?: AgentId | undefined;
}

/**
 * Runs a task. An agent whose usage limit is nearly used is passed over, unless no other one can do the task. Never throws where the first agent
 * is there: every call has an end, as data.
 */
export async function runWithFailover(
  parts: FailoverParts,
  task: FailoverTask,
  { agents: order, from = "changes" }: FailoverOrder,
  call: CallContext,
): Promise<FailoverEnd> {
  const [first = "", ...rest] = order;
  let agent = await parts.open(first);
  const begin = (mayRelay: boolean): Promise<TurnEnd> =>
    task.goOn === undefined
      ? agent.delegation.start({ ...task.request, mayRelay }, call)
      : task.goOn(agent.delegation, call, mayRelay);
  let end = await begin(rest.length > 0);
  let handOvers: readonly HandOver[] = [];
  let said: Conversation | undefined;
  const queue = rest.map((id) => ({ id, mayRelay: true }));
  // Those that were passed over. They are asked again where nobody else can do the task.
  const spared = end.kind !== "completed" && isHeldBack(end.error) ? [{ id: first, mayRelay: false }] : [];
  while (isForAnother(end) && !call.signal.aborted) {
    const next = queue.shift() ?? spared.shift();
    if (next === undefined) break;
    if (next.id === agent.id) {
      end = tellSpared(await begin(false), end.error, agent.name);
      continue;
    }
    said ??= task.goOn && (await readSaid(agent, end));
    const handed = await handOn({ parts, task, from, said }, { agent, end, next }, call);
    if (handed.kind !== "handed on") {
      end = { ...end, error: addReason(end.error, handed.reason) };
      if (handed.kind === "stopped") break;
      if (handed.isSpared) spared.push({ id: next.id, mayRelay: false });
      continue;
    }
    handOvers = [...handOvers, handed.handOver];
    end = joinEnds(end, handed.end, { names: [agent.name, handed.agent.name], handOvers });
    agent = handed.agent;
  }
  const others = order.filter((id) => id !== agent.id);
  if (!isUnfit(end) || others.length === 0) return { end, agent, handOvers };
  return { ...(await correctAnswer(parts, task.request, { end, others }, call)), agent, handOvers };
}

async function readSaid({ name, threads }: TaskAgent, { error }: FailedEnd): Promise<Conversation> {
  return { name, messages: error.threadId === undefined ? [] : await threads.recall(error.threadId) };
}

function isForAnother(end: TurnEnd): end is FailedEnd {
  return end.kind !== "completed" && FAILOVER_CODES.includes(end.error.code);
}

interface Handing {
  readonly parts: FailoverParts;
  readonly task: FailoverTask;
  readonly from: "changes" | "clean";
  /** The conversation that the task goes on, if it does not begin one. */
  readonly said: Conversation | undefined;
}

interface Next {
  readonly agent: TaskAgent;
  readonly end: FailedEnd;
  readonly next: { readonly id: AgentId; readonly mayRelay: boolean };
}

type Handed =
  | { readonly kind: "handed on"; readonly end: TurnEnd; readonly agent: TaskAgent; readonly handOver: HandOver }
  /** That agent could not begin, or is near its limit too (`isSpared`), so the next one may. */
  | { readonly kind: "not taken"; readonly reason: string; readonly isSpared: boolean }
  /** No agent may begin. */
  | { readonly kind: "stopped"; readonly reason: string };

async function handOn(
  { parts, task, from, said }: Handing,
  { agent, end, next: { id, mayRelay } }: Next,
  call: CallContext,
): Promise<Handed> {
  const held = findHold(agent.name, end);
  if (held !== undefined) return { kind: "stopped", reason: held };
  let undone: Undone | undefined;
  let next: TaskAgent;
  try {
    next = await parts.open(id);
  } catch (thrown) {
    return { kind: "not taken", reason: describeThrown(thrown), isSpared: false };
  }
  try {
    undone = from === "clean" ? await undoWork(parts, { end, isReply: said !== undefined }, call) : undefined;
  } catch (thrown) {
    return { kind: "stopped", reason: `what ${agent.name} changed could not be undone. ${describeThrown(thrown)}` };
  }
  call.report(`${agent.name} did not finish (${end.error.code}); ${next.name} takes over`);
  const handing = { name: agent.name, end, undone, keepsWork: from === "changes", said };
  const { request, elsewhere } = task;
  const taken =
    elsewhere?.agent === id
      ? await next.delegation.reply({ ...toElsewhereRequest(request, handing, elsewhere.threadId), mayRelay }, call)
      : await next.delegation.start({ ...toHandedRequest(request, handing), mayRelay }, call);
  if (taken.kind !== "completed" && isHeldBack(taken.error)) {
    return { kind: "not taken", reason: taken.error.message, isSpared: true };
  }
  if (taken.kind === "refused" && taken.error.code !== "CANCELLED") {
    const { code, message, nextStep } = taken.error;
    const reason = `${next.name} could not begin: [${code}] ${message} ${nextStep}`;
    return { kind: "not taken", reason, isSpared: false };
  }
  const handOver = toHandOver({ from: agent.id, to: next.id }, handing);
  await notePlaces(agent, next, { handOver, taken });
  return { kind: "handed on", end: taken, agent: next, handOver };
}

// So that each of the two threads leads to the other one: the work may come back.
async function notePlaces(
  agent: TaskAgent,
  next: TaskAgent,
  { handOver, taken }: { readonly handOver: HandOver; readonly taken: TurnEnd },
): Promise<void> {
  const threadId = taken.kind === "completed" ? taken.answer.threadId : taken.error.threadId;
  if (threadId === undefined) return;
  const { threadId: first, resetsAt } = handOver;
  const until = resetsAt === undefined ? undefined : Date.parse(resetsAt);
  await next.threads.note(threadId, { cameFrom: { agent: agent.id, threadId: first, resetsAt: until } });
  if (first !== undefined) await agent.threads.note(first, { wentTo: { agent: next.id, threadId } });
}
