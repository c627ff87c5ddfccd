// One routed task on its way through the agent: attempts, retries, the steps of the escalation policy, the end.
import type { Clock } from "../../domain/clock.ts";
import { type ErrorReport, type Failure, reportError } from "../../domain/errors.ts";
import type { Redact } from "../../domain/redact.ts";
import {
  decideFirst,
  decideNext,
  type EscalationPolicy,
  type EscalationStep,
  type NextMove,
} from "../../escalation/policy.ts";
import type { TurnEnd } from "../requests.ts";
import type { Delegation } from "../turns/delegation.ts";
import { timeQuestions } from "../turns/questions/time-questions.ts";
import { askWhatNow } from "./ask-what-now.ts";
import { type AttemptHistory, toTaskKey } from "./attempt-history.ts";
import { resolvePolicy } from "./escalation-policy.ts";
import { planTurn, sendTurn } from "./task-attempt.ts";
import { TaskAttempts } from "./task-attempts.ts";
import { type TaskInput, toCompleted, toFailed, toHandedBack, toNeedsHuman, toStopped } from "./task-ends.ts";
import { describeCallersFault, isCallersFault, needsNewThread } from "./task-errors.ts";
import type { TaskEnd, TaskResult } from "./task-requests.ts";
import { describeCause, summarizeFailures } from "./task-summary.ts";

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
  /** Thread that the next attempt continues. */
  #threadId: string | undefined;
  /** Whether a thread of this call has the caller's name. */
  #hasName = false;
  #lastFailure: Failure | undefined;
  #escalation: TaskResult["escalation"];
  #dropped: string | undefined;

  constructor(options: RoutedTaskOptions, input: TaskInput) {
    const { request, decision, rules } = input;
    const { history, baseDir, clock, turnTimeoutMs } = options;
    this.#options = options;
    this.#input = input;
    const policy = resolvePolicy(rules, decision);
    this.#policy = policy;
    this.#attempts = new TaskAttempts({ history, policy, clock, key: toTaskKey(request.task, request.cwd, baseDir) });
    this.#budgetMs = request.timeoutMs ?? decision.deadlineMs ?? turnTimeoutMs;
    this.#until = clock() + this.#budgetMs;
  }

  async run(): Promise<TaskResult> {
    const end = await this.#goOn();
    const { decision } = this.#input;
    const attempts = this.#attempts.own;
    return { decision, attempts, escalation: this.#escalation, dropped: this.#dropped, end };
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

  // An earlier call of the same task may have changed files already, so its thread goes on.
  #begin(): NextMove {
    if (this.#policy === undefined) return { kind: "retry", step: undefined, reason: "first attempt" };
    const last = this.#attempts.findChain().findLast(({ threadId }) => threadId !== undefined);
    if (last?.code !== "CONTEXT_OVERFLOW" && last?.code !== "THREAD_BROKEN") this.#threadId = last?.threadId;
    return decideFirst(this.#policy, this.#attempts.read(), this.#options.clock());
  }

  #decide(): NextMove {
    if (this.#policy === undefined) return { kind: "stop", reason: "the rules have no escalation policy" };
    return decideNext(this.#policy, this.#attempts.read(), this.#options.clock());
  }

  async #attempt(step: EscalationStep | undefined): Promise<TurnEnd> {
    const { delegation, clock, redact } = this.#options;
    const turn = planTurn(this.#input, {
      step,
      threadId: this.#threadId,
      hasName: this.#hasName,
      lastCode: this.#attempts.findChain().at(-1)?.code,
      isFirst: this.#attempts.own.length === 0,
    });
    this.#dropped = turn.dropped ?? this.#dropped;
    const timeoutMs = Math.max(LEAST_ATTEMPT_MS, this.#until - clock());
    // The time that a person takes to answer the agent does not count.
    const call = timeQuestions(this.#input.call, clock, (ms) => {
      this.#until += ms;
    });
    const end = await sendTurn(turn, { delegation, call, timeoutMs });
    const { startedAt = clock(), waitedMs } = end;
    // Nor does the time that the turn waited for a free slot.
    this.#until += waitedMs;
    const made = { agent: "codex_cli", step: step?.step ?? 0, startedAt, waitedMs, endedAt: clock() } as const;
    if (end.kind === "completed") {
      this.#attempts.succeed({ ...made, outcome: "completed", threadId: end.answer.threadId });
      return end;
    }
    const { code, threadId } = end.error;
    this.#hasName ||= threadId !== undefined;
    if (code === "SESSION_NOT_FOUND" && this.#hasName) {
      // The thread of an earlier call did not have this call's name: a new thread takes it.
      this.#hasName = false;
      return this.#attempt(step);
    }
    if ((code === "THREAD_NOT_FOUND" || code === "THREAD_BROKEN") && this.#threadId !== undefined) {
      // The thread of an earlier attempt cannot go on, so the task begins anew.
      this.#threadId = undefined;
      return this.#attempt(step);
    }
    // A caller's mistake does not count as an attempt, nor does a turn that never began.
    if (end.startedAt !== undefined && !isCallersFault(end.error)) {
      const cause = describeCause(end.error, this.#input.agentName, redact);
      this.#attempts.record({ ...made, outcome: "failed", code, cause, threadId });
    }
    this.#lastFailure = { error: end.error, cause: end.cause };
    this.#threadId = needsNewThread(end.error) ? undefined : (threadId ?? this.#threadId);
    return end;
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
    return toHandedBack(this.#input, reason, step, failures);
  }

  #fail(reason: string): TaskEnd {
    return toFailed(this.#input, reason, this.#attempts.findFailures(), this.#lastFailure);
  }

  #isOutOfTime(): boolean {
    return this.#attempts.own.length > 0 && this.#until - this.#options.clock() < LEAST_ATTEMPT_MS;
  }
}

const NO_TIME = "no time is left for another attempt";
const CANCELLED: ErrorReport = reportError("CANCELLED", "The call was cancelled while the user was asked.");
