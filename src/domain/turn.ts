// A turn: what a backend is asked for, and how it ends.
import type { ChainLink } from "./chain.ts";
import type { CheckResult } from "./check.ts";
import type { ErrorReport, Failure } from "./errors.ts";
import type { AgentAnswer, AgentQuestion } from "./questions.ts";
import type { SandboxMode, SandboxPolicy } from "./sandbox.ts";
import type { OwnPart, ThreadFrame, TokenUsage } from "./thread.ts";
import type { FileChange, TurnEvent } from "./turn-events.ts";

/** A part of a frame that a call can choose. */
export type FrameChoice = "model" | "reasoningEffort";

/** One turn to run. */
export interface TurnRequest {
  /** Whole prompt, 1 to 1,048,576 code points, no lone surrogates. */
  readonly prompt: string;
  readonly frame: ThreadFrame;
  /** What the call itself, or a rule, chooses of the frame. Everything else was in force before, or is the user's own. */
  readonly chosen?: readonly FrameChoice[] | undefined;
  /** Thread to continue; absent starts a new one. */
  readonly threadId?: string | undefined;
  /** Absolute paths of images. */
  readonly images: readonly string[];
  /** Whether the turn must change nothing: the frame's sandbox is read-only, and nothing that runs outside it may act for the model. */
  readonly readsOnly?: boolean | undefined;
  /** Whether the agent must not see the shared memory. */
  readonly withoutMemory?: boolean | undefined;
  /** Whether nothing is kept of its thread. Only a new thread of Codex can be so; 0.50 keeps it all the same. */
  readonly isEphemeral?: boolean | undefined;
  /** Mode of the sandbox in which a command is to check what the turn leaves, where one is. A turn that could not be checked must not begin. */
  readonly checkedIn?: SandboxMode | undefined;
  /** Whether the bridge commits what the turn changes, so that neither the agent nor the caller has to. */
  readonly isCommitted?: boolean | undefined;
  /** JSON Schema that the final message must fit. */
  readonly outputSchema?: Readonly<Record<string, unknown>> | undefined;
  /** Where the turn stands in a chain of agents. The agent's process gets it where it runs for this turn only. */
  readonly chain?: ChainLink | undefined;
  /** Ms that the whole turn may take. */
  readonly deadlineMs: number;
  /** Ms without an event, while no item is open, after which the turn counts as stalled. */
  readonly silenceMs: number;
  /** Ms without an event after which a `quiet` event tells so. */
  readonly quietMs: number;
  /** Gets each event as it happens; must not throw. */
  readonly onEvent: (event: TurnEvent) => void;
  /**
   * Asks a person, where the backend can ask; never rejects. The signal withdraws the question. No clock of the turn may run meanwhile, except
   * for the end of the turn itself.
   */
  readonly ask: (question: AgentQuestion, signal?: AbortSignal) => Promise<AgentAnswer>;
}

/** A process that a completed turn left running. */
export interface LeftRunning {
  readonly pid: number;
  /** Its command line, bounded. */
  readonly command: string;
}

/** What a turn in a worktree of its own proposes to change. */
export interface TurnProposal {
  readonly id: string;
  readonly branch: string;
  /** Top folder of the worktree. */
  readonly worktree: string;
  /** How many files it changes, those of earlier turns of the thread included. */
  readonly files: number;
  readonly diffStat: string;
  /** The beginning of the diff. */
  readonly diff?: string | undefined;
}

/** A commit of what a turn changed. */
export interface TurnCommit {
  readonly id: string;
  /** First line of its message. */
  readonly message: string;
  /** How many files it has. */
  readonly files: number;
}

/** What a turn changed that is to be committed with what a later turn of the same call changes. */
export interface HeldChanges {
  readonly receipt: string | undefined;
  /** Why it must not be committed, a part of a sentence. */
  readonly problem: string | undefined;
}

/** What is known of a turn, however it ended. */
export interface TurnReport {
  /** Thread of the turn, where one was opened. */
  readonly threadId: string | undefined;
  /** Last message of the agent; "" when there was none. */
  readonly content: string;
  /** Sandbox in force, as the agent tells it; undefined where it does not. */
  readonly sandbox?: SandboxPolicy | undefined;
  /** Model and effort that the turn ran with, where the agent tells. */
  readonly model?: string | undefined;
  readonly reasoningEffort?: string | undefined;
  /** The agent's id of the turn, where it tells. */
  readonly turnId?: string | undefined;
  readonly usage: TokenUsage | undefined;
  readonly changes: readonly FileChange[];
  /** How much `changes` are in one line, where the bridge compared the files before and after the turn. */
  readonly diffStat?: string | undefined;
  /** Id of the receipt, where the turn could write. */
  readonly receipt?: string | undefined;
  /** What it proposes, where it ran in a worktree of its own. */
  readonly proposal?: TurnProposal | undefined;
  /** The commit of what the turn changed, where one was asked for and made. */
  readonly commit?: TurnCommit | undefined;
  /** Whether a commit was asked for and none was made. */
  readonly isUncommitted?: boolean | undefined;
  /** What is left for the commit of a later turn of the call. */
  readonly held?: HeldChanges | undefined;
  /** The check that ran on what the turn left, where one was asked for. */
  readonly check?: CheckResult | undefined;
  /** Why the check that was asked for did not run. */
  readonly unchecked?: ErrorReport | undefined;
  /** `failed` includes `refused`: those that the sandbox refused at once. */
  readonly commands: { readonly count: number; readonly failed: number; readonly refused?: number | undefined };
  /** The first 200 of the commands behind `commands.refused`, as the model wrote them. */
  readonly refusedCommands: readonly string[];
  /** Whether the agent did or said anything; a turn that was refused or never began has not. */
  readonly hasWorked: boolean;
  readonly warnings: readonly string[];
  readonly leftRunning: readonly LeftRunning[];
  readonly durationMs: number;
}

/** What results of an agent may lack because its protocol has no place for it. */
export type UntoldPart = "tokens used" | "model that ran" | "exit codes of commands" | "rate limits of its provider";

/** How a turn ended. A failed turn is data, not an exception. */
export type TurnOutcome<Report = TurnReport> =
  | { readonly kind: "completed"; readonly report: Report }
  | ({
      readonly kind: "failed";
      readonly report: Report;
      /** Whether the turn was ended because its time was up. */
      readonly isTimeUp?: boolean | undefined;
      /** The backend's part of the thread's frame without an argument that was refused; absent where all of it may stay. */
      readonly own?: OwnPart | undefined;
    } & Failure)
  | { readonly kind: "interrupted"; readonly report: Report };
