// Whose usage is told where.
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Clock } from "../domain/clock.ts";
import type { Settings } from "../settings/settings.ts";
import { createUsageFiles } from "../state/usage-files.ts";
import { type AccountUsage, createAccountUsage } from "./account-usage.ts";

/** The usage of the accounts of Codex and of Claude Code. */
export function createAgentUsage({
  settings,
  env,
  home,
  clock,
}: {
  readonly settings: Pick<Settings, "stateDir" | "codexHome">;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly clock: Clock;
}): { readonly codex: AccountUsage; readonly claude: AccountUsage } {
  const files = createUsageFiles(settings.stateDir);
  const { codexHome } = settings;
  const token = env["CLAUDE_CODE_OAUTH_TOKEN"];
  const whose = token === undefined ? "" : ` ${createHash("sha256").update(token).digest("hex").slice(0, 16)}`;
  const folder = env["CLAUDE_SECURESTORAGE_CONFIG_DIR"] || env["CLAUDE_CONFIG_DIR"] || join(home, ".claude");
  const claude = createAccountUsage({
    ...{ files, account: `claude-code ${folder}${whose}`, loginFile: join(folder, ".credentials.json"), clock },
  });
  const hasKey = [env["ANTHROPIC_API_KEY"], env["ANTHROPIC_AUTH_TOKEN"]].some(Boolean);
  return {
    codex: createAccountUsage({ files, account: codexHome, loginFile: join(codexHome, "auth.json"), clock }),
    // Claude Code takes a key before a subscription, whose limits then do not count.
    claude: hasKey ? { ...claude, read: () => [] } : claude,
  };
}
