// Ends a turn before the agent does. The first reason counts, and all processes of the run are killed.
import type { BridgeError } from "../../domain/errors.ts";

type Reason =
  | { readonly kind: "cancelled" }
  | { readonly kind: "error"; readonly error: BridgeError; readonly isTimeUp: boolean };

/** The stop of one turn. */
export class TurnStop {
  readonly #kill: () => Promise<unknown>;
  #reason: Reason | undefined;
  #killing: Promise<unknown> = Promise.resolve();
  #hasEndedExit = false;
  #tell: () => void = () => {};
  /** Resolves when the bridge begins to end the turn. */
  readonly stopped = new Promise<void>((resolve) => {
    this.#tell = resolve;
  });

  /** `kill` ends every process of the run, and settles once none is alive. */
  constructor(kill: () => Promise<unknown>) {
    this.#kill = kill;
  }

  /** Whether the bridge is ending the turn, for any reason. */
  get isStopped(): boolean {
    return this.#reason !== undefined;
  }

  get isCancelled(): boolean {
    return this.#reason?.kind === "cancelled";
  }

  /** The error that ended it. */
  get error(): BridgeError | undefined {
    return this.#reason?.kind === "error" ? this.#reason.error : undefined;
  }

  /** Whether it was ended because its time was up. */
  get isTimeUp(): boolean {
    return this.#reason?.kind === "error" && this.#reason.isTimeUp;
  }

  /** Whether a CLI was ended that had finished its turn and did not exit by itself. */
  get hasEndedExit(): boolean {
    return this.#hasEndedExit;
  }

  cancel(): void {
    this.#stop({ kind: "cancelled" });
  }

  endWith(error: BridgeError): void {
    this.#stop({ kind: "error", error, isTimeUp: false });
  }

  endLate(error: BridgeError): void {
    this.#stop({ kind: "error", error, isTimeUp: true });
  }

  /** Ends a CLI that has finished its turn. The turn still counts as completed. */
  endExit(): void {
    this.#hasEndedExit = true;
    this.#killing = this.#kill();
  }

  /** Settles once all processes that were to be killed are dead. */
  async settle(): Promise<void> {
    await this.#killing;
  }

  #stop(reason: Reason): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#killing = this.#kill();
    this.#tell();
  }
}
