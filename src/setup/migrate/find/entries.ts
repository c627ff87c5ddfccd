// The registrations of MCP servers in a file, by the forms that such files have.
import { toToolPrefix } from "../../../clients/claude-code/permission-rules.ts";
import { EVERYWHERE } from "../../../clients/claude-code/places.ts";
import type { JsonValue } from "../../../domain/json.ts";
import { isInside } from "../../../domain/sandbox.ts";
import { isList, isObject, type JsonPath, readAt } from "../edit/json-value.ts";

/** A registration in a file. */
export interface ServerEntry {
  readonly name: string;
  /** Keys to it from the top of its file. */
  readonly path: JsonPath;
  readonly value: JsonValue | undefined;
  /** Folder below which it holds; `/` for one that holds in every project. */
  readonly reach: string;
  /** What permission rules call it: `mcp__codex`. Its tools are `mcp__codex__…`. */
  readonly prefix: string;
}

/** A file to look into. */
export interface ServerFile {
  readonly file: string;
  /** Whether the file is meant for others too: a project's, a plugin's. */
  readonly isShared: boolean;
  /** The registrations in it. */
  readonly list: (root: JsonValue) => readonly ServerEntry[];
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
export function listEntries(root: JsonValue, path: JsonPath, { reach, plugin }: Holding): ServerEntry[] {
  const servers = readAt(root, path);
  if (!isObject(servers)) return [];
  return Object.entries(servers).map(([name, value]) => ({
    name,
    path: [...path, name],
    value,
    prefix: toToolPrefix(plugin === undefined ? name : `plugin_${plugin}_${name}`),
    reach,
  }));
}

/** All registrations of a file of servers: below `mcpServers`, or at its top as in a plugin's. */
export function listFileEntries(root: JsonValue, holding: Holding): ServerEntry[] {
  return listEntries(root, readAt(root, ["mcpServers"]) === undefined ? [] : ["mcpServers"], holding);
}

/** All registrations of `.claude.json`: the user's, and those of each project. */
export function listUserEntries(root: JsonValue): ServerEntry[] {
  const ofProjects = listProjects(root).flatMap((reach) =>
    listEntries(root, ["projects", reach, "mcpServers"], { reach }),
  );
  return [...listEntries(root, ["mcpServers"], { reach: EVERYWHERE }), ...ofProjects];
}

/** The projects that `.claude.json` knows. */
export function listProjects(root: JsonValue): string[] {
  const projects = readAt(root, ["projects"]);
  return isObject(projects) ? Object.keys(projects) : [];
}

/** The registrations in a plugin's manifest: an object of them, or a list with such objects among names of files. */
export function listManifestEntries(root: JsonValue, plugin: string | undefined): ServerEntry[] {
  const servers = readAt(root, ["mcpServers"]);
  const paths: JsonPath[] = isList(servers) ? servers.map((_, at) => ["mcpServers", at]) : [["mcpServers"]];
  return paths.flatMap((path) => listEntries(root, path, { reach: EVERYWHERE, plugin }));
}
