// What somebody else puts into a turn, in a terminal that has its thread open. The bridge gives an id to each message that it sends.
import { randomUUID } from "node:crypto";
import { BridgeError } from "../../../domain/errors.ts";
import { type Fields, readFields, readText } from "../protocol/fields.ts";
import { readTurnId } from "../protocol/turn-answers.ts";

/** Watches the messages of one turn. */
export class OtherInput {
  readonly #own = new Set<string>();
  readonly #seen = new Set<string>();
  #hasOwn = false;
  #count = 0;

  /** Params that mark a message as the bridge's. */
  mark(): { readonly clientUserMessageId: string } {
    const id = randomUUID();
    this.#own.add(id);
    return { clientUserMessageId: id };
  }

  /**
   * Sees a notification. Returns an error if the turn began with a message that is not the bridge's: Codex has then put the prompt into a turn
   * of the user's, with its limits.
   */
  see(method: string, params: Fields, turnId: string | undefined): BridgeError | undefined {
    const item = method === "item/started" && readTurnId(params) === turnId ? readFields(params, "item") : undefined;
    const id = readText(item, "id");
    if (readText(item, "type") !== "userMessage" || id === undefined || this.#seen.has(id)) return undefined;
    this.#seen.add(id);
    if (this.#own.has(readText(item, "clientId") ?? "")) this.#hasOwn = true;
    else if (this.#hasOwn) this.#count += 1;
    else return toJoined();
    return undefined;
  }

  /** What to tell of the messages that were not the bridge's. */
  describe(): readonly string[] {
    if (this.#count === 0) return [];
    const what = this.#count === 1 ? "a message" : `${this.#count} messages`;
    return [`The user added ${what} to this turn in a terminal.`];
  }
}

/** The error of a turn that cannot start, since the user's own runs. */
export function toUsersTurn(): BridgeError {
  return new BridgeError("SESSION_BUSY", "The user is running a turn of their own in this thread, in a terminal.", {
    nextStep: "Wait until that turn has ended, then call again. Or start a new thread with codex.",
  });
}

/** The error of a turn that the user has interrupted in a terminal. */
export function toInterrupted(): BridgeError {
  return new BridgeError("STOPPED_BY_USER", "The user interrupted this turn in a terminal.");
}

function toJoined(): BridgeError {
  const message =
    "The user started a turn in this thread at the same moment, in a terminal, and Codex put the prompt into it. That turn was interrupted.";
  return new BridgeError("SESSION_BUSY", message, {
    nextStep: "Ask the user whether they are done in the terminal, then call again.",
  });
}
