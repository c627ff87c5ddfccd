// What is known of a turn while its events come in.

import type { Redact } from "../../../domain/redact.ts";
import type { TokenUsage } from "../../../domain/thread.ts";
import type { FileChange } from "../../../domain/turn-events.ts";
import { createRefusedList, type RefusedList } from "../../turn/refused-list.ts";
import type { ErrorInfo } from "../failures/error-info.ts";
import type { AgentMessage } from "./final-answer.ts";

/** The state after the lines so far. */
export interface StreamState {
  /** Removes secrets from what is passed on, before it is cut. */
  readonly redact: Redact;
  threadId: string | undefined;
  /** The agent's newest messages, oldest first. */
  readonly messages: AgentMessage[];
  /** The answer. Until the turn is over and all messages are known, this is the last one. */
  content: string;
  /** Whether the turn began. Before that, no model was asked. */
  hasBegun: boolean;
  /** Whether the model did or said anything in it. */
  hasItems: boolean;
  isCompleted: boolean;
  /** Codex's words for why the turn failed; "" if it did not. */
  failure: string;
  /** Codex's class of the failure, where its events tell it (app server). */
  errorInfo: ErrorInfo | undefined;
  /** Message of the last `error` event, as long as nothing came after it: Codex tries again, or gives up with the next line. */
  notice: string;
  hasFailed: boolean;
  /** Tokens. From the event stream of a resume, the running total of the thread (0.120 and later); from the app server, those of the turn. */
  usage: TokenUsage | undefined;
  /** The thread's running token total, where the events tell it beside the turn's own (app server). */
  usageTotal: TokenUsage | undefined;
  readonly changes: Map<string, FileChange>;
  commands: number;
  failedCommands: number;
  /** Commands with an event, by the id of their item, in comparable form. */
  readonly seenCommands: Map<string, string>;
  /** Commands that the sandbox refused, from the rollout. */
  readonly refused: RefusedList;
  /** Commands that seem not to have run at all because the sandbox did not start. */
  unstartedCommands: number;
  /** File changes that Codex could not make. */
  failedChanges: number;
  /** Whether the model may have called anything in it; known at the end of a completed turn. */
  mayHaveCalled: boolean;
  /** Whether something was done since the last message. */
  hasWorked: boolean;
  /** Whether the last message came after every command and change. */
  isMessageLast: boolean;
  readonly warnings: string[];
  /** Items that were started and have not ended. While there is one, silence means nothing. */
  readonly openItems: Set<string>;
  /** Whether the CLI has reported anything about the turn. */
  hasTold: boolean;
  hasGarbage: boolean;
  /** Whether the output ended in the middle of an event. */
  isCutOff: boolean;
}

/** The state before the first line. */
export function createStreamState(redact: Redact = (text) => text): StreamState {
  return {
    redact,
    threadId: undefined,
    messages: [],
    content: "",
    hasBegun: false,
    hasItems: false,
    isCompleted: false,
    failure: "",
    errorInfo: undefined,
    notice: "",
    hasFailed: false,
    usage: undefined,
    usageTotal: undefined,
    changes: new Map(),
    commands: 0,
    failedCommands: 0,
    seenCommands: new Map(),
    refused: createRefusedList(redact),
    unstartedCommands: 0,
    failedChanges: 0,
    mayHaveCalled: true,
    hasWorked: false,
    isMessageLast: true,
    warnings: [],
    openItems: new Set(),
    hasTold: false,
    hasGarbage: false,
    isCutOff: false,
  };
}
