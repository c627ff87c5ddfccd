// The entry by which Codex starts the bridge: in config.toml, and in the plugin `cc`, which scripts/build-plugin.mjs makes of it.

/** Its name. With the same one in both places Codex starts one bridge, that of config.toml (docs/codex-cli.md#plugins). */
export const CODEX_ENTRY_NAME = "codex-bridge";

/** The plugin that brings it, as Codex names it. */
export const CODEX_PLUGIN = "cc@codex-bridge";

/** What follows the program. */
export const CODEX_ENTRY_ARGS: readonly string[] = ["serve", "--role", "codex"];

/** Without these two a bridge below another one does not know how deep it is. */
export const CHAIN_VARIABLES: readonly string[] = ["BRIDGE_DEPTH", "BRIDGE_CHAIN"];

const AWS = [
  ...["AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"],
  ...["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_BEARER_TOKEN_BEDROCK"],
];
const GOOGLE = ["CLOUD_ML_REGION", "GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT"];

/** What Claude Code needs for a login of a cloud, by the variable that turns it on (names of 2.1.329). */
export const CLOUD_VARIABLES: Readonly<Record<string, readonly string[]>> = {
  CLAUDE_CODE_USE_BEDROCK: AWS,
  CLAUDE_CODE_USE_ANTHROPIC_AWS: AWS,
  CLAUDE_CODE_USE_VERTEX: GOOGLE,
};

/** Settings and logins of Claude Code that a variable can hold. */
const CLAUDE_VARIABLES = [
  ...["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL", "ANTHROPIC_CUSTOM_HEADERS"],
  ...["ANTHROPIC_MODEL", "ANTHROPIC_SMALL_FAST_MODEL", "ANTHROPIC_SMALL_FAST_MODEL_AWS_REGION"],
  ...["OPUS", "SONNET", "HAIKU", "FABLE"].map((name) => `ANTHROPIC_DEFAULT_${name}_MODEL`),
  ...["CLAUDE_CONFIG_DIR", "CLAUDE_SECURESTORAGE_CONFIG_DIR", "CLAUDE_CODE_OAUTH_TOKEN"],
  ...["CLAUDE_CODE_CLIENT_CERT", "CLAUDE_CODE_CLIENT_KEY", "CLAUDE_CODE_CLIENT_KEY_PASSPHRASE"],
  ...["CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_SKIP_BEDROCK_AUTH", "ANTHROPIC_BEDROCK_BASE_URL"],
  ...["CLAUDE_CODE_USE_ANTHROPIC_AWS", "ANTHROPIC_AWS_WORKSPACE_ID", "ANTHROPIC_AWS_API_KEY"],
  ...["CLAUDE_CODE_USE_VERTEX", "CLAUDE_CODE_SKIP_VERTEX_AUTH", "ANTHROPIC_VERTEX_BASE_URL"],
  "ANTHROPIC_VERTEX_PROJECT_ID",
  ...["CLAUDE_CODE_USE_FOUNDRY", "CLAUDE_CODE_SKIP_FOUNDRY_AUTH", "ANTHROPIC_FOUNDRY_BASE_URL"],
  ...["ANTHROPIC_FOUNDRY_RESOURCE", "ANTHROPIC_FOUNDRY_API_KEY"],
];

/** Codex hands a server few variables besides these (docs/codex-cli.md#mcp-servers-of-codex). A name stands for a variable that may be unset. */
export const CODEX_ENV_VARS: readonly string[] = [
  ...CHAIN_VARIABLES,
  ...["BRIDGE_MAX_DEPTH", "BRIDGE_STATE_DIR", "XDG_STATE_HOME", "XDG_RUNTIME_DIR", "TMPDIR", "CODEX_HOME"],
  ...["CODEX_BIN", "CLAUDE_BIN"],
  ...CLAUDE_VARIABLES,
  ...AWS,
  ...GOOGLE,
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
