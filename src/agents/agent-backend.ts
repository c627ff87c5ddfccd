// The port to an agent: delegation asks what a backend can do, never which one it is.
import type { SandboxMode, SandboxPolicy } from "../domain/sandbox.ts";
import type { TurnOutcome, TurnRequest } from "../domain/turn.ts";

/** What a backend can do. */
export interface BackendCapabilities {
  /** Continues a thread of an earlier process. */
  readonly canResume: boolean;
  /** Asks the caller before a command runs; without it every turn runs as approval policy `never`. */
  readonly canAskApproval: boolean;
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

/** An agent that runs turns. */
export interface AgentBackend {
  /** Stored in each thread's frame, e.g. `codex-exec`. */
  readonly name: string;
  /** What its agent is called in sentences, e.g. `Codex`. */
  readonly agent: string;
  readonly capabilities: BackendCapabilities;
  /** Reads the user's own set-up for a directory, with one of its profiles. Throws CONFIG_INVALID, also for a profile that is not there. */
  readDefaults(profile: string | undefined, cwd: string): Promise<BackendDefaults>;
  /** Runs one turn to its end. A failure is an outcome; it throws only on misuse. */
  runTurn(request: TurnRequest): Promise<TurnOutcome>;
  /** Ends every running turn and everything they left running. Idempotent. */
  close(): Promise<void>;
}
