// The attempts at one task: recorded ones, also of earlier calls and other bridges, and those of this call.
import type { Clock } from "../../domain/clock.ts";
import type { Attempt } from "../../domain/task.ts";
import { type EscalationPolicy, type EscalationStep, findChain } from "../../escalation/policy.ts";
import { type AttemptHistory, toThreadKey } from "./attempt-history.ts";

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
  readonly #own: Attempt[] = [];

  constructor(options: TaskAttemptsOptions) {
    this.#options = options;
  }

  /** The attempts of this call. */
  get own(): readonly Attempt[] {
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

  /** Records a success. Failures before it no longer count. */
  succeed(attempt: Attempt): void {
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
  record(attempt: Attempt): void {
    const { history, key } = this.#options;
    this.#own.push(attempt);
    history.append(key, attempt);
    if (attempt.threadId !== undefined) history.append(toThreadKey(attempt.threadId), attempt);
  }
}
