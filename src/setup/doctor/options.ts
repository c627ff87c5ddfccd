// What `doctor` and its checks are given.
import type { CodexRulesMode } from "../../agents/codex/config/command-rules.ts";
import type { CodexFlags } from "../../domain/codex-flags.ts";

/** The settings that checks go by. */
export interface DoctorSettings {
  readonly codexBin: string | undefined;
  readonly codexHome: string;
  readonly stateDir: string;
  readonly delegationRules: string | undefined;
  readonly childMcp: "inherit" | "none";
  readonly codexRules: CodexRulesMode;
  readonly envPass: readonly string[];
}

/** What `doctor` is run with. */
export interface DoctorOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly ownPath: string;
  readonly shippedRules: string;
  readonly version: string;
  /** Whether a real turn is made. */
  readonly isTurn: boolean;
  /** Whether what can be mended is mended. */
  readonly isFix: boolean;
  /** Flags of a registration, from its arguments. */
  readonly readFlags: (args: readonly string[]) => CodexFlags;
  /** Settings of an environment. */
  readonly load: (
    env: NodeJS.ProcessEnv,
  ) => { warnings: readonly string[] } & ({ settings: DoctorSettings } | { problems: readonly string[] });
  /** Throws what a writing turn in `cwd` would be refused with. */
  readonly refuseWriting: (settings: DoctorSettings, env: NodeJS.ProcessEnv) => void;
}
