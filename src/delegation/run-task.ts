// The use case of `route_task`: decide, have Codex do it, try again, escalate by policy, hand back.
import { createHash } from "node:crypto";
import type { Clock } from "../domain/clock.ts";
import { type BridgeError, ERROR_TRAITS, toBridgeError } from "../domain/errors.ts";
import type { Attempt, ContextStrategy } from "../domain/task.ts";
import {
  decideNext,
  type EscalationPolicy,
  type EscalationStep,
  findChain,
  type NextMove,
} from "../escalation/policy.ts";
import type { RoutingDecision } from "../routing/route.ts";
import type { RulesFile } from "../routing/rules-schema.ts";
import { estimateTokens, shapeContext } from "./context.ts";
import type { Delegation } from "./delegation.ts";
import { resolvePolicy } from "./escalation-policy.ts";
import type { CallContext, TurnAnswer } from "./requests.ts";
import type { TaskRequest, TaskResult } from "./task-requests.ts";

/** Where the history of a task is kept, beyond the life of a bridge. */
export interface AttemptFiles {
  read(key: string): readonly Attempt[];
  write(key: string, attempts: readonly Attempt[]): void;
}

/** What the use case is built from. */
export interface TaskRunnerOptions {
  readonly delegation: Delegation;
  /** Rules in force. Throws RULES_INVALID. */
  readonly readRules: () => { readonly rules: RulesFile; readonly route: (facts: TaskRequest) => RoutingDecision };
  readonly history: AttemptFiles;
  readonly defaultMode: "decide" | "run";
  readonly turnTimeoutMs: number;
  /** Directory of the bridge: a task without cwd belongs to it. */
  readonly baseDir: string;
  readonly clock: Clock;
}

/** Runs tasks. Throws BridgeError only where nothing was tried: bad rules, a cancel. */
export interface TaskRunner {
  run(request: TaskRequest, call: CallContext): Promise<TaskResult>;
}

/** Less than this is not worth another attempt. */
const LEAST_ATTEMPT_MS = 1_000;

/** Makes the use case. */
export function createTaskRunner(options: TaskRunnerOptions): TaskRunner {
  return {
    run: async (request, call) => {
      const { rules, route } = options.readRules();
      const contextTokens =
        request.contextTokens ?? (request.context === undefined ? undefined : estimateTokens(request.context));
      const decision = route({ ...request, contextTokens });
      const mode = request.mode ?? options.defaultMode;
      const base = { decision, attempts: [], escalation: undefined, dropped: undefined };
      if (mode === "decide") return { ...base, end: { outcome: "decided" } };
      if (decision.agent === "claude_code") {
        const instructions = `Do this task yourself: ${decision.reasons.join("; ")}. Context to use: ${decision.contextStrategy}.`;
        return { ...base, end: { outcome: "handed_back", instructions } };
      }
      return new TaskRun(options, { request, decision, rules, call }).run();
    },
  };
}

interface TaskInput {
  readonly request: TaskRequest;
  readonly decision: RoutingDecision;
  readonly rules: RulesFile;
  readonly call: CallContext;
}

class TaskRun {
  readonly #options: TaskRunnerOptions;
  readonly #input: TaskInput;
  readonly #policy: EscalationPolicy | undefined;
  readonly #key: string;
  readonly #until: number;
  #history: readonly Attempt[];
  readonly #own: Attempt[] = [];
  #escalation: TaskResult["escalation"];
  #dropped: string | undefined;

  constructor(options: TaskRunnerOptions, input: TaskInput) {
    this.#options = options;
    this.#input = input;
    this.#policy = resolvePolicy(input.rules, input.decision);
    this.#key = toKey(input.request, options.baseDir);
    this.#until = options.clock() + (input.request.timeoutMs ?? input.decision.deadlineMs ?? options.turnTimeoutMs);
    this.#history = options.history.read(this.#key);
  }

