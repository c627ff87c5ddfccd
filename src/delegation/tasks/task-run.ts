// One routed task on its way through Codex: attempts, retries, the steps of the escalation policy, the end.
import type { Clock } from "../../domain/clock.ts";
import { BridgeError } from "../../domain/errors.ts";
import type { Redact } from "../../domain/redact.ts";
import type { Attempt } from "../../domain/task.ts";
import {
  decideFirst,
  decideNext,
  type EscalationPolicy,
  type EscalationStep,
  findChain,
  type NextMove,
} from "../../escalation/policy.ts";
import type { RoutingDecision } from "../../routing/route.ts";
import type { RulesFile } from "../../routing/rules-schema.ts";
import type { CallContext, TurnAnswer } from "../requests.ts";
import type { Delegation } from "../turns/delegation.ts";
import { askWhatNow } from "./ask-what-now.ts";
import { type AttemptHistory, toTaskKey, toThreadKey } from "./attempt-history.ts";
import { resolvePolicy } from "./escalation-policy.ts";
import { planTurn, sendTurn } from "./task-attempt.ts";
import { blameRule, describeCallersFault, isCallersFault, needsNewThread } from "./task-errors.ts";
import { instructAfter, toStrategy } from "./task-prompts.ts";
import type { TaskRequest, TaskResult } from "./task-requests.ts";
import { describeNarrowSandbox } from "./task-sandbox.ts";
import { describeCause, describeLastFailure, summarizeFailures } from "./task-summary.ts";

/** What every run is built from. */
export interface TaskRunOptions {
  /** Without counting of its own: the run counts. */
  readonly delegation: Delegation;
  readonly history: AttemptHistory;
  readonly turnTimeoutMs: number;
  /** Directory of the bridge: a task without cwd belongs to it. */
  readonly baseDir: string;
  readonly clock: Clock;
  /** Takes secrets out of causes, which are kept and shown. */
  readonly redact: Redact;
}

/** One task. */
export interface TaskInput {
  readonly request: TaskRequest;
  readonly decision: RoutingDecision;
  readonly rules: RulesFile;
  readonly call: CallContext;
}

type Tried = { readonly answer: TurnAnswer } | { readonly error: BridgeError; readonly hasBegun: boolean };
type Escalation = Extract<NextMove, { kind: "escalate" }>;

/** Less than this is not worth another attempt. */
const LEAST_ATTEMPT_MS = 1_000;

/** A run; used once. */
export class TaskRun {
  readonly #options: TaskRunOptions;
  readonly #input: TaskInput;
  readonly #policy: EscalationPolicy | undefined;
  readonly #key: string;
  readonly #budgetMs: number;
  #until: number;
  /** Attempts of this call. */
  readonly #own: Attempt[] = [];
  /** Thread that the next attempt continues. */
  #threadId: string | undefined;
  /** Whether a thread of this call has the caller's name. */
  #hasName = false;
  #lastError: BridgeError | undefined;
  #escalation: TaskResult["escalation"];
  #dropped: string | undefined;

  constructor(options: TaskRunOptions, input: TaskInput) {
    const { request, decision, rules } = input;
    this.#options = options;
    this.#input = input;
    this.#policy = resolvePolicy(rules, decision);
    this.#key = toTaskKey(request.task, request.cwd, options.baseDir);
    this.#budgetMs = request.timeoutMs ?? decision.deadlineMs ?? options.turnTimeoutMs;
    this.#until = options.clock() + this.#budgetMs;
  }

