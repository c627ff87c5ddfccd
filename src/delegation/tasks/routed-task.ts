// One routed task on its way through the agent: attempts, retries, the steps of the escalation policy, the end.
import type { KeepWhole } from "../../context/fit-items.ts";
import type { HandStrategy } from "../../context/shape-items.ts";
import type { Clock } from "../../domain/clock.ts";
import type { ErrorCode } from "../../domain/error-codes.ts";
import { type ErrorReport, type Failure, reportError } from "../../domain/errors.ts";
import type { Redact } from "../../domain/redact.ts";
import {
  decideFirst,
  decideNext,
  type EscalationPolicy,
  type EscalationStep,
  type NextMove,
} from "../../escalation/policy.ts";
import { FAILOVER_CODES } from "../failover/failover.ts";
import type { TurnEnd } from "../requests.ts";
import type { Delegation } from "../turns/delegation.ts";
import { isHeldBack } from "../turns/hold-back.ts";
import { timeQuestions } from "../turns/questions/time-questions.ts";
import type { Summarize } from "../turns/summarize.ts";
import { askWhatNow } from "./ask-what-now.ts";
import { type AttemptHistory, toTaskKey } from "./attempt-history.ts";
import { resolvePolicy } from "./escalation-policy.ts";
import { judgeCheck } from "./judge-check.ts";
import { type SummedContext, summarizeContext, tellSummary } from "./summarize-context.ts";
import { planTurn, sendTurn } from "./task-attempt.ts";
import { type AttemptTimes, TaskAttempts } from "./task-attempts.ts";
import { type TaskInput, toCompleted, toFailed, toHandedBack, toNeedsHuman, toStopped } from "./task-ends.ts";
import { describeCallersFault, isCallersFault } from "./task-errors.ts";
import { toStrategy } from "./task-prompts.ts";
import type { TaskEnd, TaskResult } from "./task-requests.ts";
import { describeCause, summarizeFailures } from "./task-summary.ts";
import { findOpenPlaces, TaskThread } from "./task-thread.ts";

/** What every task is built with. */
export interface RoutedTaskOptions {
  /** One that counts no failures itself: the task counts them. */
  readonly delegation: Delegation;
  readonly history: AttemptHistory;
  readonly turnTimeoutMs: number;
  /** Directory of the bridge: a task without cwd belongs to it. */
  readonly baseDir: string;
  readonly clock: Clock;
  /** Takes secrets out of causes, which are kept and shown. */
  readonly redact: Redact;
  /** Whether a directory lies in a worktree whose proposal is open. */
  readonly isOpenWorktree: (cwd: string) => boolean;
  /** Keeps a context that is cut, for whoever wants the whole. */
  readonly keepWhole?: KeepWhole | undefined;
  /** Sums a context up where the rules want a model to; undefined where none can. */
  readonly summarize?: Summarize | undefined;
}

/** With less time than this no other attempt is made. */
const LEAST_ATTEMPT_MS = 1_000;

/** A task that the agent is to do; used once. */
export class RoutedTask {
  readonly #options: RoutedTaskOptions;
  readonly #input: TaskInput;
  readonly #policy: EscalationPolicy | undefined;
  readonly #attempts: TaskAttempts;
  readonly #budgetMs: number;
  #until: number;
  readonly #thread: TaskThread;
  #lastFailure: Failure | undefined;
  #left: TaskResult["left"];
  #escalation: TaskResult["escalation"];
  #dropped: string | undefined;
  #handoff: TaskResult["handoff"];
  #summed: (SummedContext & { readonly strategy: HandStrategy }) | undefined;

  constructor(options: RoutedTaskOptions, input: TaskInput) {
    const { request, decision, rules } = input;
    const { history, baseDir, clock, turnTimeoutMs } = options;
    this.#options = options;
    this.#input = input;
    const policy = resolvePolicy(rules, decision);
    this.#policy = policy;
    this.#attempts = new TaskAttempts({ history, policy, clock, key: toTaskKey(request.task, request.cwd, baseDir) });
    const { isOpenWorktree } = options;
    this.#thread = new TaskThread({ isIsolated: request.isolation !== undefined, isOpenWorktree });
    this.#budgetMs = request.timeoutMs ?? decision.deadlineMs ?? turnTimeoutMs;
    this.#until = clock() + this.#budgetMs;
  }

