// The port to an agent: delegation asks what a backend can do, never which one it is.
import type { JsonValue } from "../domain/json.ts";
import type { SandboxMode, SandboxPolicy } from "../domain/sandbox.ts";
import type { ApprovalPolicy, OwnPart, ThreadFrame, ThreadMessage } from "../domain/thread.ts";
import type { TurnOutcome, TurnRequest } from "../domain/turn.ts";

/** What a backend can do. */
export interface BackendCapabilities {
  /** Asks before it does what the approval policy reserves; without it every turn runs as approval policy `never`. */
  readonly canAsk: boolean;
  /** Takes further input while a turn runs. */
  readonly canSteer: boolean;
  /** A thread whose turn was interrupted can be continued. */
  readonly canContinueInterrupted: boolean;
}

/** What the user's own set-up of the agent says of a new thread. */
export interface BackendDefaults {
  /** Sandbox mode of the user's own config, of the profile where one is named, where one is set. */
  readonly sandboxMode: SandboxMode | undefined;
  /** The same without any profile: a caller chooses among profiles, and what it chooses does not raise the cap. */
  readonly capMode: SandboxMode | undefined;
  /** Whether workspace-write has network access, without any profile too. */
  readonly capNetwork: boolean;
  /** What the user's own config gives to a workspace-write thread. */
  readonly workspaceWrite: SandboxPolicy;
  /** Permission profile in force for a directory, which has to be held by its name: a sandbox mode in its place would drop what it denies. */
  readonly profile: DefaultProfile | undefined;
  /** Name of the permission profile in force where the caller chooses nothing. */
  readonly ownProfile: string | undefined;
}

/** A permission profile of the user's set-up. */
export interface DefaultProfile {
  readonly name: string;
  /** The narrowest mode that gives as much. */
  readonly mode: SandboxMode;
  readonly networkAccess: boolean;
  /** Absolute paths that it may write besides those in the working directory. */
  readonly writableRoots: readonly string[];
  /** Whether `/tmp`, or `$TMPDIR`, stays read-only. */
  readonly excludeSlashTmp: boolean;
  readonly excludeTmpdir: boolean;
  /** Whether the machine's administrator chose it: it cannot be narrowed. */
  readonly isManaged: boolean;
}

/** What a caller may ask of an agent besides what every agent takes. */
export interface CallerConfig {
  readonly baseInstructions?: string | undefined;
  readonly compactPrompt?: string | undefined;
  readonly profile?: string | undefined;
  /** Settings of the agent, nested or with dotted keys. */
  readonly config?: Readonly<Record<string, JsonValue>> | undefined;
}

/** Common arguments that a caller gave as settings of the agent; they are judged like the arguments themselves. */
export interface ConfigArguments {
  readonly model: string | undefined;
  readonly reasoningEffort: string | undefined;
  readonly developerInstructions: string | undefined;
  readonly sandboxMode: SandboxMode | undefined;
  readonly approvalPolicy: ApprovalPolicy | undefined;
  readonly networkAccess: boolean | undefined;
  readonly writableRoots: readonly string[] | undefined;
  readonly excludeSlashTmp: boolean | undefined;
  readonly excludeTmpdir: boolean | undefined;
}

/** What a caller asked for, found to be allowed. */
export interface CheckedConfig extends ConfigArguments {
  /** The backend's part of the new thread's frame. */
  readonly own: OwnPart;
}

/** What a backend knows of a thread. */
export type KnownThread =
  | { readonly kind: "unknown" }
  /** It is there, but its frame is not known, so that it could not be kept. */
  | { readonly kind: "unusable"; readonly message: string; readonly nextStep?: string | undefined }
  /** The frame of its last turn. */
  | { readonly kind: "found"; readonly frame: ThreadFrame };

/** How much of a thread is searched for its last turn: all of it, or only the newest part, which takes no time. */
export type ThreadScope = "whole" | "recent";

/** What became of further input. */
export type SteerAnswer = "delivered" | "not possible here";

/** A turn that runs. */
export interface RunningTurn {
  /** How it ends; never rejects. When it settles, nothing of the turn runs any more, except what a completed turn left running. */
  readonly outcome: Promise<TurnOutcome>;
  /** Ends the turn and what belongs to it; its outcome is `interrupted`, unless it had ended already. Idempotent. */
  interrupt(): void;
  /** Gives the agent further input. Never rejects; "not possible here" once the turn has ended. */
  steer(text: string): Promise<SteerAnswer>;
}

/** An agent that runs turns. */
export interface AgentBackend {
  /** Stored in each thread's frame, e.g. `codex-exec`. */
  readonly name: string;
  /** What its agent is called in sentences, e.g. `Codex`. */
  readonly agent: string;
  readonly capabilities: BackendCapabilities;
  /** Reads the user's own set-up for a directory, by a frame's own part. Throws CONFIG_INVALID, also for a profile that is not there. */
  readDefaults(own: OwnPart, cwd: string): Promise<BackendDefaults>;
  /** Checks what a caller asks for a new thread. Throws CONFIG_DENIED for a setting that a caller may not make, INVALID_ARGUMENT for a wrong value. */
  checkConfig(asked: CallerConfig): CheckedConfig;
  /** A thread id as the agent writes it; undefined for a text that cannot be one. An id is safe as a file name. */
  parseThreadId(text: string): string | undefined;
  /** Finds a thread that may have no record of ours. */
  findThread(threadId: string, scope?: ThreadScope): Promise<KnownThread>;
  /** The last messages of a thread, oldest first, of at most `maxCharacters` together; empty where nothing is left of it. */
  readConversation(threadId: string, maxCharacters: number): Promise<readonly ThreadMessage[]>;
  /** Starts one turn. A failure is an outcome, never an exception. */
  startTurn(request: TurnRequest): RunningTurn;
  /** Ends every running turn and everything they left running. A turn that is started later is interrupted. Idempotent. */
  close(): Promise<void>;
}
