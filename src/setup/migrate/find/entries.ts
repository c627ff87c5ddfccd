// Lists the registrations of MCP servers in a file, for each form of such files.

import { EVERYWHERE } from "../../../clients/claude-code/config-files.ts";
import { toToolPrefix } from "../../../clients/claude-code/permission-rules.ts";
import type { JsonValue } from "../../../domain/json.ts";
import { isInside } from "../../../domain/sandbox.ts";
import { isList, isObject, type JsonPath, readAt } from "../../files/json-value.ts";

/** A registration in a file. */
export interface ServerEntry {
  readonly name: string;
  /** Path to it from the root of its file. */
  readonly path: JsonPath;
  readonly value: JsonValue | undefined;
  /** Folder in and below which it applies; `/` if it applies in every project. */
  readonly reach: string;
  /** Its name in permission rules: `mcp__codex`. Its tools are `mcp__codex__…`. */
  readonly prefix: string;
}

/** A file to look into. */
export interface ServerFile {
  readonly file: string;
  /** True for files that are shared with other people: a project's or a plugin's. */
  readonly isShared: boolean;
  /** Lists the registrations in it. */
  readonly list: (root: JsonValue) => readonly ServerEntry[];
}

/** Where registrations apply, and the plugin that they belong to. */
export interface Holding {
  readonly reach: string;
  readonly plugin?: string | undefined;
}

/** Whether two reaches overlap: one folder is inside the other, or the same. */
export function isNear(reach: string, other: string): boolean {
  return isInside(reach, other) || isInside(other, reach);
}

/** Lists the registrations below a path. */
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

/** Lists the registrations of a `.mcp.json`: below `mcpServers`, or at the root, as plugins may have them. */
export function listFileEntries(root: JsonValue, holding: Holding): ServerEntry[] {
  return listEntries(root, readAt(root, ["mcpServers"]) === undefined ? [] : ["mcpServers"], holding);
}

/** Lists the registrations of `.claude.json`: the user's, and those of each project. */
export function listUserEntries(root: JsonValue): ServerEntry[] {
  const ofProjects = listProjects(root).flatMap((reach) =>
    listEntries(root, ["projects", reach, "mcpServers"], { reach }),
  );
  return [...listEntries(root, ["mcpServers"], { reach: EVERYWHERE }), ...ofProjects];
}

/** Lists the projects in `.claude.json`, by path. */
export function listProjects(root: JsonValue): string[] {
  const projects = readAt(root, ["projects"]);
  return isObject(projects) ? Object.keys(projects) : [];
}

/** Lists the registrations in a plugin's manifest: `mcpServers` is an object, or a list of such objects and names of files. */
export function listManifestEntries(root: JsonValue, plugin: string | undefined): ServerEntry[] {
  const servers = readAt(root, ["mcpServers"]);
  const paths: JsonPath[] = isList(servers) ? servers.map((_, at) => ["mcpServers", at]) : [["mcpServers"]];
  return paths.flatMap((path) => listEntries(root, path, { reach: EVERYWHERE, plugin }));
}