  async run(): Promise<TaskResult> {
    const end = await this.#goOn();
    const { decision } = this.#input;
    const attempts = this.#attempts.own;
    // A context that went nowhere was not cut either.
    const wasSent = attempts.some(({ agent }) => agent === "codex_cli");
    const warning = wasSent ? this.#summed?.warning : undefined;
    return {
      decision: warning === undefined ? decision : { ...decision, warnings: [...decision.warnings, warning] },
      attempts,
      escalation: this.#escalation,
      dropped: this.#dropped,
      handoff: this.#handoff,
      left: this.#left,
      end,
    };
  }

  async #goOn(): Promise<TaskEnd> {
    let move = this.#begin();
    for (;;) {
      const early = await this.#takeMove(move);
      if (early !== undefined) return early;
      if (this.#attempts.own.length > 0) {
        this.#input.call.report(`Attempt ${this.#attempts.own.length + 1}: ${move.reason}`);
      }
      const end = await this.#attempt("step" in move ? move.step : undefined);
      if (end.kind === "completed") return toCompleted(this.#input, end.answer);
      const { error, cause, startedAt } = end;
      if (error.code === "CANCELLED") return { outcome: "cancelled", error, cause };
      if (isCallersFault(error)) return this.#fail(describeCallersFault(error));
      if (isHeldBack(error)) return this.#handBack(describeSpared(error), FALLBACK);
      // It is not on record, so the policy cannot judge it.
      if (startedAt === undefined) return this.#fail("no turn began");
      move = this.#decide();
    }
  }

  // Gives the end of the task, or undefined where the move is another attempt.
  async #takeMove(move: NextMove): Promise<TaskEnd | undefined> {
    switch (move.kind) {
      case "stop":
        return this.#fail(move.reason);
      case "hand_back":
        return this.#handBack(move.reason, move.step);
      case "retry":
        return this.#isOutOfTime() ? this.#fail(NO_TIME) : undefined;
      case "escalate": {
        const { step, reason } = move;
        if (step.agent === "codex_cli" && this.#isOutOfTime()) return this.#fail(NO_TIME);
        this.#escalation = { policyId: this.#policy?.policyId ?? "", step, reason };
        if (step.agent === "claude_code") return this.#handBack(reason, step);
        return step.agent === "human" ? this.#askHuman(step) : undefined;
      }
    }
  }

  #begin(): NextMove {
    if (this.#policy === undefined) return { kind: "retry", step: undefined, reason: "first attempt" };
    this.#thread.continueFrom(this.#attempts.findChain());
    return decideFirst(this.#policy, this.#attempts.read(), this.#options.clock());
  }

  #decide(): NextMove {
    if (this.#policy === undefined) return { kind: "stop", reason: "the rules have no escalation policy" };
    const move = decideNext(this.#policy, this.#attempts.read(), this.#options.clock());
    return move.kind === "stop" ? (this.#fallBack(this.#policy) ?? move) : move;
  }

  // The policy does not count what no other attempt would mend, such as a usage limit; the rule's other agent may do the task all the same.
  #fallBack(policy: EscalationPolicy): NextMove | undefined {
    const code = this.#lastFailure?.error.code;
    if (code === undefined || !this.#fallsBackAfter(code, policy)) return undefined;
    const reason = `${code} does not count, and the rule's fallback agent is claude_code`;
    return { kind: "hand_back", step: FALLBACK, reason };
  }

  #fallsBackAfter(code: ErrorCode, policy = this.#policy): boolean {
    const { fallbackAgent } = this.#input.decision;
    const isOther = policy !== undefined && FAILOVER_CODES.includes(code) && !policy.countedCodes.has(code);
    return isOther && fallbackAgent === "claude_code";
  }

  async #attempt(step: EscalationStep | undefined): Promise<TurnEnd> {
    const { end, times } = await this.#send(step);
    const isAgain = this.#thread.learn(end) === "again";
    if (end.kind !== "refused") this.#left = end.answer;
    if (isAgain) return this.#attempt(step);
    const cause = end.kind === "completed" ? undefined : this.#describeCause(end);
    this.#attempts.recordTurn(end, { ...times, step: step?.step ?? 0, place: this.#thread.place, cause });
    if (end.kind !== "completed") this.#lastFailure = { error: end.error, cause: end.cause };
    return end;
  }

  #describeCause(end: Exclude<TurnEnd, { kind: "completed" }>): string {
    const { agentName } = this.#input;
    const { redact } = this.#options;
    const check = end.kind === "refused" ? undefined : end.answer.check;
    return describeCause(end.error, { agentName, redact, check });
  }

