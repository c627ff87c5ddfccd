// Follows one turn by the notifications of its thread (docs/codex-cli.md#app-server-events): updates what is known of the turn, and passes events on.
import type { TurnEvent } from "../../../domain/turn-events.ts";
import type { StreamState } from "../../codex/turn/stream-state.ts";
import { type Fields, readFields, readList, readText } from "../protocol/fields.ts";
import { readThreadStatus } from "../protocol/thread-answers.ts";
import { readUsageTotal } from "../protocol/token-usage.ts";
import { readTurn, readTurnId } from "../protocol/turn-answers.ts";
import { foldItem, isForeign } from "./items.ts";
import { LiveItems } from "./live-items.ts";
import type { TokenCount } from "./token-count.ts";
import { noteError, noteFailure, noteReroute, noteWarning } from "./turn-notes.ts";

/** A notification of the server's. */
export interface Notification {
  readonly method: string;
  readonly params: Fields;
}

/** How a turn is over. `unloaded`: somebody closed its thread, and no end of the turn will be told. */
export type TurnOver = "completed" | "failed" | "interrupted" | "unloaded";

/** Follows one turn. */
export class TurnReader {
  #turnId: string | undefined;
  #held: Notification[] = [];
  readonly #tokens: TokenCount;
  #isJustCompacted = false;
  readonly #messageIds = new Set<string>();
  #over: TurnOver | undefined;
  readonly #live = new LiveItems();

  /** `tokens` goes on with what was counted before. */
  constructor(tokens: TokenCount) {
    this.#tokens = tokens;
  }

  /** How the turn is over; undefined while it runs. */
  get over(): TurnOver | undefined {
    return this.#over;
  }

  /** Whether Codex has begun to compact the thread, and the model has done nothing since. */
  get isJustCompacted(): boolean {
    return this.#isJustCompacted;
  }

  /**
   * Names the turn, by the answer to `turn/start`. Returns the notifications that came before and were held back, to be read now in this
   * order: until the turn has a name, nobody can tell whether they belong to it.
   */
  nameTurn(turnId: string): readonly Notification[] {
    this.#turnId = turnId;
    const held = this.#held;
    this.#held = [];
    return held;
  }

  /** Takes one notification of the thread into the state. Returns the event to tell, if there is one. */
  read(state: StreamState, method: string, params: Fields): TurnEvent | undefined {
    if (this.#over !== undefined) return undefined;
    const about = readTurnId(params);
    if (about === undefined) return this.#readThread(state, method, params);
    if (this.#turnId === undefined) {
      this.#held.push({ method, params });
      return undefined;
    }
    if (about !== this.#turnId) {
      // Told when a thread is resumed, and by turns that somebody else starts.
      if (method === "thread/tokenUsage/updated") this.#tokens.takeBefore(readUsageTotal(params));
      return undefined;
    }
    const event = this.#readTurn(state, method, params);
    if (event !== undefined) state.hasTold = true;
    return event;
  }

  #readThread(state: StreamState, method: string, params: Fields): TurnEvent | undefined {
    const isClosed =
      method === "thread/closed" ||
      (method === "thread/status/changed" && readThreadStatus(readFields(params, "status")) === "unloaded");
    if (isClosed) this.#over = "unloaded";
    if (method === "warning" || method === "guardianWarning") noteWarning(state, readText(params, "message"));
    return undefined;
  }

  #readTurn(state: StreamState, method: string, params: Fields): TurnEvent | undefined {
    switch (method) {
      case "turn/started":
        state.hasBegun = true;
        return { kind: "begun" };
      case "turn/completed":
        this.#complete(state, params);
        return undefined;
      case "error":
        return noteError(state, params);
      case "item/started":
      case "item/completed":
        return this.#readItem(state, params, method === "item/completed");
      case "turn/plan/updated":
        state.hasItems = true;
        return { kind: "item", phase: "changed", id: "plan", item: { type: "plan", steps: toSteps(params) } };
      case "thread/tokenUsage/updated":
        this.#readUsage(state, params);
        return undefined;
      case "model/rerouted":
        noteReroute(state, params);
        return undefined;
      case "modelProvider/authRecoveryStarted":
      case "modelProvider/authRecoveryCompleted": {
        const text = readText(params, "message");
        return text === undefined ? undefined : { kind: "notice", text };
      }
      default:
        return this.#readLive(method, params);
    }
  }

  #readItem(state: StreamState, params: Fields, isDone: boolean): TurnEvent | undefined {
    const fields = readFields(params, "item");
    const id = readText(fields, "id");
    if (fields === undefined || id === undefined || isForeign(fields)) return undefined;
    this.#isJustCompacted = fields["type"] === "contextCompaction";
    const item = foldItem(state, id, fields, isDone);
    if (isDone) this.#live.close(id);
    else this.#live.open(id, fields, item);
    if (isDone && fields["type"] === "agentMessage") this.#messageIds.add(id);
    return item === undefined ? undefined : { kind: "item", phase: isDone ? "finished" : "started", id, item };
  }

  #readLive(method: string, params: Fields): TurnEvent | undefined {
    const id = readText(params, "itemId");
    const item = id === undefined ? undefined : this.#live.read(method, id, params);
    return id === undefined || item === undefined ? undefined : { kind: "item", phase: "changed", id, item };
  }

  #readUsage(state: StreamState, params: Fields): void {
    const total = readUsageTotal(params);
    if (total === undefined) return;
    this.#tokens.take(total);
    state.usageTotal = this.#tokens.total;
    state.usage = this.#tokens.used;
  }

  #complete(state: StreamState, params: Fields): void {
    const turn = readTurn(params);
    state.openItems.clear();
    if (turn?.status === "completed") {
      this.#over = "completed";
      state.isCompleted = true;
      // 0.120 tells the end of a command after the end of its turn.
      state.commands += this.#live.openCommands;
      for (const item of turn.items) this.#addLostMessage(state, item);
    } else if (turn?.status === "interrupted") {
      this.#over = "interrupted";
    } else {
      this.#over = "failed";
      state.hasFailed = true;
      noteFailure(state, turn?.error);
      if (turn?.status !== "failed") state.failure = UNKNOWN_END;
    }
  }

  // The end repeats the last message, or the final answer before it (0.150 and later). Its own notification may have been too long to read.
  #addLostMessage(state: StreamState, item: Fields): void {
    if (item["type"] !== "agentMessage" || this.#messageIds.has(readText(item, "id") ?? "")) return;
    foldItem(state, readText(item, "id") ?? "", item, true);
  }
}

const UNKNOWN_END = "Codex ended the turn in a way that the bridge does not know.";

function toSteps(params: Fields): { text: string; isDone: boolean }[] {
  return (readList(params, "plan") ?? []).map((step) => ({
    text: readText(step, "step") ?? "",
    isDone: step["status"] === "completed",
  }));
}
