// The port to an agent: delegation asks what a backend can do, never which one it is.
// Unused so far: nothing in the bridge reads `canSteer`, `canContinueInterrupted` or the `usage` event. The contract suite
// (test/agents/contract.ts) holds every backend that offers these parts to them.
import type { JsonValue } from "../domain/json.ts";
import type { SandboxMode, SandboxPolicy } from "../domain/sandbox.ts";
import type { CommandEnd, SandboxedCommand } from "../domain/sandboxed-command.ts";
import type { StoredThread, ThreadList, ThreadMatches, ThreadQuery } from "../domain/stored-thread.ts";
import type { ApprovalPolicy, OwnPart, ThreadFrame, ThreadMessage } from "../domain/thread.ts";
import type { TurnOutcome, TurnRequest, UntoldPart } from "../domain/turn.ts";

/** What a backend can do. */
export interface BackendCapabilities {
  /** Asks before it does what the approval policy reserves. Without this, every turn runs as approval policy `never`. */
  readonly canAsk: boolean;
  /** Accepts further input while a turn runs. False for `codex-exec`; the bridge does not read it yet. */
  readonly canSteer: boolean;
  /** A thread can be continued after its turn was interrupted. True for `codex-exec`; the bridge does not read it yet. */
  readonly canContinueInterrupted: boolean;
  /** What of a project it takes as instructions of its user; undefined if it takes none. */
  readonly projectInstructions: ProjectInstructions | undefined;
  /** What its protocol has no place for. Some of it an agent may tell beside the protocol, so a result names what it lacks in fact. */
  readonly untold: readonly UntoldPart[];
}

/** Files of a project that tell an agent what to do: AGENTS.md by any of its names, skills, settings. */
export interface ProjectInstructions {
  /** Settings of a new thread that leave AGENTS.md out; undefined if it is always read. */
  readonly leaveOut: Readonly<Record<string, JsonValue>> | undefined;
}

/** What the user's own set-up of the agent gives a new thread. */
export interface BackendDefaults {
  /** Sandbox mode of the user's config, or of the named profile; undefined if none is set. */
  readonly sandboxMode: SandboxMode | undefined;
  /** The same without any profile. Callers can choose a profile, and their choice must not raise the limit. */
  readonly capMode: SandboxMode | undefined;
  /** Whether workspace-write has network access; also without any profile. */
  readonly capNetwork: boolean;
  /** Approval policy of the user's config; undefined if none is set, or one of another form than the bridge knows. */
  readonly approvalPolicy: ApprovalPolicy | undefined;
  /** Approval policy of a thread that a sandbox holds, where a person can answer and the user's config sets none; `never` without it. */
  readonly askingPolicy?: ApprovalPolicy | undefined;
  /** The settings of the user's config for a workspace-write thread. */
  readonly workspaceWrite: SandboxPolicy;
  /** Model that the user has chosen for reviews. */
  readonly reviewModel?: string | undefined;
  /** Names of a project's files that the agent reads as instructions besides its usual ones. */
  readonly instructionNames?: readonly string[] | undefined;
  /** Permission profile that applies in a directory. It must be kept by name: a sandbox mode in its place would drop its denies. */
  readonly profile: DefaultProfile | undefined;
  /** Name of the permission profile that applies if the caller chooses nothing. */
  readonly ownProfile: string | undefined;
}

/** A permission profile in the user's set-up. */
export interface DefaultProfile {
  readonly name: string;
  /** The narrowest mode that gives as much. */
  readonly mode: SandboxMode;
  readonly networkAccess: boolean;
  /** Absolute paths that it may write, besides those in the working directory. */
  readonly writableRoots: readonly string[];
  /** Whether `/tmp` or `$TMPDIR` stays read-only. */
  readonly excludeSlashTmp: boolean;
  readonly excludeTmpdir: boolean;
  /** Whether the machine's administrator chose it. Then it cannot be narrowed. */
  readonly isManaged: boolean;
}

/** Arguments of a caller that not every agent takes. */
export interface CallerConfig {
  readonly baseInstructions?: string | undefined;
  readonly compactPrompt?: string | undefined;
  readonly profile?: string | undefined;
  /** Settings of the agent, nested or with dotted keys. */
  readonly config?: Readonly<Record<string, JsonValue>> | undefined;
}

/** Common arguments that a caller gave as settings of the agent. They are judged like the arguments themselves. */
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

/** A caller's request after it was checked. */
export interface CheckedConfig extends ConfigArguments {
  /** The backend's part of the new thread's frame. */
  readonly own: OwnPart;
}

/** What a backend knows about a thread. */
export type KnownThread =
  | { readonly kind: "unknown" }
  /** It exists, but its frame is not known, so the frame cannot be kept. */
  | { readonly kind: "unusable"; readonly message: string; readonly nextStep?: string | undefined }
  | FoundThread;

