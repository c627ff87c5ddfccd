// What is known of a turn while its lines come in.
import type { Redact } from "../../../domain/redact.ts";
import type { FileChange, TurnItem } from "../../../domain/turn-events.ts";
import { createRefusedList, type RefusedList } from "../../turn/refused-list.ts";
import type { ToldLimits } from "./read-limits.ts";

/** The state after the lines so far. */
export interface TurnState {
  threadId: string | undefined;
  /** The model that answered. */
  model: string | undefined;
  /** The last message. */
  content: string;
  /** The class of the last failed request, in Claude Code's words. */
  requestError: string | undefined;
  /** The account's usage limits, where it has any. */
  limits: ToldLimits | undefined;
  hasWorked: boolean;
  commands: number;
  failedCommands: number;
  readonly refused: RefusedList;
  readonly changes: Map<string, FileChange>;
  /** Calls of tools that have not ended, by id. While there is one, silence means nothing. */
  readonly open: Map<string, TurnItem>;
  /** The line that ends the turn. */
  result: Readonly<Record<string, unknown>> | undefined;
  hasGarbage: boolean;
  readonly warnings: string[];
}

/** The state before the first line. */
export function createTurnState(redact: Redact): TurnState {
  return {
    threadId: undefined,
    model: undefined,
    content: "",
    requestError: undefined,
    limits: undefined,
    hasWorked: false,
    commands: 0,
    failedCommands: 0,
    refused: createRefusedList(redact),
    changes: new Map(),
    open: new Map(),
    result: undefined,
    hasGarbage: false,
    warnings: [],
  };
}
