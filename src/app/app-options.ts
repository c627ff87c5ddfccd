// What the program is started with.
import type { CodexFlags } from "../domain/codex-flags.ts";
import type { Logger } from "../domain/logger.ts";
import type { Role } from "../domain/role.ts";
import type { LoadedSettings } from "../settings/load.ts";

/** What the program is started with. */
export interface AppOptions {
  /** Version of the program. */
  readonly version: string;
  /** Default: `claude`. */
  readonly role?: Role;
  readonly loaded: LoadedSettings;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Directory of the bridge: Claude Code's. */
  readonly cwd: string;
  /** Path of the running program, to know itself among Codex's MCP servers. */
  readonly ownPath: string;
  /** Path of the rules file that comes with the program. */
  readonly shippedRules: string;
  /** Path of the bundle that checks answers by JSON Schema. */
  readonly validationWorker: string;
  /** Flags of the registration. */
  readonly codexFlags?: CodexFlags;
  /** Whether this is a runner: its jobs outlive the bridge that it works for. */
  readonly isRunner?: boolean;
  readonly logger: Logger;
}
