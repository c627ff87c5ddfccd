// A file to look into, and the registrations in it, by the forms that such files have.
import { EVERYWHERE } from "../../clients/claude-code/places.ts";
import { isRecord } from "../../domain/guards.ts";
import { isInside } from "../../domain/sandbox.ts";
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

/** Where registrations hold, and the plugin that they belong to. */
export interface Holding {
  readonly reach: string;
  readonly plugin?: string | undefined;
}

/** Whether what holds below the one folder meets what holds below the other. */
export function isNear(reach: string, other: string): boolean {
  return isInside(reach, other) || isInside(other, reach);
}

/** The registrations below a path. */
export function listEntries(root: Json, path: JsonPath, { reach, plugin }: Holding): ServerEntry[] {
  const servers = readAt(root, path);
  if (!isRecord(servers)) return [];
  return Object.keys(servers).map((name) => ({
    name,
    path: [...path, name],
    value: readAt(root, [...path, name]),
    toolPrefix: `mcp__${plugin === undefined ? "" : `plugin_${toToolWord(plugin)}_`}${toToolWord(name)}__`,
    reach,
  }));
}

/** All registrations of a file of servers: below `mcpServers`, or at its top as in one of a plugin. */
export function listFileEntries(root: Json, holding: Holding): ServerEntry[] {
  return listEntries(root, readAt(root, ["mcpServers"]) === undefined ? [] : ["mcpServers"], holding);
}

/** All registrations of `.claude.json`: the user's, and those of each project. */
export function listUserEntries(root: Json): ServerEntry[] {
  const ofProjects = listProjects(root).flatMap((reach) =>
    listEntries(root, ["projects", reach, "mcpServers"], { reach }),
  );
  return [...listEntries(root, ["mcpServers"], { reach: EVERYWHERE }), ...ofProjects];
}

/** The projects that `.claude.json` knows. */
export function listProjects(root: Json): string[] {
  const projects = readAt(root, ["projects"]);
  return isRecord(projects) ? Object.keys(projects) : [];
}

/** The registrations in a plugin's manifest: an object of them, or a list with such objects among names of files. */
export function listManifestEntries(root: Json, plugin: string | undefined): ServerEntry[] {
  const servers = readAt(root, ["mcpServers"]);
  const paths: JsonPath[] = Array.isArray(servers) ? servers.map((_, at) => ["mcpServers", at]) : [["mcpServers"]];
  return paths.flatMap((path) => listEntries(root, path, { reach: EVERYWHERE, plugin }));
}

// Claude Code writes `_` for what a tool's name cannot hold.
function toToolWord(name: string): string {
  return name.replace(/[^A-Za-z0-9_-]/g, "_");
}