  async run(): Promise<TaskResult> {
    const earlier = this.#findHandBack();
    if (earlier !== undefined) return this.#handBack(earlier.reason ?? "it was handed back a moment ago");
    let step: EscalationStep | undefined;
    let threadId: string | undefined;
    for (;;) {
      const tried = await this.#attempt(step, threadId);
      if ("answer" in tried) return this.#end({ outcome: "completed", answer: tried.answer });
      const { error } = tried;
      if (error.code === "CANCELLED") throw error;
      if (isCallersFault(error.code))
        return this.#end({ outcome: "failed", error, reason: "the call has to be corrected first" });
      const move = this.#decide();
      if (move.kind === "stop" || this.#until - this.#options.clock() < LEAST_ATTEMPT_MS) {
        return this.#end({
          outcome: "failed",
          error,
          reason: move.kind === "stop" ? move.reason : "no time is left for another attempt",
        });
      }
      if (move.kind === "escalate" && this.#policy !== undefined) {
        this.#escalation = { policyId: this.#policy.policyId, step: move.step, reason: move.reason };
        if (move.step.agent === "claude_code")
          return this.#handBack(`${move.reason}; last error: ${error.code}`, move.step);
        if (move.step.agent === "human") return this.#askHuman(error);
      }
      step = move.step;
      threadId = needsNewThread(error) ? undefined : (error.threadId ?? threadId);
      this.#input.call.report(`Attempt ${this.#own.length + 1}: ${move.reason}`);
    }
  }

  async #attempt(
    step: EscalationStep | undefined,
    threadId: string | undefined,
  ): Promise<{ answer: TurnAnswer } | { error: BridgeError }> {
    const { delegation, clock } = this.#options;
    const { request, decision, call } = this.#input;
    const startedAt = clock();
    const common = {
      model: request.model,
      sandbox: request.sandbox,
      timeoutMs: Math.max(LEAST_ATTEMPT_MS, this.#until - startedAt),
      silenceMs: decision.silenceMs,
    };
    try {
      const answer =
        threadId === undefined
          ? await delegation.start(
              { ...common, prompt: this.#compose(step), cwd: request.cwd, sessionId: this.#freeName() },
              call,
            )
          : await delegation.reply({ ...common, prompt: this.#composeRetry(), threadId }, call);
      this.#record({
        agent: "codex_cli",
        outcome: "completed",
        step: step?.step ?? 0,
        startedAt,
        endedAt: clock(),
        threadId: answer.threadId,
      });
      return { answer };
    } catch (thrown) {
      const error = toBridgeError(thrown);
      const { code } = error;
      this.#record({
        agent: "codex_cli",
        outcome: "failed",
        code,
        step: step?.step ?? 0,
        startedAt,
        endedAt: clock(),
        threadId: error.threadId,
      });
      return { error };
    }
  }

  // A retry on a new thread cannot take the name that the first thread has.
  #freeName(): string | undefined {
    return this.#own.length === 0 ? this.#input.request.sessionId : undefined;
  }

  #compose(step: EscalationStep | undefined): string {
    const { request, decision, rules } = this.#input;
    const strategy = toStrategy(step, decision.contextStrategy, this.#own.at(-1)?.code);
    const shaped = shapeContext(
      request.context ?? "",
      request.task,
      strategy,
      rules.routing_config.context_window.max_tokens,
    );
    this.#dropped = shaped.dropped;
    return shaped.text === "" ? request.task : `${request.task}\n\nContext:\n${shaped.text}`;
  }

  #composeRetry(): string {
    const last = this.#own.at(-1);
    return `The last turn ended early (${last?.code ?? "it failed"}). Look at what is done already, then finish the task: ${this.#input.request.task}`;
  }

  #decide(): NextMove {
    if (this.#policy === undefined) return { kind: "stop", reason: "the rules have no escalation policy" };
    return decideNext(this.#policy, this.#history, this.#options.clock());
  }

  #findHandBack(): Attempt | undefined {
    if (this.#policy === undefined) return undefined;
    const last = findChain(this.#history, this.#policy.timeThresholdMs, this.#options.clock()).at(-1);
    return last?.outcome === "handed_back" ? last : undefined;
  }

  #handBack(reason: string, step?: EscalationStep): TaskResult {
    const now = this.#options.clock();
    if (step !== undefined) {
      this.#record({
        agent: "claude_code",
        outcome: "handed_back",
        step: step.step,
        startedAt: now,
        endedAt: now,
        reason,
      });
    }
    const how = step?.strategy === "decompose_task" ? "Break it into smaller parts and do them" : "Do this task";
    const instructions = `${how} yourself; do not route it again for now. Why: ${reason}. Codex may have changed files already: look before you start.`;
    return this.#end({ outcome: "handed_back", instructions });
  }

  #askHuman(error: BridgeError): TaskResult {
    const summary = `Codex failed ${this.#own.length} times at this task, last with ${error.code}: ${error.message}`;
    return this.#end({ outcome: "needs_human", summary, suggestions: ["try again later", "let Claude do it", "stop"] });
  }

  #record(attempt: Attempt): void {
    // What a caller got wrong is no attempt at the task.
    if (attempt.code !== undefined && isCallersFault(attempt.code)) return;
    this.#own.push(attempt);
    this.#history = [...this.#history, attempt].slice(-50);
    this.#options.history.write(this.#key, this.#history);
  }

  #end(end: TaskResult["end"]): TaskResult {
    return {
      decision: this.#input.decision,
      attempts: this.#own,
      escalation: this.#escalation,
      dropped: this.#dropped,
      end,
    };
  }
}

function isCallersFault(code: string): boolean {
  return (
    code !== "CANCELLED" &&
    Object.entries(ERROR_TRAITS).some(([known, { fault }]) => known === code && fault === "caller")
  );
}

// A failed turn may have changed files, so a retry continues its thread; but not one that is full, or that never began.
function needsNewThread(error: BridgeError): boolean {
  return error.code === "CONTEXT_OVERFLOW" || (error.code === "CODEX_EXITED" && error.threadId === undefined);
}

function toStrategy(
  step: EscalationStep | undefined,
  strategy: ContextStrategy,
  lastCode: string | undefined,
): ContextStrategy {
  if (lastCode === "CONTEXT_OVERFLOW") return "compressed";
  switch (step?.contextModification) {
    case "compress":
      return "compressed";
    case "filter":
      return "filtered";
    case "summarize":
      return "minimal";
    default:
      return strategy;
  }
}

function toKey({ task, cwd }: TaskRequest, baseDir: string): string {
  const normal = task.normalize("NFKC").toLowerCase().replace(/\s+/g, " ").trim();
  return createHash("sha256")
    .update(`${cwd ?? baseDir}\n${normal}`)
    .digest("hex")
    .slice(0, 32);
}
