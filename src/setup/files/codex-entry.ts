// The entry by which Codex starts the bridge: in config.toml, and in the plugin `cc`, which scripts/build-plugin.mjs makes of it.

/** Its name. With the same one in both places Codex starts one bridge, that of config.toml (docs/codex-cli.md#plugins). */
export const CODEX_ENTRY_NAME = "codex-bridge";

/** The plugin that brings it, as Codex names it. */
export const CODEX_PLUGIN = "cc@codex-bridge";

/** What follows the program. */
export const CODEX_ENTRY_ARGS: readonly string[] = ["serve", "--role", "codex"];

/** Without these two a bridge below another one does not know how deep it is. */
export const CHAIN_VARIABLES: readonly string[] = ["BRIDGE_DEPTH", "BRIDGE_CHAIN"];

/** Codex hands a server few variables besides these (docs/codex-cli.md#mcp-servers-of-codex). A name stands for a variable that may be unset. */
export const CODEX_ENV_VARS: readonly string[] = [
  ...CHAIN_VARIABLES,
  ...["BRIDGE_MAX_DEPTH", "BRIDGE_STATE_DIR", "XDG_STATE_HOME", "XDG_RUNTIME_DIR", "TMPDIR", "CODEX_HOME"],
  ...["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL", "ANTHROPIC_MODEL"],
  ...["CLAUDE_CONFIG_DIR", "CLAUDE_CODE_OAUTH_TOKEN", "CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX"],
  ...["HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "https_proxy", "http_proxy", "no_proxy", "NODE_EXTRA_CA_CERTS"],
];

/** Further keys of the entry. */
export const CODEX_ENTRY_KEYS = {
  startup_timeout_sec: 20,
  // A wait for a job takes up to ten minutes; progress does not extend this time.
  tool_timeout_sec: 660,
  // Several reviews run side by side.
  supports_parallel_tool_calls: true,
} as const;