  /** Throws CANCELLED only. */
  async run(): Promise<TaskResult> {
    let move = this.#begin();
    for (;;) {
      if (move.kind === "stop") return this.#fail(move.reason);
      if (move.kind === "hand_back") return this.#handBack(move.reason, move.step, this.#findChain());
      if (this.#isOutOfTime() && (move.kind === "retry" || move.step.agent === "codex_cli")) {
        return this.#fail("no time is left for another attempt");
      }
      if (move.kind === "escalate") {
        const end = await this.#escalate(move);
        if (end !== undefined) return end;
      }
      if (this.#own.length > 0) this.#input.call.report(`Attempt ${this.#own.length + 1}: ${move.reason}`);
      const tried = await this.#attempt(move.step);
      if ("answer" in tried) return this.#complete(tried.answer);
      if (tried.error.code === "CANCELLED") throw tried.error;
      if (isCallersFault(tried.error.report)) return this.#fail(describeCallersFault(tried.error.report));
      // Not on record, so the policy cannot judge it.
      if (!tried.hasBegun) return this.#fail("no turn began");
      move = this.#decide();
    }
  }

  #complete(answer: TurnAnswer): TaskResult {
    const warnings = [...describeNarrowSandbox(this.#input, answer.sandbox.mode), ...answer.warnings];
    return this.#end({ outcome: "completed", answer: { ...answer, warnings } });
  }

  // A call of a moment ago is gone on with, on its thread: that may have changed files already.
  #begin(): NextMove {
    if (this.#policy === undefined) return { kind: "retry", step: undefined, reason: "first attempt" };
    const last = this.#findChain().findLast(({ threadId }) => threadId !== undefined);
    if (last?.code !== "CONTEXT_OVERFLOW" && last?.code !== "THREAD_BROKEN") this.#threadId = last?.threadId;
    return decideFirst(this.#policy, this.#history(), this.#options.clock());
  }

  #decide(): NextMove {
    if (this.#policy === undefined) return { kind: "stop", reason: "the rules have no escalation policy" };
    return decideNext(this.#policy, this.#history(), this.#options.clock());
  }

  // Gives the end of the run, or undefined where the step is another attempt.
  async #escalate({ step, reason }: Escalation): Promise<TaskResult | undefined> {
    this.#escalation = { policyId: this.#policy?.policyId ?? "", step, reason };
    if (step.agent === "claude_code") return this.#handBack(reason, step, this.#findChain());
    return step.agent === "human" ? this.#askHuman(step) : undefined;
  }

  async #attempt(step: EscalationStep | undefined): Promise<Tried> {
    const { delegation, clock, history, redact } = this.#options;
    const turn = planTurn(this.#input, {
      step,
      threadId: this.#threadId,
      hasName: this.#hasName,
      lastCode: this.#findChain().at(-1)?.code,
      isFirst: this.#own.length === 0,
    });
    this.#dropped = turn.dropped ?? this.#dropped;
    const timeoutMs = Math.max(LEAST_ATTEMPT_MS, this.#until - clock());
    const sent = await sendTurn(turn, { delegation, call: this.#input.call, timeoutMs, clock });
    const { startedAt, waitedMs } = sent;
    // What was waited for a free place is not the run's time.
    this.#until += waitedMs;
    const times = { startedAt: startedAt ?? clock(), waitedMs, endedAt: clock() };
    const made = { agent: "codex_cli", step: step?.step ?? 0, ...times } as const;
    if ("answer" in sent) {
      const { threadId } = sent.answer;
      this.#own.push({ ...made, outcome: "completed", threadId });
      history.clear(this.#key);
      history.clear(toThreadKey(threadId));
      return { answer: sent.answer };
    }
    const { code, threadId } = sent.error.report;
    if ((code === "THREAD_NOT_FOUND" || code === "THREAD_BROKEN") && this.#threadId !== undefined) {
      // The thread of an earlier attempt: it cannot go on, so the task begins anew.
      this.#hasName ||= threadId !== undefined;
      this.#threadId = undefined;
      return this.#attempt(step);
    }
    // What a caller got wrong is no attempt at the task, nor is what never began.
    if (startedAt !== undefined && !isCallersFault(sent.error.report)) {
      this.#record({ ...made, outcome: "failed", code, cause: describeCause(sent.error.report, redact), threadId });
    }
    return this.#takeError(sent.error, startedAt !== undefined);
  }

  #takeError(error: BridgeError, hasBegun: boolean): Tried {
    this.#lastError = error;
    this.#hasName ||= error.report.threadId !== undefined;
    this.#threadId = needsNewThread(error.report) ? undefined : (error.report.threadId ?? this.#threadId);
    return { error, hasBegun };
  }

  async #askHuman(step: EscalationStep): Promise<TaskResult | undefined> {
    const startedAt = this.#options.clock();
    const chain = this.#findChain();
    const summary = summarizeFailures(this.#input.request.task, chain);
    const choice = await askWhatNow(this.#input.call, summary, this.#options.turnTimeoutMs);
    // On record with the answer: however long a person thinks, what was before still counts.
    const endedAt = this.#options.clock();
    const outcome = choice === "stop" ? "stopped" : "needs_human";
    this.#record({ agent: "human", outcome, step: step.step, startedAt, endedAt });
    switch (choice) {
      case "retry":
        // Whoever asks for another try gives it time too.
        this.#until = endedAt + this.#budgetMs;
        return undefined;
      case "claude":
        return this.#handBack("the user wants Claude to do it", step, chain);
      case "stop":
        this.#lastError = new BridgeError("STOPPED_BY_USER", `The user stopped this task. ${summary}`);
        return this.#fail("stopped by the user");
      case undefined: {
        const suggestions = ["try again", "let Claude do it", "stop"];
        return this.#end({ outcome: "needs_human", summary, suggestions, cause: describeLastFailure(chain) ?? "" });
      }
    }
  }

  #handBack(reason: string, step: EscalationStep, chain: readonly Attempt[]): TaskResult {
    const failures = chain.filter(isFailure);
    const last = describeLastFailure(failures);
    const now = this.#options.clock();
    const base = { agent: "claude_code", step: step.step, startedAt: now, endedAt: now } as const;
    this.#record({ ...base, outcome: "handed_back", reason });
    const { request, decision } = this.#input;
    const strategy = toStrategy(step, decision.contextStrategy, undefined);
    const cause = last === undefined ? reason : `${reason}; last error: ${last}`;
    const instructions = instructAfter({ task: request.task, reason: cause, step, strategy, attempts: failures });
    return this.#end({ outcome: "handed_back", instructions, cause });
  }

  #fail(reason: string): TaskResult {
    const error =
      this.#lastError ?? new BridgeError("TURN_FAILED", summarizeFailures(this.#input.request.task, this.#findChain()));
    return this.#end({ outcome: "failed", error, reason: `${reason}${blameRule(error.report, this.#input)}` });
  }

  #record(attempt: Attempt): void {
    this.#own.push(attempt);
    this.#options.history.append(this.#key, attempt);
    // A reply on the thread counts on from here.
    if (attempt.threadId !== undefined) this.#options.history.append(toThreadKey(attempt.threadId), attempt);
  }

  #isOutOfTime(): boolean {
    return this.#own.length > 0 && this.#until - this.#options.clock() < LEAST_ATTEMPT_MS;
  }

  #history(): readonly Attempt[] {
    return this.#options.history.read(this.#key);
  }

  #findChain(): readonly Attempt[] {
    return findChain(this.#history(), this.#policy?.timeThresholdMs ?? 0, this.#options.clock());
  }

  #end(end: TaskResult["end"]): TaskResult {
    const { decision } = this.#input;
    return { decision, attempts: this.#own, escalation: this.#escalation, dropped: this.#dropped, end };
  }
}

function isFailure({ outcome }: Attempt): boolean {
  return outcome === "failed";
}
