// The attempts at one task: recorded ones, also of earlier calls and other bridges, and those of this call.
import type { Clock } from "../../domain/clock.ts";
import type { Attempt } from "../../domain/task.ts";
import type { TokenUsage } from "../../domain/thread.ts";
import { type EscalationPolicy, type EscalationStep, findChain } from "../../escalation/policy.ts";
import type { TurnAnswer, TurnEnd } from "../requests.ts";
import { type AttemptHistory, toThreadKey } from "./attempt-history.ts";
import { isCallersFault } from "./task-errors.ts";

/** An attempt of this call, with what is told of it. */
export interface OwnAttempt extends Attempt {
  /** Receipt of what it changed. */
  readonly receipt?: string | undefined;
  readonly usage?: TokenUsage | undefined;
}

/** When an attempt was made. */
export type AttemptTimes = Pick<Attempt, "startedAt" | "waitedMs" | "endedAt">;

/** Where the attempts are kept. */
export interface TaskAttemptsOptions {
  readonly history: AttemptHistory;
  /** Key of the task's history. */
  readonly key: string;
  readonly policy: EscalationPolicy | undefined;
  readonly clock: Clock;
}

/** The attempts of one call. */
export class TaskAttempts {
  readonly #options: TaskAttemptsOptions;
  readonly #own: OwnAttempt[] = [];

  constructor(options: TaskAttemptsOptions) {
    this.#options = options;
  }

  /** The attempts of this call. */
  get own(): readonly OwnAttempt[] {
    return this.#own;
  }

  /** All recorded attempts. */
  read(): readonly Attempt[] {
    return this.#options.history.read(this.#options.key);
  }

  /** The recorded attempts that still count. */
  findChain(): readonly Attempt[] {
    const { policy, clock } = this.#options;
    return findChain(this.read(), policy?.timeThresholdMs ?? 0, clock());
  }

  /** The failed attempts that still count. */
  findFailures(): readonly Attempt[] {
    return this.findChain().filter(({ outcome }) => outcome === "failed");
  }

  /** Records how a turn ended. A success ends what failed before it; a caller's mistake and a turn that never began are no attempts. */
  recordTurn(end: TurnEnd, told: AttemptTimes & Pick<Attempt, "step" | "place" | "cause">): void {
    const made = { agent: "codex_cli", ...told } as const;
    if (end.kind === "completed") this.#succeed({ ...made, ...toOwn(end.answer), outcome: "completed" });
    else if (end.startedAt !== undefined && !isCallersFault(end.error)) {
      const { code, threadId } = end.error;
      const own = end.kind === "refused" ? undefined : toOwn(end.answer);
      this.record({ ...made, ...own, outcome: "failed", code, threadId });
    }
  }

  #succeed(attempt: OwnAttempt): void {
    const { history, key } = this.#options;
    this.#own.push(attempt);
    history.clear(key);
    if (attempt.threadId !== undefined) history.clear(toThreadKey(attempt.threadId));
  }

  /** The task was given back to Claude Code. */
  recordHandBack({ step }: EscalationStep, reason: string): void {
    const now = this.#options.clock();
    this.record({ agent: "claude_code", outcome: "handed_back", step, reason, startedAt: now, endedAt: now });
  }

  /** The user was asked. Recorded with the answer: failures before it still count, however long a person thinks. */
  recordHuman(
    { step }: EscalationStep,
    { isStop, ...times }: { readonly startedAt: number; readonly endedAt: number; readonly isStop: boolean },
  ): void {
    this.record({ agent: "human", outcome: isStop ? "stopped" : "needs_human", step, ...times });
  }

  /** Any other attempt. A reply on its thread counts on from here. */
  record(own: OwnAttempt): void {
    const { history, key } = this.#options;
    const { receipt: _receipt, usage: _usage, ...attempt } = own;
    this.#own.push(own);
    history.append(key, attempt);
    if (attempt.threadId !== undefined) history.append(toThreadKey(attempt.threadId), attempt);
  }
}

function toOwn({ threadId, receipt, usage }: TurnAnswer): Pick<OwnAttempt, "threadId" | "receipt" | "usage"> {
  return { threadId, receipt, usage };
}
