// Looks into a plugin: the servers of its manifest, of the files that the manifest names and of its `.mcp.json`, its hooks and texts for Claude.
// Observed with `claude plugin validate` 2.1.329: `mcpServers` is an object, a path, or a list of both; variables are not expanded.
import { realpathSync } from "node:fs";
import { join, resolve } from "node:path";
import { EVERYWHERE, type SettingsFile } from "../../../clients/claude-code/config-files.ts";
import type { JsonValue } from "../../../domain/json.ts";
import { isInside } from "../../../domain/sandbox.ts";
import { parseJson, readAt } from "../../files/json-value.ts";
import { isThere } from "../../files/paths.ts";
import { readWholeFile } from "../../files/whole-file.ts";
import { listFileEntries, listManifestEntries, type ServerFile } from "./entries.ts";

/** Folder of the manifest, inside the plugin's folder. */
export const PLUGIN_FOLDER = ".claude-plugin";
/** File name of the manifest. */
export const MANIFEST = "plugin.json";
const HOOKS = join("hooks", "hooks.json");

/** A path that is skipped, and why. */
export interface SkippedPath {
  readonly path: string;
  readonly reason: string;
}

/** The files of a plugin, and the skipped paths of its manifest. */
export interface PluginFiles {
  readonly servers: readonly ServerFile[];
  /** Files with hooks. */
  readonly settings: readonly SettingsFile[];
  readonly texts: readonly string[];
  readonly skipped: readonly SkippedPath[];
}

/** Looks into a plugin's folder. */
export function findPlugin(folder: string): PluginFiles {
  const manifest = join(folder, PLUGIN_FOLDER, MANIFEST);
  const { name, files } = readManifest(manifest);
  const named = [...files, ...(isThere(join(folder, ".mcp.json")) ? [".mcp.json"] : [])];
  const paths = named.map((path) => ({ path, file: resolve(folder, path), reason: findReason(folder, path) }));
  const own = paths.filter(({ reason }) => reason === undefined);
  return {
    servers: [
      { file: manifest, isShared: true, list: (root) => listManifestEntries(root, name) },
      ...own.map(({ file }) => ({
        file,
        isShared: true,
        list: (root: JsonValue) => listFileEntries(root, { reach: EVERYWHERE, plugin: name }),
      })),
    ],
    settings: [manifest, join(folder, HOOKS)].filter(isThere).map((file) => ({ file, reach: EVERYWHERE })),
    texts: ["agents", "commands", "skills"].map((base) => join(folder, base)).filter(isThere),
    skipped: paths.flatMap(({ path, reason }) => (reason === undefined ? [] : [{ path, reason }])),
  };
}

// A broken manifest is reported later, when its servers are read.
function readManifest(file: string): { name: string | undefined; files: readonly string[] } {
  try {
    const root = parseJson(readWholeFile(file)?.text ?? "");
    const [name, servers] = [readAt(root, ["name"]), readAt(root, ["mcpServers"])];
    const files = Array.isArray(servers) ? servers : [servers];
    return {
      name: typeof name === "string" ? name : undefined,
      files: files.filter((path) => typeof path === "string"),
    };
  } catch {
    return { name: undefined, files: [] };
  }
}

// A plugin comes from somebody else, so it must not choose which files of this machine are changed.
function findReason(folder: string, path: string): string | undefined {
  const file = resolve(folder, path);
  if (!isThere(file)) return "the plugin's manifest names it, but it is not there";
  return isOwn(folder, file) ? undefined : "the plugin names it, but it is not a file of the plugin";
}

function isOwn(folder: string, file: string): boolean {
  try {
    return isInside(realpathSync(file), realpathSync(folder));
  } catch {
    // A broken link inside the plugin is kept, and reported when it is read.
    return isInside(file, folder);
  }
}
