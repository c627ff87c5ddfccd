// Which files to look into: Claude Code's own for this directory, or those that were named.
import { lstatSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import {
  type ClaudePlaces,
  findProjectRoot,
  findUserFile,
  listServerPlaces,
  listSettingsFiles,
  type RegistrationScope,
} from "../claude-code/places.ts";
import { isRecord } from "../domain/guards.ts";
import { type Json, type JsonPath, parseJson, readAt } from "./json-edit.ts";
import type { ServerEntry } from "./server-plan.ts";

/** A file to look into. */
export interface Target {
  readonly file: string;
  /** Whether the file is meant for others too: a project's, a plugin's. */
  readonly isShared: boolean;
  /** The registrations in it. */
  readonly holds: (root: Json) => readonly ServerEntry[];
}

/** What was found to look into. */
export interface Targets {
  readonly servers: readonly Target[];
  /** Files that may have permission rules. */
  readonly settings: readonly string[];
  /** Where other servers may stand that use the same settings. */
  readonly others: readonly Target[];
  /** Project whose own rules in `.claude.json` are meant. */
  readonly project: string;
  /** Named paths that are none of these. */
  readonly unknown: readonly string[];
}

const PLUGIN_FOLDER = ".claude-plugin";
const MANIFEST = "plugin.json";

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
  const projects = { file: user, isShared: false, holds: (root: Json) => listAnyEntries(root) };
  return {
    servers: all.filter(({ scope }) => scopes.includes(scope)),
    settings: [...listSettingsFiles(places), user].filter(isThere),
    others: isThere(user) ? [...all, projects] : all,
    project: findProjectRoot(places.cwd),
    unknown: [],
  };
}

/** The files that paths name: files, plugins, or directories of a project. */
export function findNamedTargets(paths: readonly string[], cwd: string): Targets {
  const found = paths.map((path) => ({ path, targets: findNamed(resolve(cwd, path)) }));
  return {
    servers: found.flatMap(({ targets }) => targets.servers),
    settings: found.flatMap(({ targets }) => targets.settings),
    others: [],
    project: findProjectRoot(cwd),
    unknown: found
      .filter(({ targets: { servers, settings } }) => servers.length + settings.length === 0)
      .map(({ path }) => path),
  };
}

function findNamed(path: string): Pick<Targets, "servers" | "settings"> {
  if (isFolder(path)) return findInFolder(path);
  if (!isThere(path)) return { servers: [], settings: [] };
  if (/^settings(\.local)?\.json$/.test(basename(path))) return { servers: [], settings: [path] };
  if (basename(path) === MANIFEST) return { servers: toPlugin(path), settings: [] };
  const isUserFile = basename(path) === ".claude.json";
  return {
    servers: [toServersFile(path)],
    settings: isUserFile ? [path] : listFolderSettings(dirname(path)).filter(isThere),
  };
}

function findInFolder(folder: string): Pick<Targets, "servers" | "settings"> {
  const manifest = join(folder, PLUGIN_FOLDER, MANIFEST);
  const servers = join(folder, ".mcp.json");
  const isPlugin = isThere(manifest);
  return {
    servers: [
      ...(isPlugin ? toPlugin(manifest) : []),
      ...(isThere(servers) ? [toServersFile(servers, isPlugin ? readManifest(manifest).name : undefined)] : []),
    ],
    settings: listFolderSettings(folder).filter(isThere),
  };
}

function listFolderSettings(folder: string): string[] {
  return ["settings.json", "settings.local.json"].map((name) => join(folder, ".claude", name));
}

// A manifest holds its servers, or names a file that does.
function toPlugin(file: string): Target[] {
  const { name, serversFile } = readManifest(file);
  const named = serversFile === undefined ? undefined : resolve(dirname(dirname(file)), serversFile);
  return [
    { file, isShared: true, holds: (root) => listEntries(root, ["mcpServers"], name) },
    ...(named === undefined || !isThere(named) ? [] : [toServersFile(named, name)]),
  ];
}

// What is wrong with a manifest is told when its servers are looked for.
function readManifest(file: string): { name: string | undefined; serversFile: string | undefined } {
  try {
    const root = parseJson(readFileSync(file, "utf8"));
    const [name, servers] = [readAt(root, ["name"]), readAt(root, ["mcpServers"])];
    return { name: toText(name), serversFile: toText(servers) };
  } catch {
    return { name: undefined, serversFile: undefined };
  }
}

function toText(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function toServersFile(file: string, plugin?: string): Target {
  return { file, isShared: basename(file) !== ".claude.json", holds: (root) => listAnyEntries(root, plugin) };
}

// A file of servers has them below `mcpServers`, `.claude.json` by project too, and the one of a plugin may be nothing else.
function listAnyEntries(root: Json, plugin?: string): ServerEntry[] {
  const projects = readAt(root, ["projects"]);
  const paths: JsonPath[] = [
    ["mcpServers"],
    ...(isRecord(projects) ? Object.keys(projects).map((project) => ["projects", project, "mcpServers"]) : []),
  ];
  const entries = paths.flatMap((path) => listEntries(root, path, plugin));
  return readAt(root, ["mcpServers"]) === undefined && projects === undefined ? listEntries(root, [], plugin) : entries;
}

function listEntries(root: Json, path: JsonPath, plugin?: string): ServerEntry[] {
  const servers = readAt(root, path);
  if (!isRecord(servers)) return [];
  return Object.keys(servers).map((name) => ({
    name,
    path: [...path, name],
    value: readAt(root, [...path, name]),
    toolPrefix: `mcp__${plugin === undefined ? "" : `plugin_${toToolWord(plugin)}_`}${toToolWord(name)}__`,
  }));
}

// Claude Code writes `_` for what a tool's name cannot hold.
function toToolWord(name: string): string {
  return name.replace(/[^A-Za-z0-9_-]/g, "_");
}

// A link to nowhere is there: it is told as what it is.
function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
