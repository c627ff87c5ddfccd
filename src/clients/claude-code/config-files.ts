// The files in which Claude Code keeps its registrations and settings (docs/claude-code.md#registrations).
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { findMainRoot } from "../../files/work-tree.ts";

/** The environment and directory in which Claude Code is started. They decide which files it reads. */
export interface ClaudeContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** Settings of the machine's administrator. */
export const MANAGED_SETTINGS =
  process.platform === "darwin"
    ? "/Library/Application Support/ClaudeCode/managed-settings.json"
    : "/etc/claude-code/managed-settings.json";

/** Scopes of a registration. If a name is used twice, the first one here wins. */
export const REGISTRATION_SCOPES = ["local", "project", "user"] as const;

/** One of the scopes. */
export type RegistrationScope = (typeof REGISTRATION_SCOPES)[number];

/** The object of a file that lists servers by name. */
export interface ServerObject {
  readonly scope: RegistrationScope;
  readonly file: string;
  /** Keys from the top of the file to the object. */
  readonly path: readonly string[];
  /** The folder below which they apply. */
  readonly reach: string;
}

/** A settings file, and the folder below which it applies. */
export interface SettingsFile {
  readonly file: string;
  readonly reach: string;
}

/** The folder of settings that apply in every project. */
export const EVERYWHERE = "/";

/** The objects in which servers for a directory can be registered, in the order of preference. */
export function listServerObjects(claude: ClaudeContext): ServerObject[] {
  const user = findUserFile(claude);
  const root = findProjectRoot(claude.cwd);
  return [
    { scope: "local", file: user, path: ["projects", findProjectKey(claude.cwd), "mcpServers"], reach: root },
    ...listAncestors(claude.cwd).map(
      (reach): ServerObject => ({ scope: "project", file: join(reach, ".mcp.json"), path: ["mcpServers"], reach }),
    ),
    { scope: "user", file: user, path: ["mcpServers"], reach: EVERYWHERE },
  ];
}

/** The settings files that apply in a directory: the user's, then the project's. */
export function listSettingsFiles({ env, cwd }: ClaudeContext): SettingsFile[] {
  const user = { file: join(findUserFolder({ env, cwd }), "settings.json"), reach: EVERYWHERE };
  return [user, ...[...new Set([cwd, findProjectRoot(cwd)])].flatMap(listFolderSettings)];
}

/** The settings files of a project's own folder. */
export function listFolderSettings(reach: string): SettingsFile[] {
  return ["settings.json", "settings.local.json"].map((name) => ({ file: join(reach, ".claude", name), reach }));
}

/** The folder with the user's own settings, agents, commands and skills. */
export function findUserFolder({ env }: ClaudeContext): string {
  return findConfigFolder(env) ?? join(findHome(env), ".claude");
}

/** The file with the servers of user and local scope. */
export function findUserFile({ env }: ClaudeContext): string {
  return join(findConfigFolder(env) ?? findHome(env), ".claude.json");
}

/** The root of the git repository that contains a directory, otherwise the directory itself. */
export function findProjectRoot(cwd: string): string {
  // In a work tree `.git` is a file.
  return listAncestors(cwd).find((folder) => existsSync(join(folder, ".git"))) ?? cwd;
}

/**
 * Name of the directory's project in `.claude.json`: the root of its repository. A linked work tree goes by the root of the main one
 * (observed with 2.1.329: `claude mcp add -s local` writes there, and its trust is read there).
 */
export function findProjectKey(cwd: string): string {
  const root = findProjectRoot(cwd);
  return findMainRoot(root) ?? root;
}

// An empty variable is none.
function findConfigFolder(env: ClaudeContext["env"]): string | undefined {
  return env["CLAUDE_CONFIG_DIR"] === "" ? undefined : env["CLAUDE_CONFIG_DIR"];
}

function findHome(env: ClaudeContext["env"]): string {
  return env["HOME"] ?? homedir();
}

function listAncestors(cwd: string): string[] {
  const above = dirname(cwd);
  return above === cwd ? [cwd] : [cwd, ...listAncestors(above)];
}
