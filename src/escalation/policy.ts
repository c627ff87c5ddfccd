// The escalation policy: decides what to do after an attempt, from the history of attempts alone. Pure.
import type { Agent, Attempt } from "../domain/task.ts";

/** Who takes a step. */
export type StepAgent = Agent | "human";

/** One step of the path. */
export interface EscalationStep {
  /** 1 for the first. */
  readonly step: number;
  readonly agent: StepAgent;
  /** The word of the rules file: `retry`, `decompose_task`, `alert`. */
  readonly strategy: string;
  readonly contextModification: "compress" | "filter" | "summarize" | "none";
  readonly maxAttempts: number;
}

/** A policy for one rule; `fallback_agent` is already replaced by an agent. */
export interface EscalationPolicy {
  readonly policyId: string;
  /** Number of failures in a row that begin the path. */
  readonly failureThreshold: number;
  /** A failure no longer counts if more than this passes between its end and the start of the next attempt. */
  readonly timeThresholdMs: number;
  /** Error codes that count as failures. */
  readonly countedCodes: ReadonlySet<string>;
  readonly steps: readonly EscalationStep[];
}

/** What to do next. */
export type NextMove =
  | { readonly kind: "retry"; readonly step: EscalationStep | undefined; readonly reason: string }
  | { readonly kind: "escalate"; readonly step: EscalationStep; readonly reason: string }
  /** The task has been handed back before: hand it back again. */
  | { readonly kind: "hand_back"; readonly step: EscalationStep; readonly reason: string }
  | { readonly kind: "stop"; readonly reason: string };

/** How often a task that comes back is handed back again before the path goes on. */
const COMEBACKS = 1;

/** The attempts that still count: those after the last success, without a pause longer than the policy's window. */
export function findChain(attempts: readonly Attempt[], timeThresholdMs: number, now: number): readonly Attempt[] {
  let chain: Attempt[] = [];
  for (const attempt of attempts) {
    const last = chain.at(-1);
    // A turn and a wait for a free slot may take minutes, so only the pause between two attempts counts.
    const askedAt = attempt.startedAt - (attempt.waitedMs ?? 0);
    if (last !== undefined && askedAt - last.endedAt > timeThresholdMs) chain = [];
    if (attempt.outcome === "completed") chain = [];
    else chain.push(attempt);
  }
  const last = chain.at(-1);
  return last !== undefined && now - last.endedAt > timeThresholdMs ? [] : chain;
}

/** Decides how a task begins. Its history may contain earlier calls, also of a bridge that has ended since. */
export function decideFirst(policy: EscalationPolicy, attempts: readonly Attempt[], now: number): NextMove {
  const chain = findChain(attempts, policy.timeThresholdMs, now);
  const last = chain.at(-1);
  // One that went to the rule's fallback agent beside the path is tried anew: a usage limit may have been reset.
  if (last?.outcome === "handed_back" && last.step > 0) return decideComeback(policy, chain, last);
  // A user who has stopped the task is asked before anything runs.
  if (last?.outcome === "stopped") return toStep(policy, last.step, "the user stopped this task");
  if (last !== undefined && isCounted(policy, last)) {
    const move = decideNext(policy, attempts, now);
    if (move.kind !== "stop") return move;
  }
  // A failure that did not count is no reason against another try, and a call after `needs_human` is the user's decision.
  const reached = Math.max(0, ...chain.map(({ step }) => step));
  const step = policy.steps.find((candidate) => candidate.step === reached);
  return { kind: "retry", step, reason: last === undefined ? "first attempt" : "called again" };
}

// A task that comes back is handed back again, so that nobody loops. One that comes back twice goes on to the next step.
function decideComeback(policy: EscalationPolicy, chain: readonly Attempt[], last: Attempt): NextMove {
  const times = chain.filter(({ outcome }) => outcome === "handed_back").length;
  if (times > COMEBACKS) {
    const move = toStep(policy, last.step + 1, `the task came back ${times} times after it was handed back`);
    if (move.kind === "escalate") return move;
  }
  return handBackAgain(policy, last);
}

function handBackAgain(policy: EscalationPolicy, { step: number, reason = "it was handed back" }: Attempt): NextMove {
  const step = policy.steps.find((candidate) => candidate.step === number);
  return step === undefined ? { kind: "stop", reason } : { kind: "hand_back", step, reason };
}

/** Decides what to do after the newest attempt has failed. */
export function decideNext(policy: EscalationPolicy, attempts: readonly Attempt[], now: number): NextMove {
  const chain = findChain(attempts, policy.timeThresholdMs, now);
  const last = chain.at(-1);
  if (last === undefined) return { kind: "stop", reason: "nothing has failed" };
  if (last.outcome === "stopped") return { kind: "stop", reason: "the user stopped this task" };
  if (!isCounted(policy, last))
    return { kind: "stop", reason: `${last.code ?? "the failure"} does not count: another try would not help` };
  const at = Math.max(...chain.map(({ step }) => step));
  return at === 0 ? decideBeforePath(policy, chain) : decideOnPath(policy, chain, at);
}

function decideBeforePath(policy: EscalationPolicy, chain: readonly Attempt[]): NextMove {
  const failures = chain.filter((attempt) => isCounted(policy, attempt)).length;
  const count = `${failures} of ${policy.failureThreshold} failures`;
  if (failures < policy.failureThreshold) return { kind: "retry", step: undefined, reason: count };
  return toStep(policy, 1, count);
}

function decideOnPath(policy: EscalationPolicy, chain: readonly Attempt[], at: number): NextMove {
  const current = policy.steps.find(({ step }) => step === at);
  // Another call of the same task got there first.
  const handed = chain.findLast(({ outcome, step }) => outcome === "handed_back" && step === at);
  if (handed !== undefined && current?.agent !== "human") return handBackAgain(policy, handed);
  // A person may try as often as they like, and is asked each time.
  if (current?.agent === "human") return { kind: "escalate", step: current, reason: `step ${at} failed again` };
  const made = chain.filter((attempt) => attempt.step === at && isCounted(policy, attempt)).length;
  const reason = `step ${at} was tried ${made} of ${current?.maxAttempts ?? made} times`;
  if (current !== undefined && made < current.maxAttempts) return { kind: "retry", step: current, reason };
  return toStep(policy, at + 1, reason);
}

function toStep(policy: EscalationPolicy, number: number, reason: string): NextMove {
  const step = policy.steps.find(({ step: candidate }) => candidate >= number);
  if (step === undefined) return { kind: "stop", reason: `${reason}; the escalation path is at its end` };
  return { kind: "escalate", step, reason: `${reason}: step ${step.step} of ${policy.policyId}` };
}

function isCounted(policy: EscalationPolicy, attempt: Attempt): boolean {
  return attempt.code !== undefined && policy.countedCodes.has(attempt.code);
}
