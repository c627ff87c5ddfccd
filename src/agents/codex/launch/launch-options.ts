// Types: the options of a bridge that launches depend on, and the files that one run passes to Codex.
import type { Logger } from "../../../domain/logger.ts";
import type { CodexRulesMode } from "../config/command-rules.ts";
import type { UserConfig } from "../config/user-config.ts";
import type { ChildMcpPolicy } from "../program/child-mcp.ts";
import type { MemoryServerOptions } from "./memory-server.ts";

/** Options that hold for every launch of a bridge. */
export interface LaunchOptions {
  readonly codexBin: string | undefined;
  readonly codexHome: string;
  /** Environment of the bridge. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly envPass: readonly string[];
  readonly requireGit: boolean;
  readonly childMcp: ChildMcpPolicy;
  /** The shared memory for Codex; undefined for none. */
  readonly memory?: MemoryServerOptions | undefined;
  readonly codexRules: CodexRulesMode;
  /** Value of BRIDGE_DEPTH for the programs that Codex starts. */
  readonly readChildDepth: () => number;
  /** The user's `key=value` overrides, passed to every Codex. */
  readonly overrides: readonly string[];
  readonly readUserConfig: (profile: string | undefined) => Promise<UserConfig>;
  readonly logger: Logger;
}

/** Mark that Codex gives to the commands of a thread (0.120 and later). */
export const toThreadMark = (threadId: string): string => `CODEX_THREAD_ID=${threadId}`;

/** Paths of files that a run passes to Codex. */
export interface LaunchFiles {
  readonly outputSchema: string | undefined;
  readonly baseInstructions: string | undefined;
}
