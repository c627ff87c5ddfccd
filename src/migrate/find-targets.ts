// Which files to look into: Claude Code's own for this directory, or those that were named.
import { basename, dirname, join, resolve } from "node:path";
import {
  type ClaudePlaces,
  findProjectRoot,
  findUserFile,
  findUserFolder,
  listServerPlaces,
  listSettingsFiles,
  type RegistrationScope,
} from "../claude-code/places.ts";
import { findPlugin, MANIFEST, PLUGIN_FOLDER } from "./find-plugin.ts";
import type { Json } from "./json-value.ts";
import { isFolder, isThere } from "./paths.ts";
import { listAnyEntries, listEntries, type SkippedPath, type Target } from "./target.ts";

/** What was found to look into. */
export interface Targets {
  readonly servers: readonly Target[];
  /** Files that may have permission rules and hooks. */
  readonly settings: readonly string[];
  /** Folders and files with texts for Claude that may name tools: agents, commands, skills, CLAUDE.md. */
  readonly texts: readonly string[];
  /** Where other servers may stand that use the same settings. */
  readonly others: readonly Target[];
  /** Projects whose own rules in `.claude.json` are meant. */
  readonly projects: readonly string[];
  readonly skipped: readonly SkippedPath[];
}

/** The files that hold for a directory, of these scopes. */
export function findClaudeTargets(places: ClaudePlaces, scopes: readonly RegistrationScope[]): Targets {
  const user = findUserFile(places);
  const all = listServerPlaces(places)
    .filter(({ file }) => isThere(file))
    .map(({ scope, file, path }) => ({
      scope,
      file,
      isShared: scope === "project",
      holds: (root: Json) => listEntries(root, path),
    }));
  const root = findProjectRoot(places.cwd);
  return {
    servers: all.filter(({ scope }) => scopes.includes(scope)),
    settings: [...listSettingsFiles(places), user].filter(isThere),
    texts: [findUserFolder(places), ...new Set([root, places.cwd])].flatMap((folder) => listTexts(folder)),
    others: [...all, ...listUserServers(user)],
    projects: [root],
    skipped: [],
  };
}

/** The files that paths name: files, plugins, or directories of a project. The user's own settings hold for each of them. */
export function findNamedTargets(paths: readonly string[], places: ClaudePlaces): Targets {
  const user = findUserFile(places);
  const found = paths.map((path) => findNamed(path, resolve(places.cwd, path)));
  const own = { ...NOTHING, settings: [join(findUserFolder(places), "settings.json"), user].filter(isThere) };
  const all = [...found, own];
  return {
    servers: all.flatMap(({ servers }) => servers),
    settings: all.flatMap(({ settings }) => settings),
    texts: all.flatMap(({ texts }) => texts),
    others: listUserServers(user),
    projects: all.flatMap(({ projects }) => projects),
    skipped: all.flatMap(({ skipped }) => skipped),
  };
}

type Found = Omit<Targets, "others">;

const NOTHING: Found = { servers: [], settings: [], texts: [], projects: [], skipped: [] };

// Every server of the user's file, those of other projects too.
function listUserServers(file: string): Target[] {
  return isThere(file) ? [{ file, isShared: false, holds: listAnyEntries }] : [];
}

function findNamed(name: string, path: string): Found {
  if (isFolder(path)) return findInFolder(name, basename(path) === PLUGIN_FOLDER ? dirname(path) : path);
  if (!isThere(path)) return skip(name);
  if (/^settings(\.local)?\.json$/.test(basename(path))) return { ...NOTHING, settings: [path] };
  const isManifest = basename(path) === MANIFEST && basename(dirname(path)) === PLUGIN_FOLDER;
  if (isManifest) return { ...NOTHING, ...findPlugin(dirname(dirname(path))) };
  const isUserFile = basename(path) === ".claude.json";
  return {
    ...NOTHING,
    servers: [{ file: path, isShared: !isUserFile, holds: listAnyEntries }],
    settings: [...(isUserFile ? [path] : []), ...listFolderSettings(dirname(path))],
    projects: isUserFile ? [] : [findProjectRoot(dirname(path))],
  };
}

function findInFolder(name: string, folder: string): Found {
  const plugin = isThere(join(folder, PLUGIN_FOLDER, MANIFEST)) ? findPlugin(folder) : undefined;
  const servers = join(folder, ".mcp.json");
  const project = isThere(servers) ? [{ file: servers, isShared: true, holds: listAnyEntries }] : [];
  const settings = listFolderSettings(folder);
  const found = { ...NOTHING, servers: project, projects: [findProjectRoot(folder)], ...plugin };
  if (found.servers.length + settings.length === 0) return skip(name);
  return { ...found, settings, texts: [...listTexts(folder), ...found.texts] };
}

function skip(path: string): Found {
  return { ...NOTHING, skipped: [{ path, reason: "no registrations of MCP servers there" }] };
}

function listFolderSettings(folder: string): string[] {
  return ["settings.json", "settings.local.json"].map((name) => join(folder, ".claude", name)).filter(isThere);
}

// In a project below `.claude`, in the user's own folder and in a plugin at the top.
function listTexts(folder: string): string[] {
  const inside = [folder, join(folder, ".claude")];
  return inside
    .flatMap((base) => ["agents", "commands", "skills", "CLAUDE.md"].map((name) => join(base, name)))
    .filter(isThere);
}
