// What launches are prepared from: the bridge's options, and what one run hands over.
import type { Logger } from "../../../domain/logger.ts";
import type { CodexRulesMode } from "../../codex/config/command-rules.ts";
import type { UserConfig } from "../../codex/config/user-config.ts";
import type { ChildMcpPolicy } from "../../codex/program/child-mcp.ts";

/** What a launch depends on; the same for every turn of a bridge. */
export interface LaunchOptions {
  readonly codexBin: string | undefined;
  readonly codexHome: string;
  /** Environment of the bridge. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly envPass: readonly string[];
  readonly requireGit: boolean;
  readonly childMcp: ChildMcpPolicy;
  readonly codexRules: CodexRulesMode;
  /** Value of BRIDGE_DEPTH for what Codex starts. */
  readonly readChildDepth: () => number;
  /** `key=value` overrides of the user's, given to every Codex. */
  readonly overrides: readonly string[];
  readonly readUserConfig: (profile: string | undefined) => Promise<UserConfig>;
  readonly logger: Logger;
}

/** Name of the environment variable that marks what belongs to a run. */
export const MARK_NAME = "BRIDGE_RUN";

/** Paths of files that a run hands to Codex. */
export interface LaunchFiles {
  readonly outputSchema: string | undefined;
  readonly baseInstructions: string | undefined;
}
