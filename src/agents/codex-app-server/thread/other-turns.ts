// The turns of a thread that somebody else has started, in a terminal that has it open.
import { type Fields, readFields, readText } from "../protocol/fields.ts";
import { readThreadStatus } from "../protocol/thread-answers.ts";
import { readTurnId } from "../protocol/turn-answers.ts";

/** Counts them, and knows whether one runs. */
export class OtherTurns {
  #own: string | undefined;
  #running: string | undefined;
  #count = 0;

  /** Whether one runs now. */
  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** How many were begun since this was asked last. */
  takeCount(): number {
    const count = this.#count;
    this.#count = 0;
    return count;
  }

  /** Names the turn of this bridge. What the thread's notifications say of another one is about somebody else's. */
  setOwn(turnId: string): void {
    this.#own = turnId;
    if (this.#running !== turnId) return;
    // Codex does not always name a turn before it says that it has begun.
    this.#running = undefined;
    this.#count -= 1;
  }

  /** Whether a message is about a turn that is not this bridge's. */
  isAbout(params: Fields): boolean {
    const turnId = readTurnId(params);
    return turnId !== undefined && turnId !== this.#own;
  }

  /** Sees a notification of the thread. `isAway`: only the thread's status is told, and every turn is somebody else's. */
  see(method: string, params: Fields, isAway: boolean): void {
    if (isAway && method === "thread/status/changed") this.setActive(readFields(params, "status"));
    if (!this.isAbout(params)) return;
    if (method === "turn/started") this.#begin(readTurnId(params) ?? UNNAMED);
    if (method === "turn/completed") this.#running = undefined;
  }

  /** Takes the thread's status. */
  setActive(status: Fields | undefined): void {
    if (readText(status, "type") !== "active") {
      if (readThreadStatus(status) !== undefined) this.#running = undefined;
    } else if (this.#running === undefined) {
      this.#begin(UNNAMED);
    }
  }

  #begin(turnId: string): void {
    if (this.#running === undefined) this.#count += 1;
    this.#running = turnId;
  }
}

/** A turn whose id is not told. */
const UNNAMED = "";
