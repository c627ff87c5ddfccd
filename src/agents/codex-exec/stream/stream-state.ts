// What is known of a turn while its events come in.
import type { Redact } from "../../../domain/redact.ts";
import type { TokenUsage } from "../../../domain/thread.ts";
import type { FileChange } from "../../../domain/turn-events.ts";
import type { AgentMessage } from "./final-answer.ts";

/** What the lines so far have said. */
export interface StreamState {
  /** Takes secrets out of what is told, before it is cut. */
  readonly redact: Redact;
  threadId: string | undefined;
  /** The agent's newest messages, oldest first. */
  readonly messages: AgentMessage[];
  /** The answer: the last message, until the turn is over and all are known. */
  content: string;
  /** Whether the turn began; before that, no model was asked. */
  hasBegun: boolean;
  /** Whether the model did or said anything in it. */
  hasItems: boolean;
  isCompleted: boolean;
  /** Message of `turn.failed`. */
  failure: string;
  /** Message of the last `error` event, as long as nothing came after it: Codex tries again, or gives up with the next line. */
  notice: string;
  hasFailed: boolean;
  /** The CLI's usage; on a resume the running total of the thread (0.120 and later). */
  usage: TokenUsage | undefined;
  readonly changes: Map<string, FileChange>;
  commands: number;
  failedCommands: number;
  /** Commands that an event told of, by the id of their item, in comparable form. */
  readonly seenCommands: Map<string, string>;
  /** Commands that the sandbox refused, as the rollout has them. */
  refusedCommands: readonly string[];
  /** Commands that seem not to have run at all, since the sandbox did not start. */
  unstartedCommands: number;
  /** Changes that Codex could not make. */
  failedChanges: number;
  /** Whether something was done since the last message. */
  hasWorked: boolean;
  /** Whether the last message came after every command and change. */
  isMessageLast: boolean;
  readonly warnings: string[];
  /** Items that were started and are not done: while there is one, silence means nothing. */
  readonly openItems: Set<string>;
  /** Whether the CLI has told anything of the turn. */
  hasTold: boolean;
  hasGarbage: boolean;
  /** Whether the output ended within an event. */
  isCutOff: boolean;
}

/** A state in which nothing has been said. */
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
    notice: "",
    hasFailed: false,
    usage: undefined,
    changes: new Map(),
    commands: 0,
    failedCommands: 0,
    seenCommands: new Map(),
    refusedCommands: [],
    unstartedCommands: 0,
    failedChanges: 0,
    hasWorked: false,
    isMessageLast: true,
    warnings: [],
    openItems: new Set(),
    hasTold: false,
    hasGarbage: false,
    isCutOff: false,
  };
}
