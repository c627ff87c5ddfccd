// Finds the files to look into: those that Claude Code reads in this directory, or those that the user named.
import { realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import {
  type ClaudeContext,
  EVERYWHERE,
  findProjectKey,
  findProjectRoot,
  findUserFile,
  findUserFolder,
  listServerObjects,
  listSettingsFiles,
  type RegistrationScope,
  type SettingsFile,
} from "../../../clients/claude-code/config-files.ts";
import type { JsonValue } from "../../../domain/json.ts";
import { isFolder, isThere } from "../../files/paths.ts";
import { listEntries, listFileEntries, listUserEntries, type ServerFile } from "./entries.ts";
import { findPlugin, MANIFEST, PLUGIN_FOLDER, type SkippedPath } from "./plugin.ts";

/** The files and folders to look into. */
export interface Targets {
  readonly servers: readonly ServerFile[];
  /** Files that may contain permission rules and hooks. */
  readonly settings: readonly SettingsFile[];
  /** Files and folders with texts for Claude, which may name tools. */
  readonly texts: readonly string[];
  /** Files that may register other servers, to which the same settings apply. */
  readonly others: readonly ServerFile[];
  /** Claude Code's own file, which lists the user's projects. */
  readonly userFile: string;
  readonly skipped: readonly SkippedPath[];
}

/** Finds the files of these scopes that apply in a directory. */
export function findClaudeTargets(claude: ClaudeContext, scopes: readonly RegistrationScope[]): Targets {
  const all = listServerObjects(claude)
    .filter(({ file }) => isThere(file))
    .map(({ scope, file, path, reach }) => ({
      scope,
      file,
      isShared: scope === "project",
      list: (root: JsonValue) => listEntries(root, path, { reach }),
    }));
  const root = findProjectRoot(claude.cwd);
  return {
    ...listUserParts(claude),
    servers: all.filter(({ scope }) => scopes.includes(scope)),
    settings: listSettingsFiles(claude).filter(({ file }) => isThere(file)),
    texts: [findUserFolder(claude), ...new Set([root, claude.cwd])].flatMap((folder) => listTexts(folder)),
    others: [...all, ...listUserParts(claude).others],
    skipped: [],
  };
}

/** Finds the files behind these paths: files, plugins or folders of projects. The user's own settings apply to each of them. */
export function findNamedTargets(paths: readonly string[], claude: ClaudeContext): Targets {
  const found = paths.map((path) => findNamed(path, toRealFolder(resolve(claude.cwd, path)), claude));
  const own = { file: join(findUserFolder(claude), "settings.json"), reach: EVERYWHERE };
  return {
    ...listUserParts(claude),
    servers: found.flatMap(({ servers }) => servers),
    settings: [own, ...found.flatMap(({ settings }) => settings)].filter(({ file }) => isThere(file)),
    texts: found.flatMap(({ texts }) => texts),
    skipped: found.flatMap(({ skipped }) => skipped),
  };
}

// All servers of the user's file are listed as others; those that the user asked for are told apart later.
function listUserParts(claude: ClaudeContext): Pick<Targets, "others" | "userFile"> {
  const userFile = findUserFile(claude);
  const others = isThere(userFile) ? [{ file: userFile, isShared: false, list: listUserEntries }] : [];
  return { userFile, others };
}

// Claude Code knows a project by its real path.
function toRealFolder(path: string): string {
  return isFolder(path) ? realpathSync(path) : path;
}

type Found = Pick<Targets, "servers" | "settings" | "texts" | "skipped">;

const NOTHING: Found = { servers: [], settings: [], texts: [], skipped: [] };

function findNamed(name: string, path: string, claude: ClaudeContext): Found {
  if (isFolder(path)) {
    return findInFolder(name, basename(path) === PLUGIN_FOLDER ? dirname(path) : path, claude);
  }
  if (!isThere(path)) return skip(name);
  const folder = dirname(path);
  if (/^settings(\.local)?\.json$/.test(basename(path))) {
    return { ...NOTHING, settings: [{ file: path, reach: basename(folder) === ".claude" ? dirname(folder) : folder }] };
  }
  if (basename(path) === MANIFEST && basename(folder) === PLUGIN_FOLDER) return findPlugin(dirname(folder));
  if (basename(path) === ".mcp.json" && isThere(join(folder, PLUGIN_FOLDER, MANIFEST))) return findPlugin(folder);
  if (basename(path) === ".claude.json") {
    return { ...NOTHING, servers: [{ file: path, isShared: false, list: listUserEntries }] };
  }
  return { ...NOTHING, servers: [toServersFile(path)], settings: listProjectSettings(folder, claude) };
}

// A project's servers are in its own file and in the user's.
function findInFolder(name: string, folder: string, claude: ClaudeContext): Found {
  const plugin = isThere(join(folder, PLUGIN_FOLDER, MANIFEST)) ? findPlugin(folder) : NOTHING;
  const servers = join(folder, ".mcp.json");
  const reach = findProjectRoot(folder);
  const user = findUserFile(claude);
  const local: ServerFile = {
    file: user,
    isShared: false,
    list: (root) => listEntries(root, ["projects", findProjectKey(folder), "mcpServers"], { reach }),
  };
  const settings = listProjectSettings(folder, claude);
  const isPlugin = plugin.servers.length > 0;
  if (!isPlugin && !isThere(servers) && settings.length === 0 && !isThere(user)) return skip(name);
  return {
    servers: [
      ...plugin.servers,
      ...(isPlugin || !isThere(servers) ? [] : [toServersFile(servers)]),
      ...(isThere(user) ? [local] : []),
    ],
    settings: [...settings, ...plugin.settings],
    texts: [...listTexts(folder), ...plugin.texts],
    skipped: plugin.skipped,
  };
}

function toServersFile(file: string): ServerFile {
  return { file, isShared: true, list: (root) => listFileEntries(root, { reach: dirname(file) }) };
}

function skip(path: string): Found {
  return { ...NOTHING, skipped: [{ path, reason: "no registrations of MCP servers there" }] };
}

// The settings of the folder and of its repository, without the user's.
function listProjectSettings(folder: string, claude: ClaudeContext): SettingsFile[] {
  return listSettingsFiles({ ...claude, cwd: folder }).filter(
    ({ file, reach }) => reach !== EVERYWHERE && isThere(file),
  );
}

// In a project the texts are in `.claude`; in the user's folder and in a plugin they are at the top.
function listTexts(folder: string): string[] {
  const names = ["agents", "commands", "skills", "rules", "CLAUDE.md", "CLAUDE.local.md"];
  return [folder, join(folder, ".claude")].flatMap((base) => names.map((name) => join(base, name))).filter(isThere);
}
