// Reads the parts of the user's config.toml that the bridge needs. It never writes the file.
import { dirname, join } from "node:path";
import { isRecord } from "../../../domain/guards.ts";
import { READ_ONLY, SANDBOX_MODES, type SandboxMode, type SandboxPolicy } from "../../../domain/sandbox.ts";
import { APPROVAL_POLICIES, type ApprovalPolicy } from "../../../domain/thread.ts";
import { readStamp } from "../../../files/file-stamp.ts";
import type { CodexMcpServer } from "../program/capabilities.ts";
import { mergeTables, parseConfigFile, withOverrides, withProfile } from "./config-layers.ts";
import type { PermissionSettings } from "./permission-profile.ts";
import { choosePermissions, toBuiltInMode } from "./permission-settings.ts";

/** The parts of `config.toml` that the bridge uses. */
export interface UserConfig {
  /** A text that changes whenever one of the files does. */
  readonly stamp: string;
  /** Sandbox mode of a turn without `-s`; undefined if none is set, or if a permission profile applies that equals no mode. */
  readonly sandboxMode: SandboxMode | undefined;
  readonly approvalPolicy: ApprovalPolicy | undefined;
  /** Model of a thread without one of its own. */
  readonly model: string | undefined;
  /** Model that Codex's own reviews take. */
  readonly reviewModel: string | undefined;
  /** Names of files that Codex reads where there is no AGENTS.md. */
  readonly instructionNames: readonly string[];
  readonly permissions: PermissionSettings;
  /** The `[sandbox_workspace_write]` settings of a workspace-write thread. */
  readonly workspaceWrite: SandboxPolicy;
  readonly provider: ProviderConfig;
  /** Model provider that the machine's managed config names. It wins over all others. */
  readonly managedProvider: string | undefined;
  /** Environment variables that the config passes to Codex's MCP servers or, by name, to its commands. */
  readonly namedVariables: readonly string[];
  /** Patterns of `[shell_environment_policy]`: variables that commands do not get (`exclude`), and the only ones they get (`include_only`). */
  readonly shellExclude: readonly string[];
  readonly shellInclude: readonly string[];
  /** MCP servers that are switched on. */
  readonly mcpServers: readonly CodexMcpServer[];
  /** Names of all MCP servers, those that are switched off included. */
  readonly mcpNames: readonly string[];
  /** Directories that have an entry of their own with a trust level under `projects`. */
  readonly projects: readonly string[];
  /** Trusted directories, whose own config Codex applies. */
  readonly trustedProjects: readonly string[];
  /** Names that mark the root of a project, if the user has set others than Codex's `.git`. */
  readonly rootMarkers: readonly string[];
  /** Whether the user has turned subagents on, or has described any. Codex lets the model start some even where nothing is said. */
  readonly wantsSubagents: boolean;
  /** Where Codex keeps its login: in auth.json (`file`), or in a store that the bridge cannot read (`other`). */
  readonly credentialStore: "file" | "other";
}

/** A provider that is built into Codex (0.128 and later). It uses AWS credentials. */
const BEDROCK = "amazon-bedrock";
const AWS_NAMES = ["AWS_BEARER_TOKEN_BEDROCK", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];

/** The model provider that a turn will use. */
export interface ProviderConfig {
  readonly id: string;
  /** Whether it needs the user's OpenAI login or key. */
  readonly needsOpenAiLogin: boolean;
  /** Whether it is OpenAI itself, reached at the place where the limits of the login are asked for too. */
  readonly hasLoginLimits: boolean;
  /** Name of the variable with the API key, if it has one. */
  readonly envKey: string | undefined;
  /** Names of all variables that Codex reads for it, the key included. */
  readonly envNames: readonly string[];
  /** Whether the API key is required. A bearer token in the config replaces it. */
  readonly needsEnvKey: boolean;
}

/**
 * Reads `$CODEX_HOME/config.toml`, with a profile and the user's `key=value` overrides on top and the machine's `/etc/codex/config.toml`
 * below. Cached by mtime and size. A missing file counts as an empty config.
 * Throws CONFIG_INVALID for a broken file, and for a profile that is neither in the file nor a file of its own.
 */
export function createUserConfigReader(
  codexHome: string,
  overrides: readonly string[] = [],
  systemPath = SYSTEM_CONFIG,
): (profile?: string) => Promise<UserConfig> {
  const path = join(codexHome, "config.toml");
  const cached = new Map<string, UserConfig>();
  return async (profile) => {
    const profilePath = profile === undefined ? undefined : join(codexHome, `${profile}.config.toml`);
    // The files beside it apply to the whole machine too.
    const [managedPath, requirementsPath] = MACHINE_FILES.map((name) => join(dirname(systemPath), name));
    const paths = [systemPath, path, profilePath, managedPath, requirementsPath];
    const stamp = paths.map((each) => (each === undefined ? "" : readStamp(each))).join("+");
    const key = profile ?? "";
    const known = cached.get(key);
    if (known?.stamp === stamp) return known;
    const user = readStamp(path) === "" ? {} : await parseConfigFile(path);
    const system = await readMachineFile(systemPath);
    const root = mergeTables(system, user);
    const layer =
      profilePath === undefined || readStamp(profilePath) === "" ? undefined : await parseConfigFile(profilePath);
    const layered = await withOverrides(withProfile(root, profile, layer), overrides);
    const inFile = toTable(toTable(root["profiles"])[profile ?? String(root["profile"])]);
    const managed = await readMachineFile(managedPath);
    const permissions = choosePermissions({
      layers: [system, user, layer ?? inFile],
      upper: [await withOverrides({}, overrides), managed],
      requirements: await readMachineFile(requirementsPath),
    });
    const { model_provider: provider } = managed;
    const managedProvider = typeof provider === "string" ? provider : undefined;
    const own = withPermissions(toUserConfig(layered, stamp), permissions);
    const instructionNames = [...own.instructionNames, ...toUserConfig(managed).instructionNames];
    const config = { ...own, instructionNames, managedProvider };
    cached.set(key, config);
    return config;
  };
}

