// What the bridge must know of the user's own config.toml. Only read, never written.
import { readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { BridgeError } from "../../domain/errors.ts";
import { isRecord } from "../../domain/guards.ts";
import { READ_ONLY, SANDBOX_MODES, type SandboxMode, type SandboxPolicy } from "../../domain/sandbox.ts";

/** The parts of `config.toml` that the bridge acts on. */
export interface UserConfig {
  /** Changes whenever the file does. */
  readonly stamp: string;
  readonly sandboxMode: SandboxMode | undefined;
  /** What `[sandbox_workspace_write]` gives to a workspace-write thread. */
  readonly workspaceWrite: SandboxPolicy;
  readonly provider: ProviderConfig;
  /** Environment variables that the config hands to Codex's MCP servers or, by name, to its commands. */
  readonly namedVariables: readonly string[];
  /** What `[shell_environment_policy]` keeps from commands (patterns), and gives to them. */
  readonly shellExclude: readonly string[];
  readonly shellInclude: readonly string[];
  /** Directories that have an entry of their own under `projects`. */
  readonly projects: readonly string[];
  /** Where Codex keeps its login: `file` (auth.json), or a place that the bridge cannot look into. */
  readonly credentialStore: "file" | "other";
}

/** Built into Codex (0.128 and later); it reads the credentials of AWS. */
const BEDROCK = "amazon-bedrock";
const AWS_NAMES = ["AWS_BEARER_TOKEN_BEDROCK", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];

/** The model provider that a turn will use. */
export interface ProviderConfig {
  readonly id: string;
  /** Whether it needs the user's OpenAI login or key. */
  readonly needsOpenAiLogin: boolean;
  /** Variables that Codex reads for it: the key first, where it has one, then those of headers. */
  readonly envKey: string | undefined;
  readonly envNames: readonly string[];
  /** Whether the API key has to be there (a bearer token in the config replaces it). */
  readonly needsEnvKey: boolean;
}

/**
 * Reads `$CODEX_HOME/config.toml` with one of its profiles and the user's `key=value` overrides on top, cached by mtime and size. A missing file is an empty config;
 * a broken one, and a profile that is neither in the file nor a file of its own, is CONFIG_INVALID.
 */
export function createUserConfigReader(
  codexHome: string,
  overrides: readonly string[] = [],
): (profile?: string) => Promise<UserConfig> {
  const path = join(codexHome, "config.toml");
  const cached = new Map<string, UserConfig>();
  return async (profile) => {
    const profilePath = profile === undefined ? undefined : join(codexHome, `${profile}.config.toml`);
    const stamp = `${readStamp(path)}${profilePath === undefined ? "" : `+${readStamp(profilePath)}`}`;
    const key = profile ?? "";
    const known = cached.get(key);
    if (known?.stamp === stamp) return known;
    const root = readStamp(path) === "" ? {} : await parseFile(path);
    const layer = profilePath === undefined || readStamp(profilePath) === "" ? undefined : await parseFile(profilePath);
    const layered = await withOverrides(withProfile(root, profile, layer), overrides);
    const config = toUserConfig(layered, stamp);
    cached.set(key, config);
    return config;
  };
}

// As Codex reads `-c`: the value as TOML, else as a text.
async function withOverrides(
  root: Readonly<Record<string, unknown>>,
  overrides: readonly string[],
): Promise<Record<string, unknown>> {
  if (overrides.length === 0) return { ...root };
  const { parse } = await import("smol-toml");
  return overrides.reduce<Record<string, unknown>>(
    (config, text) => {
      const at = text.indexOf("=");
      return setDotted(config, text.slice(0, at).split("."), readValue(parse, text.slice(at + 1)));
    },
    { ...root },
  );
}

function readValue(parse: (text: string) => Record<string, unknown>, text: string): unknown {
  try {
    return parse(`value = ${text}`)["value"];
  } catch {
    return text;
  }
}

function setDotted(
  table: Readonly<Record<string, unknown>>,
  keys: readonly string[],
  value: unknown,
): Record<string, unknown> {
  const [first = "", ...rest] = keys;
  return { ...table, [first]: rest.length === 0 ? value : setDotted(toTable(table[first]), rest, value) };
}

function withProfile(
  root: Readonly<Record<string, unknown>>,
  profile: string | undefined,
  layer: Readonly<Record<string, unknown>> | undefined,
): Record<string, unknown> {
  if (profile === undefined || layer !== undefined) return { ...root, ...layer };
  if (toTable(root["profiles"])[profile] !== undefined) return { ...root, profile };
  throw new BridgeError("CONFIG_INVALID", `The user's Codex config has no profile ${JSON.stringify(profile)}.`, {
    nextStep: "Leave `profile` out, or name one that is there.",
  });
}

function readStamp(path: string): string {
  try {
    const stat = statSync(path);
    return `${stat.mtimeMs}:${stat.size}`;
  } catch {
    return "";
  }
}

async function parseFile(path: string): Promise<Record<string, unknown>> {
  const { parse } = await import("smol-toml");
  try {
    return parse(readFileSync(path, "utf8"));
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
    throw new BridgeError("CONFIG_INVALID", `Codex's ${basename(path)} cannot be read: ${reason}.`, { cause: error });
  }
}

/** The acted-on parts of a parsed config; values of a wrong type are left to Codex to complain about. */
export function toUserConfig(root: Readonly<Record<string, unknown>>, stamp = ""): UserConfig {
  const profile = toTable(toTable(root["profiles"])[String(root["profile"])]);
  const config = { ...root, ...profile };
  const write = toTable(config["sandbox_workspace_write"]);
  const shell = toTable(config["shell_environment_policy"]);
  const shellInclude = toTexts(shell["include_only"]);
  return {
    stamp,
    sandboxMode: SANDBOX_MODES.find((mode) => mode === config["sandbox_mode"]),
    workspaceWrite: {
      ...READ_ONLY,
      mode: "workspace-write",
      networkAccess: write["network_access"] === true,
      writableRoots: toTexts(write["writable_roots"]),
      excludeSlashTmp: write["exclude_slash_tmp"] === true,
      excludeTmpdir: write["exclude_tmpdir_env_var"] === true,
    },
    provider: toProvider(config),
    namedVariables: [...findMcpVariables(config), ...shellInclude],
    shellExclude: toTexts(shell["exclude"]),
    shellInclude,
    projects: Object.keys(toTable(root["projects"])),
    credentialStore: ["keyring", "auto"].includes(String(config["cli_auth_credentials_store"])) ? "other" : "file",
  };
}

// A server's `env_vars` are names, or tables with a name.
function findMcpVariables(config: Readonly<Record<string, unknown>>): string[] {
  return Object.values(toTable(config["mcp_servers"]))
    .map(toTable)
    .flatMap((server) => [
      ...toTexts([server["bearer_token_env_var"], ...Object.values(toTable(server["env_http_headers"]))]),
      ...toTexts(toList(server["env_vars"]).map((entry) => (isRecord(entry) ? entry["name"] : entry))),
    ]);
}

function toProvider(config: Readonly<Record<string, unknown>>): ProviderConfig {
  const id = typeof config["model_provider"] === "string" ? config["model_provider"] : "openai";
  const table = toTable(toTable(config["model_providers"])[id]);
  const envKey = typeof table["env_key"] === "string" ? table["env_key"] : undefined;
  const headers = toTexts(Object.values(toTable(table["env_http_headers"])));
  return {
    id,
    needsOpenAiLogin: id === "openai" || table["requires_openai_auth"] === true,
    envKey,
    envNames: [...(envKey === undefined ? [] : [envKey]), ...headers, ...(id === BEDROCK ? AWS_NAMES : [])],
    needsEnvKey: envKey !== undefined && table["experimental_bearer_token"] === undefined,
  };
}

function toTexts(value: unknown): string[] {
  return toList(value).filter((entry) => typeof entry === "string");
}

function toList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function toTable(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}