/** A thread that the backend knows. */
export interface FoundThread {
  readonly kind: "found";
  /** The frame of its last turn. */
  readonly frame: ThreadFrame;
  /** When that turn began, epoch ms, where it is known. */
  readonly turnAt?: number | undefined;
  /** True where the agent does not keep with its threads what they may do. The sandbox is then the narrowest, and says nothing of the last turn. */
  readonly isSandboxUnknown?: boolean | undefined;
}

/** How much of a thread is searched for its last turn: all of it, or only the newest part, which is quick. */
export type ThreadScope = "whole" | "recent";

/** A new thread with the history of another one. */
export interface ForkRequest {
  /** The thread whose history it has. */
  readonly threadId: string;
  /** Frame of the new thread. */
  readonly frame: ThreadFrame;
  readonly signal: AbortSignal;
}

/** A thread to archive, or to take out of the archive. */
export interface ArchiveRequest {
  readonly threadId: string;
  /** The thread's directory. */
  readonly cwd: string;
  readonly isArchived: boolean;
  readonly signal: AbortSignal;
}

/** What happened to further input. */
export type SteerAnswer = "delivered" | "not possible here";

/** A running turn. */
export interface RunningTurn {
  /** Its outcome; never rejects. Once it settles, no process of the turn runs, except those that a completed turn left running. */
  readonly outcome: Promise<TurnOutcome>;
  /** Ends the turn and its processes. The outcome is `interrupted`, unless the turn had already ended. Can be called again. */
  interrupt(): void;
  /**
   * Gives the agent further input. Never rejects. Gives "not possible here" once the turn has ended, and always from `codex-exec`.
   */
  steer(text: string): Promise<SteerAnswer>;
}

/** An agent that runs turns. */
export interface AgentBackend {
  /** Stored in each thread's frame, for example `codex-exec`. */
  readonly name: string;
  /** Name of the agent in sentences, for example `Codex`. */
  readonly agent: string;
  /** Names of other backends whose threads it can continue without losing anything of their frames. */
  readonly continues: readonly string[];
  readonly capabilities: BackendCapabilities;
  /** Reads the user's set-up for a directory, by a frame's own part. Throws CONFIG_INVALID, also for a profile that does not exist. */
  readDefaults(own: OwnPart, cwd: string): Promise<BackendDefaults>;
  /** Checks a caller's request for a new thread. Throws CONFIG_DENIED for a setting that callers may not make, and INVALID_ARGUMENT for a wrong value. */
  checkConfig(asked: CallerConfig): CheckedConfig;
  /** A thread id as the agent writes it; undefined for a text that cannot be one. An id is safe as a file name. */
  parseThreadId(text: string): string | undefined;
  /** Finds a thread, even if we have no record of it. */
  findThread(threadId: string, scope?: ThreadScope): Promise<KnownThread>;
  /** The last messages of a thread, oldest first, of at most `maxCharacters` in total. Empty if nothing is left of it. */
  readConversation(threadId: string, maxCharacters: number): Promise<readonly ThreadMessage[]>;
  /** The threads of this machine, whoever started them. A file that cannot be read is counted, never an error. */
  listThreads(query: ThreadQuery): Promise<ThreadList>;
  /** The threads that contain all `words` (lower case) in their name, first prompt or messages. */
  searchThreads(query: ThreadQuery, words: readonly string[]): Promise<ThreadMatches>;
  /** One of these threads, archived or not; undefined if there is none, or if its file cannot be read. */
  findStoredThread(threadId: string): Promise<StoredThread | undefined>;
  /**
   * Makes a new thread and returns its id. No model is asked, and the other thread stays as it is. The caller makes sure that no turn runs
   * on it. Throws AGENT_UNSUPPORTED if the installed agent cannot do it, and the errors of starting the agent.
   */
  forkThread(request: ForkRequest): Promise<string>;
  /** Archives a thread, or takes it out of the archive; nothing happens if it is there already. Throws as `forkThread` does, and SESSION_BUSY. */
  setArchived(request: ArchiveRequest): Promise<void>;
  /**
   * Runs a shell command in the agent's own sandbox. No model is asked, and no process of it is alive afterwards. Throws CANCELLED,
   * AGENT_UNSUPPORTED if the installed agent cannot hold a command to this sandbox, SANDBOX_UNAVAILABLE if the sandbox does not start, and the
   * errors of starting the agent.
   */
  runInSandbox(command: SandboxedCommand): Promise<CommandEnd>;
  /** Starts one turn. A failure is an outcome, never an exception. */
  startTurn(request: TurnRequest): RunningTurn;
  /** Ends every running turn and everything they left running. A turn started later is interrupted. Can be called again. */
  close(): Promise<void>;
}