/** The machine's own layer, below the user's file (0.120 and later). */
const SYSTEM_CONFIG = "/etc/codex/config.toml";
/** Files beside it: a layer above all others, and requirements (0.150 and 0.169). */
const MACHINE_FILES = ["managed_config.toml", "requirements.toml"];

// A broken file counts as empty, since Codex reports it. `projects` is left out: only the user's own file can give trust.
async function readMachineFile(path: string | undefined): Promise<Record<string, unknown>> {
  if (path === undefined || readStamp(path) === "") return {};
  try {
    const { projects: _projects, ...config } = await parseConfigFile(path);
    return config;
  } catch {
    return {};
  }
}

// A profile replaces `sandbox_mode` and `[sandbox_workspace_write]`; Codex then ignores their network and roots.
function withPermissions(config: UserConfig, permissions: PermissionSettings): UserConfig {
  if (permissions.selected === undefined) return { ...config, permissions };
  const workspaceWrite: SandboxPolicy = { ...READ_ONLY, mode: "workspace-write" };
  return { ...config, permissions, sandboxMode: toBuiltInMode(permissions), workspaceWrite };
}

const NO_PERMISSIONS: PermissionSettings = { selected: undefined, isFinal: false, isManaged: false, tables: {} };

/** Picks the parts that the bridge uses from a parsed config. A value of a wrong type counts as missing, since Codex reports it. */
export function toUserConfig(root: Readonly<Record<string, unknown>>, stamp = ""): UserConfig {
  const profile = toTable(toTable(root["profiles"])[String(root["profile"])]);
  const config = { ...root, ...profile };
  const write = toTable(config["sandbox_workspace_write"]);
  const shell = toTable(config["shell_environment_policy"]);
  const shellInclude = toTexts(shell["include_only"]);
  return {
    stamp,
    sandboxMode: SANDBOX_MODES.find((mode) => mode === config["sandbox_mode"]),
    approvalPolicy: APPROVAL_POLICIES.find((policy) => policy === config["approval_policy"]),
    model: typeof config["model"] === "string" ? config["model"] : undefined,
    reviewModel: typeof config["review_model"] === "string" ? config["review_model"] : undefined,
    instructionNames: toTexts(config["project_doc_fallback_filenames"]),
    permissions: NO_PERMISSIONS,
    workspaceWrite: {
      ...READ_ONLY,
      mode: "workspace-write",
      networkAccess: write["network_access"] === true,
      writableRoots: toTexts(write["writable_roots"]),
      excludeSlashTmp: write["exclude_slash_tmp"] === true,
      excludeTmpdir: write["exclude_tmpdir_env_var"] === true,
    },
    provider: toProvider(config),
    managedProvider: undefined,
    namedVariables: [...findMcpVariables(config), ...shellInclude],
    shellExclude: toTexts(shell["exclude"]),
    shellInclude,
    mcpServers: toServers(config["mcp_servers"]),
    mcpNames: Object.keys(toTable(config["mcp_servers"])),
    projects: Object.entries(toTable(root["projects"]))
      .filter(([, project]) => typeof toTable(project)["trust_level"] === "string")
      .map(([path]) => path),
    trustedProjects: Object.entries(toTable(root["projects"]))
      .filter(([, project]) => toTable(project)["trust_level"] === "trusted")
      .map(([path]) => path),
    rootMarkers: toTexts(config["project_root_markers"]),
    wantsSubagents: wantsSubagents(config),
    credentialStore: ["undefined", "file"].includes(String(config["cli_auth_credentials_store"])) ? "file" : "other",
  };
}

function wantsSubagents(config: Readonly<Record<string, unknown>>): boolean {
  const { multi_agent: first, multi_agent_v2: second } = toTable(config["features"]);
  const agents = toTable(config["agents"]);
  const isOn = (feature: unknown): boolean => feature !== undefined && feature !== false;
  if (isOn(second)) return true;
  return agents["enabled"] !== false && (isOn(first) || (first !== false && Object.keys(agents).length > 0));
}

function toServers(value: unknown): CodexMcpServer[] {
  return Object.entries(toTable(value))
    .map(([name, server]) => ({ name, server: toTable(server) }))
    .filter(({ server }) => server["enabled"] !== false)
    .map(({ name, server }) => ({ name, commandLine: toTexts([server["command"], ...toList(server["args"])]) }));
}

// `env_vars` of a server contains names, or tables with a name.
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
  // Another address may be that of a service that spreads requests over several accounts.
  const isMoved = config["openai_base_url"] !== undefined && config["chatgpt_base_url"] === undefined;
  const headers = toTexts(Object.values(toTable(table["env_http_headers"])));
  // `auth` is a command that prints the key. Only variables that its arguments name can be known.
  const auth = toTable(table["auth"]);
  const command = toTexts([auth["command"], ...toList(auth["args"])]).join(" ");
  const variables = [...command.matchAll(/\$\{?([A-Za-z_]\w*)/g)].map(([, name = ""]) => name);
  return {
    id,
    needsOpenAiLogin: id === "openai" || table["requires_openai_auth"] === true,
    hasLoginLimits: id === "openai" && !isMoved,
    envKey,
    envNames: [
      ...(envKey === undefined ? [] : [envKey]),
      ...headers,
      ...variables,
      ...(id === BEDROCK ? AWS_NAMES : []),
    ],
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
