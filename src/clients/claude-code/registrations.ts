// Reads from Claude Code's own files which MCP servers it would start in a directory.
import { isRecord } from "../../domain/guards.ts";
import { readSmallText } from "../../files/small-file.ts";
import {
  type ClaudeContext,
  EVERYWHERE,
  findProjectKey,
  findUserFile,
  listServerObjects,
  listSettingsFiles,
  type RegistrationScope,
} from "./config-files.ts";

/** A stdio server registered with Claude Code. */
export interface Registration {
  readonly name: string;
  /** If a name is used twice, local wins over project, and project over user. */
  readonly scope: RegistrationScope;
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
  readonly trust: ProjectTrust;
  /** Files that could not be read. */
  readonly problems: readonly { readonly file: string; readonly reason: string }[];
}

/** Claude Code never writes a larger file. */
const MAX_BYTES = 67_108_864;

/** Reads the registrations that apply in a directory. Never throws. */
export function readRegistrations(claude: ClaudeContext): RegistrationReport {
  const problems: { file: string; reason: string }[] = [];
  const contents = new Map<string, Record<string, unknown>>();
  const read = (file: string): Record<string, unknown> => {
    const known = contents.get(file) ?? readObject(file, problems);
    contents.set(file, known);
    return known;
  };
  const userFile = findUserFile(claude);
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
  return { registrations: pick(true), hidden: pick(false), trust: { isTrusted, project, file: userFile }, problems };
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

/** A text as Claude Code expands it: `${NAME}` and `${NAME:-default}`. A variable that is not set stays as it is written. */
export function expand(text: string, env: ClaudeContext["env"]): string {
  return text.replace(/\$\{(\w+)(?::-([^}]*))?\}/g, (whole, name: string, fallback: string | undefined) => {
    return env[name] ?? fallback ?? whole;
  });
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

function readObject(file: string, problems: { file: string; reason: string }[]): Record<string, unknown> {
  try {
    return toObject(JSON.parse(readSmallText(file, MAX_BYTES).replace(/^\ufeff/, "")));
  } catch (error) {
    const isMissing = isRecord(error) && ["ENOENT", "ENOTDIR"].includes(String(error["code"]));
    if (!isMissing) problems.push({ file, reason: error instanceof SyntaxError ? "is not JSON" : "cannot be read" });
    return {};
  }
}

function toObject(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}
