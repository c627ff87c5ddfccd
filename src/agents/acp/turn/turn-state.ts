// What is known of a turn while its updates come in.
import type { Redact } from "../../../domain/redact.ts";
import type { FileChange, TurnItem } from "../../../domain/turn-events.ts";
import { createRefusedList, type RefusedList } from "../../turn/refused-list.ts";

/** The state after the updates so far. */
export interface TurnState {
  /** Removes secrets from what is cut. */
  readonly redact: Redact;
  /** The message that is being said, or was said last. */
  content: string;
  /** Pieces of the message or the thought that is being said. */
  said: { readonly kind: "message" | "reasoning"; readonly parts: string[]; length: number } | undefined;
  /** How many messages and thoughts there were. */
  count: number;
  hasWorked: boolean;
  /** Whether it has told of a tool. */
  hasUsedTools: boolean;
  commands: number;
  failedCommands: number;
  readonly refused: RefusedList;
  readonly changes: Map<string, FileChange>;
  /** Calls of tools that have not ended, by id. While there is one, silence means nothing. */
  readonly open: Map<string, TurnItem>;
  /** A mode that the agent went into by itself. */
  otherMode: string | undefined;
  readonly warnings: Set<string>;
}

/** The state before the first update. */
export function createTurnState(redact: Redact): TurnState {
  return {
    redact,
    content: "",
    said: undefined,
    count: 0,
    hasWorked: false,
    hasUsedTools: false,
    commands: 0,
    failedCommands: 0,
    refused: createRefusedList(redact),
    changes: new Map(),
    open: new Map(),
    otherMode: undefined,
    warnings: new Set(),
  };
}
