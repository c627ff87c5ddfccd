// Reads from Claude Code's own files which MCP servers it would start in a directory.
import { createObjectReader, type FileProblem, toObject } from "./claude-json.ts";
import {
  type ClaudeContext,
  EVERYWHERE,
  findProjectKey,
  findUserFile,
  listServerObjects,
  listSettingsFiles,
  MANAGED_SETTINGS,
  type RegistrationScope,
} from "./config-files.ts";
import { expand } from "./expand.ts";
import { type EnabledPlugin, readPlugins } from "./plugins.ts";

/** A stdio server registered with Claude Code. */
export interface Registration {
  readonly name: string;
  /** If a name is used twice, local wins over project, and project over user. `plugin`: it comes with an installed plugin. */
  readonly scope: RegistrationScope | "plugin";
  /** File that holds it. */
  readonly file: string;
  /** Variables are expanded as Claude Code does it. */
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Hard limit on a call, in ms. */
  readonly timeoutMs: number | undefined;
  /** Servers in `.mcp.json` start only after the user has approved them; print mode starts them anyway. */
  readonly approval: "not needed" | "approved" | "pending" | "disabled";
}

/** Whether the user has trusted the project that a directory belongs to. A trusted folder above does not count. */
export interface ProjectTrust {
  readonly isTrusted: boolean;
  /** Name of the project in `file`. */
  readonly project: string;
  /** The user's `.claude.json`. */
  readonly file: string;
}

/** What Claude Code's files say. */
export interface RegistrationReport {
  /** The servers that Claude Code would start. Of a name that is used twice, only the one that wins. */
  readonly registrations: readonly Registration[];
  /** Servers that Claude Code ignores because another one of the same name wins. */
  readonly hidden: readonly Registration[];
  /** Servers of plugins that Claude Code drops, since another registration has the same command line (docs/claude-code.md#plugins). */
  readonly dropped: readonly Registration[];
  /** Plugins that are on, with the folder that Claude Code uses. */
  readonly plugins: readonly EnabledPlugin[];
  /** Plugins that are on and start nothing, since their folder is gone. */
  readonly gonePlugins: readonly EnabledPlugin[];
  readonly trust: ProjectTrust;
  /** Files that could not be read. */
  readonly problems: readonly FileProblem[];
}

/** Reads the registrations that apply in a directory. Never throws. */
export function readRegistrations(claude: ClaudeContext): RegistrationReport {
  const problems: FileProblem[] = [];
  const read = createObjectReader(problems);
  const userFile = findUserFile(claude);
  // For its problems alone: the rules in it are read with those of the other files.
  read(MANAGED_SETTINGS);
  const project = findProjectKey(claude.cwd);
  const own = toObject(toObject(read(userFile)["projects"])[project]);
  const isTrusted = own["hasTrustDialogAccepted"] === true;
  const settings = listSettingsFiles(claude).map(({ file, reach }) => ({
    isUser: reach === EVERYWHERE,
    value: read(file),
  }));
  const all = [own, ...settings.map(({ value }) => value)];
  // Until the project is trusted, only the user's own settings approve (docs/claude-code.md): the rest may have come with a clone.
  const trusted = isTrusted ? all : settings.filter(({ isUser }) => isUser).map(({ value }) => value);
  const isApproved = createApproval(all, trusted);
  const entries = listServerObjects(claude).flatMap(({ scope, file, path }) =>
    toEntries(
      path.reduce<unknown>((value, key) => toObject(value)[key], read(file)),
      scope,
      file,
    ),
  );
  const names = entries.map(({ name }) => name);
  const pick = (isFirst: boolean): Registration[] =>
    entries
      .filter(({ name }, at) => (names.indexOf(name) === at) === isFirst)
      .flatMap((entry) => toRegistration(entry, claude.env, isApproved) ?? []);
  const registrations = pick(true);
  const plugins = readPlugins(claude, isTrusted, read);
  const started = registrations.filter(({ approval }) => approval !== "disabled");
  const isDropped = (server: Registration): boolean => started.some((other) => hasSameCommandLine(server, other));
  return {
    registrations: [...registrations, ...plugins.servers.filter((server) => !isDropped(server))],
    hidden: pick(false),
    dropped: plugins.servers.filter(isDropped),
    plugins: plugins.there,
    gonePlugins: plugins.gone,
    trust: { isTrusted, project, file: userFile },
    problems,
  };
}

// Claude Code compares the words; the environment may differ.
function hasSameCommandLine(one: Registration, other: Registration): boolean {
  return JSON.stringify([one.command, ...one.args]) === JSON.stringify([other.command, ...other.args]);
}

interface Entry {
  readonly name: string;
  readonly scope: Registration["scope"];
  readonly file: string;
  readonly value: unknown;
}

function toEntries(servers: unknown, scope: Registration["scope"], file: string): Entry[] {
  return Object.entries(toObject(servers)).map(([name, value]) => ({ name, scope, file, value }));
}

function toRegistration(
  { name, scope, file, value }: Entry,
  env: ClaudeContext["env"],
  readApproval: (name: string) => Registration["approval"],
): Registration | undefined {
  const entry = toObject(value);
  const { command, timeout } = entry;
  if (typeof command !== "string") return undefined;
  const texts = Array.isArray(entry["args"]) ? entry["args"].filter((word) => typeof word === "string") : [];
  const variables = Object.entries(toObject(entry["env"])).map(
    ([key, text]) => [key, expand(String(text), env)] as const,
  );
  return {
    name,
    scope,
    file,
    command: expand(command, env),
    args: texts.map((word) => expand(word, env)),
    env: Object.fromEntries(variables),
    timeoutMs: typeof timeout === "number" ? timeout : undefined,
    approval: scope === "project" ? readApproval(name) : "not needed",
  };
}

type Settings = Readonly<Record<string, unknown>>;

// Whoever wrote the settings may disable a server; only `trusted` ones approve it.
function createApproval(
  all: readonly Settings[],
  trusted: readonly Settings[],
): (name: string) => Registration["approval"] {
  const names = (sources: readonly Settings[], key: string): unknown[] =>
    sources.flatMap((source) => (Array.isArray(source[key]) ? source[key] : []));
  const [disabled, enabled] = [names(all, "disabledMcpjsonServers"), names(trusted, "enabledMcpjsonServers")];
  const isAllEnabled = trusted.some((source) => source["enableAllProjectMcpServers"] === true);
  return (name) => {
    if (disabled.includes(name)) return "disabled";
    return isAllEnabled || enabled.includes(name) ? "approved" : "pending";
  };
}
