// The MCP servers that Claude Code would start in a directory, as its own files say. Only read.
// Places observed with Claude Code 2.1.329: `.mcp.json` of the directory and of every one above it, `.claude.json` in the home
// directory or in CLAUDE_CONFIG_DIR, its `projects` keyed by the root of the git repository.
import { existsSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { isRecord } from "../domain/guards.ts";

/** A stdio server of Claude Code's. */
export interface Registration {
  readonly name: string;
  /** In the order in which Claude Code prefers them where a name is used twice: local, project, user. */
  readonly scope: "local" | "project" | "user";
  /** File that holds it. */
  readonly file: string;
  /** Variables are expanded, as Claude Code does it. */
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Hard limit on a call, in ms. */
  readonly timeoutMs: number | undefined;
  /** Servers of `.mcp.json` start only once the user has approved them (print mode starts them all the same). */
  readonly approval: "not needed" | "approved" | "pending" | "disabled";
}

/** What Claude Code's files say. */
export interface RegistrationReport {
  /** A name that is used twice stands where Claude Code takes it from, and only there. */
  readonly registrations: readonly Registration[];
  /** Files that could not be read. */
  readonly problems: readonly { readonly file: string; readonly reason: string }[];
}

/** A larger file is none of Claude Code's. */
const MAX_BYTES = 67_108_864;

/** Where to look. */
export interface RegistrationPlaces {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** Reads the registrations that hold in a directory. Never throws. */
export function readRegistrations({ env, cwd }: RegistrationPlaces): RegistrationReport {
  const problems: { file: string; reason: string }[] = [];
  const read = (file: string): Record<string, unknown> => readObject(file, problems);
  const root = findProjectRoot(cwd);
  const home = env["HOME"] ?? homedir();
  const configDir = env["CLAUDE_CONFIG_DIR"];
  const userFile = join(configDir ?? home, ".claude.json");
  const user = read(userFile);
  const project = toObject(toObject(user["projects"])[root]);
  const settings = [join(configDir ?? join(home, ".claude"), "settings.json"), ...listSettings(cwd, root)].map(read);
  const isApproved = createApproval([project, ...settings]);
  const entries = [
    ...toEntries(project["mcpServers"], "local", userFile),
    ...listAncestors(cwd).flatMap((folder) => {
      const file = join(folder, ".mcp.json");
      return toEntries(read(file)["mcpServers"], "project", file);
    }),
    ...toEntries(user["mcpServers"], "user", userFile),
  ];
  const names = entries.map(({ name }) => name);
  const registrations = entries
    .filter(({ name }, at) => names.indexOf(name) === at)
    .flatMap((entry) => toRegistration(entry, env, isApproved) ?? []);
  return { registrations, problems };
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
  env: RegistrationPlaces["env"],
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

// `${NAME}` and `${NAME:-default}`; a variable that is not set stays as it is written.
function expand(text: string, env: RegistrationPlaces["env"]): string {
  return text.replace(/\$\{(\w+)(?::-([^}]*))?\}/g, (whole, name: string, fallback: string | undefined) => {
    return env[name] ?? fallback ?? whole;
  });
}

function createApproval(sources: readonly Record<string, unknown>[]): (name: string) => Registration["approval"] {
  const names = (key: string): unknown[] =>
    sources.flatMap((source) => (Array.isArray(source[key]) ? source[key] : []));
  const [disabled, enabled] = [names("disabledMcpjsonServers"), names("enabledMcpjsonServers")];
  const all = sources.some((source) => source["enableAllProjectMcpServers"] === true);
  return (name) => {
    if (disabled.includes(name)) return "disabled";
    return all || enabled.includes(name) ? "approved" : "pending";
  };
}

function listSettings(cwd: string, root: string): string[] {
  return [...new Set([cwd, root])].flatMap((folder) =>
    ["settings.json", "settings.local.json"].map((name) => join(folder, ".claude", name)),
  );
}

// `.git` is a file in a worktree.
function findProjectRoot(cwd: string): string {
  return listAncestors(cwd).find((folder) => existsSync(join(folder, ".git"))) ?? cwd;
}

function listAncestors(cwd: string): string[] {
  const above = dirname(cwd);
  return above === cwd ? [cwd] : [cwd, ...listAncestors(above)];
}

function readObject(file: string, problems: { file: string; reason: string }[]): Record<string, unknown> {
  try {
    const stat = statSync(file);
    // A pipe would be waited for.
    if (!stat.isFile() || stat.size > MAX_BYTES) throw new Error("not a file that can be read");
    return toObject(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    const isMissing = isRecord(error) && ["ENOENT", "ENOTDIR"].includes(String(error["code"]));
    if (!isMissing) problems.push({ file, reason: error instanceof SyntaxError ? "is not JSON" : "cannot be read" });
    return {};
  }
}

function toObject(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}
