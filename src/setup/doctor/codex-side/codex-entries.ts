// Finds the servers that Codex starts, as Codex itself lists them, with the keys that its list leaves out: those stand in config.toml, or in
// the plugin that brings the server.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { parseConfigText } from "../../../agents/codex/config/config-text.ts";
import { isRecord } from "../../../domain/guards.ts";
import { readSmallTextIfAny } from "../../../files/small-file.ts";

type Table = Readonly<Record<string, unknown>>;

/** A stdio server of Codex. */
export interface CodexEntry {
  readonly name: string;
  /** Where it stands: a config.toml, or a plugin. Undefined where it comes from somewhere else, such as a project's own config. */
  readonly place: { readonly kind: "file" | "plugin"; readonly name: string } | undefined;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Names of variables that it gets from Codex's own environment. */
  readonly envVars: readonly string[];
  readonly cwd: string | undefined;
  readonly isEnabled: boolean;
  readonly isRequired: boolean;
  readonly startupMs: number | undefined;
  readonly toolMs: number | undefined;
  /** Approval modes by tool; that of all others under "". */
  readonly approvals: Readonly<Record<string, string>>;
  /** The only tools that it offers, and those that it does not. */
  readonly onlyTools: readonly string[] | undefined;
  readonly withoutTools: readonly string[];
}

/** A plugin that is on, with the folder of its copy; undefined where there is no copy. */
export interface CodexPlugin {
  /** `NAME@MARKETPLACE`. */
  readonly id: string;
  readonly folder: string | undefined;
  /** Where its marketplace is: a folder or an address. */
  readonly source: string | undefined;
}

/** What Codex has. */
export interface CodexServers {
  readonly entries: readonly CodexEntry[];
  readonly plugins: readonly CodexPlugin[];
}

/** The machine's own config, below the user's. */
const SYSTEM_CONFIG = "/etc/codex/config.toml";

/** Reads what `codex mcp list --json` printed, and the files behind it. Undefined if it is no such list. */
export function readCodexServers(listing: string, codexHome: string): CodexServers | undefined {
  const listed = parseJson(listing);
  if (!Array.isArray(listed)) return undefined;
  const files = [join(codexHome, "config.toml"), SYSTEM_CONFIG].map((file) => ({
    file,
    config: parseConfigText(readSmallTextIfAny(file) ?? "") ?? {},
  }));
  const plugins = listPlugins(codexHome, files[0]?.config ?? {});
  const sources: Source[] = [
    ...files.map(({ file, config }) => ({
      place: { kind: "file" as const, name: file },
      servers: toTable(config["mcp_servers"]),
    })),
    ...plugins.map(({ id, folder }) => ({
      place: { kind: "plugin" as const, name: id },
      servers: readServers(folder),
    })),
  ];
  return { entries: listed.filter(isRecord).flatMap((entry) => toEntry(entry, sources) ?? []), plugins };
}

interface Source {
  readonly place: NonNullable<CodexEntry["place"]>;
  readonly servers: Table;
}

// An entry of config.toml takes the place of a plugin's server of the same name (docs/codex-cli.md#plugins).
function toEntry(listed: Table, sources: readonly Source[]): CodexEntry | undefined {
  const { name, transport } = listed;
  const { type, command, args, env, env_vars: names, cwd } = toTable(transport);
  if (typeof name !== "string" || type !== "stdio" || typeof command !== "string") return undefined;
  const source = sources.find(({ servers }) => Object.hasOwn(servers, name));
  const own = toTable(source?.servers[name]);
  const tools = Object.entries(toTable(own["tools"])).map(([tool, keys]) => [tool, toTable(keys)["approval_mode"]]);
  const approvals = [["", own["default_tools_approval_mode"]], ...tools];
  return {
    ...{ name, place: source?.place, command, args: toTexts(args), envVars: toNames(names) },
    env: Object.fromEntries(Object.entries(toTable(env)).map(([key, value]) => [key, String(value)])),
    cwd: typeof cwd === "string" ? cwd : undefined,
    isEnabled: listed["enabled"] !== false,
    isRequired: own["required"] === true,
    startupMs: toMs(listed["startup_timeout_sec"]),
    toolMs: toMs(listed["tool_timeout_sec"]),
    approvals: Object.fromEntries(approvals.filter(([, mode]) => typeof mode === "string")),
    onlyTools: Array.isArray(own["enabled_tools"]) ? toTexts(own["enabled_tools"]) : undefined,
    withoutTools: toTexts(own["disabled_tools"]),
  };
}

// A plugin has one copy. If an update was cut short there may be two, and Codex does not say which of them it takes.
function listPlugins(codexHome: string, { plugins, marketplaces }: Table): CodexPlugin[] {
  return Object.entries(toTable(plugins))
    .filter(([, keys]) => toTable(keys)["enabled"] !== false)
    .map(([id]) => {
      const [name = "", marketplace = ""] = id.split("@");
      const folder = join(codexHome, "plugins/cache", marketplace, name);
      const version = listFolder(folder).at(-1);
      const { source } = toTable(toTable(marketplaces)[marketplace]);
      return {
        id,
        folder: version === undefined ? undefined : join(folder, version),
        source: typeof source === "string" ? source : undefined,
      };
    });
}

function readServers(folder: string | undefined): Table {
  if (folder === undefined) return {};
  const manifest = toTable(parseJson(readSmallTextIfAny(join(folder, ".codex-plugin/plugin.json")) ?? ""));
  const { mcpServers } = manifest;
  if (typeof mcpServers !== "string") return toTable(mcpServers);
  return toTable(toTable(parseJson(readSmallTextIfAny(join(folder, mcpServers)) ?? ""))["mcpServers"]);
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch {
    return [];
  }
}

// A name, or a table with one. `remote` is for servers that do not run on this machine.
function toNames(value: unknown): string[] {
  const entries = Array.isArray(value) ? value : [];
  return toTexts(entries.map((entry) => (isRecord(entry) && entry["source"] !== "remote" ? entry["name"] : entry)));
}

function toMs(seconds: unknown): number | undefined {
  return typeof seconds === "number" ? seconds * 1000 : undefined;
}

function toTexts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === "string") : [];
}

function toTable(value: unknown): Table {
  return isRecord(value) ? value : {};
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
