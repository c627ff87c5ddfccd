// A file to look into, and the registrations in it, by the forms that such files have.
import { isRecord } from "../domain/guards.ts";
import { type Json, type JsonPath, readAt } from "./json-value.ts";
import type { ServerEntry } from "./server-plan.ts";

/** A file to look into. */
export interface Target {
  readonly file: string;
  /** Whether the file is meant for others too: a project's, a plugin's. */
  readonly isShared: boolean;
  /** The registrations in it. */
  readonly holds: (root: Json) => readonly ServerEntry[];
}

/** A path that is not looked into, and why. */
export interface SkippedPath {
  readonly path: string;
  readonly reason: string;
}

/** The registrations below a path; `plugin` is the name of the plugin that they belong to. */
export function listEntries(root: Json, path: JsonPath, plugin?: string): ServerEntry[] {
  const servers = readAt(root, path);
  if (!isRecord(servers)) return [];
  return Object.keys(servers).map((name) => ({
    name,
    path: [...path, name],
    value: readAt(root, [...path, name]),
    toolPrefix: `mcp__${plugin === undefined ? "" : `plugin_${toToolWord(plugin)}_`}${toToolWord(name)}__`,
  }));
}

/** All registrations of a file: below `mcpServers`, in `.claude.json` by project too, in one of a plugin perhaps at its top. */
export function listAnyEntries(root: Json, plugin?: string): ServerEntry[] {
  const projects = readAt(root, ["projects"]);
  const paths: JsonPath[] = [
    ["mcpServers"],
    ...(isRecord(projects) ? Object.keys(projects).map((project) => ["projects", project, "mcpServers"]) : []),
  ];
  const entries = paths.flatMap((path) => listEntries(root, path, plugin));
  return readAt(root, ["mcpServers"]) === undefined && projects === undefined ? listEntries(root, [], plugin) : entries;
}

/** The registrations in a plugin's manifest: an object of them, or a list with such objects among names of files. */
export function listManifestEntries(root: Json, plugin: string | undefined): ServerEntry[] {
  const servers = readAt(root, ["mcpServers"]);
  if (!Array.isArray(servers)) return listEntries(root, ["mcpServers"], plugin);
  return servers.flatMap((_, at) => listEntries(root, ["mcpServers", at], plugin));
}

// Claude Code writes `_` for what a tool's name cannot hold.
function toToolWord(name: string): string {
  return name.replace(/[^A-Za-z0-9_-]/g, "_");
}
