// Options of `doctor` and its checks.
import type { AcpAgent } from "../../agents/acp/acp-agent.ts";
import type { CodexRulesMode } from "../../agents/codex/config/command-rules.ts";
import type { UserConfig } from "../../agents/codex/config/user-config.ts";
import type { CodexFlags } from "../../domain/codex-flags.ts";

/** Reads the user's Codex config as the registered server does. */
export type ReadConfig = () => Promise<UserConfig>;

/** The settings that the checks use. */
export interface DoctorSettings {
  readonly codexBin: string | undefined;
  readonly codexHome: string;
  readonly claudeBin: string | undefined;
  /** Further agents, which speak the Agent Client Protocol. */
  readonly agents: readonly AcpAgent[];
  readonly stateDir: string;
  /** Server of the team's memory, with its password. */
  readonly memoryUrl: string | undefined;
  readonly worktreesDir: string;
  readonly delegationRules: string | undefined;
  readonly childMcp: "inherit" | "none";
  readonly codexRules: CodexRulesMode;
  readonly envPass: readonly string[];
  /** Background jobs that may run at once. */
  readonly maxJobs: number;
  readonly jobTtlMs: number;
  /** After how many ms a call of an agent goes on as a job; 0 means never. */
  readonly jobAfterMs: number;
  readonly jobsMode: "session" | "outlive";
  /** Of the shared memory; undefined: it searches by words alone. */
  readonly embeddingsUrl: string | undefined;
  readonly embeddingsModel: string | undefined;
  readonly embeddingsKey: string | undefined;
}

/** Options of a run of `doctor`. */
export interface DoctorOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly ownPath: string;
  readonly shippedRules: string;
  readonly version: string;
  /** Whether to make a real turn. */
  readonly isTurn: boolean;
  /** Whether to fix the state folder's mode, to end leftover processes and to remove leftover worktrees. */
  readonly isFix: boolean;
  /** Ids of the checks to make; undefined: all. What they depend on is made too, but not reported. */
  readonly only: readonly string[] | undefined;
  /** Reads Codex flags from a registration's arguments. */
  readonly readFlags: (args: readonly string[]) => CodexFlags;
  /** Reads the settings from an environment. */
  readonly load: (
    env: NodeJS.ProcessEnv,
  ) => { warnings: readonly string[] } & ({ settings: DoctorSettings } | { problems: readonly string[] });
  /** Throws the error of a writing turn in `cwd`, if such a turn is refused. */
  readonly refuseWriting: (settings: DoctorSettings, env: NodeJS.ProcessEnv) => void;
}
