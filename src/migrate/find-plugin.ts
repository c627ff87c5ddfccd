// The files of a plugin that hold servers: its manifest, the files that this names, `.mcp.json` at its top
// (observed with `claude plugin validate` 2.1.329: `mcpServers` is an object, a path, or a list of both; variables are not expanded).
import { readFileSync, realpathSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { type Json, parseJson, readAt } from "./json-value.ts";
import { isThere } from "./paths.ts";
import { listAnyEntries, listManifestEntries, type SkippedPath, type Target } from "./target.ts";

/** Folder of a plugin's manifest, in the plugin's own. */
export const PLUGIN_FOLDER = ".claude-plugin";
/** Name of the manifest. */
export const MANIFEST = "plugin.json";

/** What a plugin holds, and what its manifest names that is not its own. */
export interface PluginFiles {
  readonly servers: readonly Target[];
  readonly skipped: readonly SkippedPath[];
}

/** Looks into a plugin's folder. */
export function findPlugin(folder: string): PluginFiles {
  const manifest = join(folder, PLUGIN_FOLDER, MANIFEST);
  const { name, files } = readManifest(manifest);
  const named = files.map((path) => ({ path, file: resolve(folder, path), reason: findReason(folder, path) }));
  const own = join(folder, ".mcp.json");
  const others = named.filter(({ reason }) => reason === undefined).map(({ file }) => file);
  return {
    servers: [
      { file: manifest, isShared: true, holds: (root) => listManifestEntries(root, name) },
      ...[...others, ...(isThere(own) ? [own] : [])].map((file) => ({
        file,
        isShared: true,
        holds: (root: Json) => listAnyEntries(root, name),
      })),
    ],
    skipped: named.flatMap(({ path, reason }) => (reason === undefined ? [] : [{ path, reason }])),
  };
}

// What is wrong with a manifest is told when its servers are looked for.
function readManifest(file: string): { name: string | undefined; files: readonly string[] } {
  try {
    const root = parseJson(readFileSync(file, "utf8"));
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

// A manifest is somebody else's text: it does not say which files of this machine are changed.
function findReason(folder: string, path: string): string | undefined {
  const file = resolve(folder, path);
  if (!isThere(file)) return "the plugin's manifest names it, but it is not there";
  return isInside(folder, file) ? undefined : "the plugin's manifest names it, but it is no file of the plugin";
}

function isInside(folder: string, file: string): boolean {
  try {
    return !relative(realpathSync(folder), realpathSync(file)).startsWith("..");
  } catch {
    // A link to nowhere is told as what it is.
    return !relative(folder, file).startsWith("..");
  }
}