  async #send(step: EscalationStep | undefined): Promise<{ end: TurnEnd; times: AttemptTimes }> {
    const { delegation, clock } = this.#options;
    const askedAt = clock();
    const summed = await this.#sumUp(step);
    // An attempt begins with its turn: what a summary before it takes, its wait for a free slot above all, is not the task's time.
    this.#until += Math.max(0, clock() - askedAt);
    const request = { ...this.#input.request, context: summed.context };
    const turn = planTurn(
      { ...this.#input, request, keep: this.#options.keepWhole },
      {
        step,
        thread: this.#thread,
        last: this.#attempts.findChain().at(-1),
        check: this.#left?.check,
        isFirst: this.#attempts.own.length === 0,
        // Near its usage limit the agent does not begin, where the task then goes to the rule's other one.
        mayRelay: this.#fallsBackAfter("USAGE_LIMIT"),
      },
    );
    this.#dropped = turn.dropped ?? this.#dropped;
    this.#handoff = turn.handoff === undefined ? this.#handoff : tellSummary(turn.handoff, summed);
    const timeoutMs = Math.max(LEAST_ATTEMPT_MS, this.#until - clock());
    // The time that a person takes to answer the agent does not count.
    const call = timeQuestions(this.#input.call, clock, (ms) => {
      this.#until += ms;
    });
    const end = judgeCheck(
      await sendTurn(turn, { delegation, call, timeoutMs }),
      this.#input.request.check !== undefined,
    );
    const { startedAt = clock(), waitedMs } = end;
    // Nor does the time that the turn waited for a free slot.
    this.#until += waitedMs;
    return { end, times: { startedAt, waitedMs, endedAt: clock() } };
  }

  // Once for a strategy: a further attempt gets the same summary. A thread that goes on has the context already.
  async #sumUp(step: EscalationStep | undefined): Promise<SummedContext> {
    const { request, decision, rules, call } = this.#input;
    const { summarize, keepWhole: keep } = this.#options;
    if (this.#thread.threadId !== undefined && this.#attempts.own.length > 0) return { context: request.context };
    const strategy = toStrategy(step, decision.contextStrategy, this.#attempts.findChain().at(-1)?.code);
    if (this.#summed?.strategy !== strategy) {
      const { task, context, cwd } = request;
      const options = { task, strategy, rules: rules.routing_config, cwd, summarize, keep };
      this.#summed = { ...(await summarizeContext(context, options, call)), strategy };
    }
    return this.#summed;
  }

  async #askHuman(step: EscalationStep): Promise<TaskEnd | undefined> {
    const { clock, turnTimeoutMs } = this.#options;
    const startedAt = clock();
    const failures = this.#attempts.findFailures();
    const { request, call, agentName } = this.#input;
    const summary = summarizeFailures(agentName, request.task, failures);
    const choice = await askWhatNow(call, { summary, agentName, timeoutMs: turnTimeoutMs });
    if (choice === "cancelled") return { outcome: "cancelled", error: CANCELLED };
    const endedAt = clock();
    this.#attempts.recordHuman(step, { startedAt, endedAt, isStop: choice === "stop" });
    // Whoever asks for another try gives it time too.
    if (choice === "retry") this.#until = endedAt + this.#budgetMs;
    if (choice === "claude") return this.#handBack("the user wants Claude to do it", step, failures);
    if (choice === "stop") return toStopped(this.#input, summary);
    return choice === undefined ? toNeedsHuman(summary, failures) : undefined;
  }

  #handBack(reason: string, step: EscalationStep, failures = this.#attempts.findFailures()): TaskEnd {
    this.#attempts.recordHandBack(step, reason);
    const places = findOpenPlaces(failures, this.#options.isOpenWorktree);
    return toHandedBack(this.#input, reason, step, { failures, check: this.#left?.check, places });
  }

  #fail(reason: string): TaskEnd {
    return toFailed(this.#input, reason, this.#attempts.findFailures(), this.#lastFailure);
  }

  #isOutOfTime(): boolean {
    return this.#attempts.own.length > 0 && this.#until - this.#options.clock() < LEAST_ATTEMPT_MS;
  }
}

function describeSpared({ message }: ErrorReport): string {
  return `${message.replace(/\.$/, "")}, and the rule's fallback agent is claude_code`;
}

/** Not on any path, so that the task is tried anew when it comes back. */
const FALLBACK: EscalationStep = {
  ...{ step: 0, agent: "claude_code", strategy: "fallback", contextModification: "none", maxAttempts: 1 },
};
const NO_TIME = "no time is left for another attempt";
const CANCELLED: ErrorReport = reportError("CANCELLED", "The call was cancelled while the user was asked.");
