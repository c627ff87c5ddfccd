// A task that one agent could not do goes to another one: fresh, no wider than the first, with what the first one changed or without it.
import type { AgentId, AgentNames } from "../../domain/agents.ts";
import type { ErrorCode } from "../../domain/error-codes.ts";
import { amendError, type ErrorReport, toBridgeError } from "../../domain/errors.ts";
import type { Receipts, Undone } from "../receipts/receipts.ts";
import type { CallContext, StartRequest, TurnAnswer, TurnEnd } from "../requests.ts";
import type { Delegation } from "../turns/delegation.ts";
import type { AgentThreads } from "./agent-threads.ts";
import {
  addReason,
  type Conversation,
  type FailedEnd,
  type HandOver,
  toHandedRequest,
  toHandOver,
} from "./hand-over.ts";

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
  /** What its first agent does, where that is something else. */
  readonly goOn?: ((delegation: Delegation, call: CallContext) => Promise<TurnEnd>) | undefined;
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
}

/** Runs a task. Never throws where the first agent is there: every call has an end, as data. */
export async function runWithFailover(
  parts: FailoverParts,
  { request, goOn }: FailoverTask,
  { agents: [first = "", ...others], from = "changes" }: FailoverOrder,
  call: CallContext,
): Promise<FailoverEnd> {
  let agent = await parts.open(first);
  const { delegation } = agent;
  let end = goOn === undefined ? await delegation.start(request, call) : await goOn(delegation, call);
  let handOvers: readonly HandOver[] = [];
  let said: Conversation | undefined;
  for (const id of others) {
    if (!isForAnother(end) || call.signal.aborted) break;
    said ??= goOn && (await readSaid(agent, end));
    const next = await handOn({ parts, request, from, said }, { agent, end, id }, call);
    if (next.kind === "stopped") return { end: { ...end, error: addReason(end.error, next.reason) }, agent, handOvers };
    if (next.kind === "not taken") {
      end = { ...end, error: addReason(end.error, next.reason) };
      continue;
    }
    handOvers = [...handOvers, next.handOver];
    end = joinEnds(end, next.end, { names: [agent.name, next.agent.name], handOvers });
    agent = next.agent;
  }
  return { end, agent, handOvers };
}

async function readSaid({ name, threads }: TaskAgent, { error }: FailedEnd): Promise<Conversation> {
  return { name, messages: error.threadId === undefined ? [] : await threads.recall(error.threadId) };
}

function isForAnother(end: TurnEnd): end is FailedEnd {
  return end.kind !== "completed" && FAILOVER_CODES.includes(end.error.code);
}

interface Task {
  readonly parts: FailoverParts;
  readonly request: StartRequest;
  readonly from: "changes" | "clean";
  /** The conversation that the task goes on, if it does not begin one. */
  readonly said: Conversation | undefined;
}

type Handed =
  | { readonly kind: "handed on"; readonly end: TurnEnd; readonly agent: TaskAgent; readonly handOver: HandOver }
  /** That agent could not begin, so the next one may. */
  | { readonly kind: "not taken"; readonly reason: string }
  /** No agent may begin. */
  | { readonly kind: "stopped"; readonly reason: string };

async function handOn(
  { parts, request, from, said }: Task,
  { agent, end, id }: { readonly agent: TaskAgent; readonly end: FailedEnd; readonly id: AgentId },
  call: CallContext,
): Promise<Handed> {
  const held = findHold(agent.name, end);
  if (held !== undefined) return { kind: "stopped", reason: held };
  let undone: Undone | undefined;
  let next: TaskAgent;
  try {
    next = await parts.open(id);
  } catch (thrown) {
    return { kind: "not taken", reason: describe(thrown) };
  }
  try {
    undone = from === "clean" ? await undoWork(parts, { end, isReply: said !== undefined }, call) : undefined;
  } catch (thrown) {
    return { kind: "stopped", reason: `what ${agent.name} changed could not be undone. ${describe(thrown)}` };
  }
  call.report(`${agent.name} did not finish (${end.error.code}); ${next.name} takes over`);
  const handing = { name: agent.name, end, undone, keepsWork: from === "changes", said };
  const taken = await next.delegation.start(toHandedRequest(request, handing), call);
  if (taken.kind === "refused" && taken.error.code !== "CANCELLED") {
    const { code, message, nextStep } = taken.error;
    return { kind: "not taken", reason: `${next.name} could not begin: [${code}] ${message} ${nextStep}` };
  }
  return { kind: "handed on", end: taken, agent: next, handOver: toHandOver({ from: agent.id, to: next.id }, handing) };
}

// What a permission profile denies has no like in another agent.
function findHold(name: string, end: FailedEnd): string | undefined {
  const profile = end.kind === "refused" ? undefined : end.answer.profile;
  if (profile === undefined) return undefined;
  return `${name} worked under the permission profile ${profile}, to which another agent cannot be held.`;
}

// A turn in a worktree of its own left the user's files alone. Throws where it is not known what would have to be undone.
async function undoWork(
  { undo }: FailoverParts,
  { end, isReply }: { readonly end: FailedEnd; readonly isReply: boolean },
  call: CallContext,
): Promise<Undone | undefined> {
  if (end.kind === "refused") return undefined;
  const { receipt, changes, sandbox, hasWorked, proposal } = end.answer;
  // The next agent would work in the same worktree.
  if (proposal !== undefined && isReply && hasWorked) throw new Error(`It is part of the proposal ${proposal.id}.`);
  if (proposal !== undefined || !hasWorked || sandbox.mode === "read-only") return undefined;
  if (receipt === undefined) throw new Error("No receipt says what it changed.");
  return changes.length === 0 ? undefined : undo(receipt, [], call);
}

function describe(thrown: unknown): string {
  if (!(thrown instanceof Error) || thrown.name !== "BridgeError") return String(thrown);
  const { code, message, nextStep }: ErrorReport = toBridgeError(thrown).report;
  return `[${code}] ${message} ${nextStep}`;
}

interface Joining {
  readonly names: readonly [string, string];
  readonly handOvers: readonly HandOver[];
}

// The receipts of the first one count too, unless they are undone: what it changed is there.
function joinEnds(first: FailedEnd, second: TurnEnd, { names: [from, to], handOvers }: Joining): TurnEnd {
  const told = `${from} did not finish the task (${first.error.code}), so ${to} did it in a thread of its own.`;
  if (second.kind === "refused") return second;
  const answer = addEarlier(first, second.answer);
  if (second.kind === "completed") {
    return { ...second, answer: { ...answer, warnings: [told, ...answer.warnings] } };
  }
  const message = `${second.error.message} ${from} had failed at the task before (${first.error.code}).`;
  const error = amendError({ ...second.error, message }, { details: { failover: handOvers } });
  return { ...second, answer, error };
}

function addEarlier(first: FailedEnd, second: TurnAnswer): TurnAnswer {
  if (first.kind === "refused") return second;
  const { receipt, diffStat, earlierReceipts = [], changes } = first.answer;
  const own = receipt === undefined || changes.length === 0 ? [] : [{ id: receipt, diffStat }];
  const all = [...earlierReceipts, ...own, ...(second.earlierReceipts ?? [])];
  return all.length === 0 ? second : { ...second, earlierReceipts: all };
}
