// Reads which MCP servers Claude Code would start for installed plugins (docs/claude-code.md#plugins).
import { existsSync } from "node:fs";
import { join } from "node:path";
import { isRecord } from "../../domain/guards.ts";
import { type ReadObject, toObject } from "./claude-json.ts";
import { type ClaudeContext, EVERYWHERE, findProjectRoot, findUserFolder, listSettingsFiles } from "./config-files.ts";
import { expand } from "./expand.ts";
import type { Registration } from "./registrations.ts";

const MANIFEST = ".claude-plugin/plugin.json";

/** A plugin that is on. */
export interface EnabledPlugin {
  /** `NAME@MARKETPLACE`. */
  readonly id: string;
  readonly folder: string;
}

/** The plugins that are on: those that are there, their servers by the names that Claude Code gives them, and those whose folder is gone. */
export function readPlugins(
  claude: ClaudeContext,
  isTrusted: boolean,
  read: ReadObject,
): {
  readonly there: readonly EnabledPlugin[];
  readonly servers: readonly Registration[];
  readonly gone: readonly EnabledPlugin[];
} {
  const settings = listSettingsFiles(claude).map(({ file, reach }) => ({ reach, value: read(file) }));
  // The last file that names it decides: local, project, user.
  const enabled = Object.assign({}, ...settings.map(({ value }) => toObject(value["enabledPlugins"])));
  const trusted = settings.filter(({ reach }) => isTrusted || reach === EVERYWHERE);
  const own = toTexts(Object.assign({}, ...trusted.map(({ value }) => toObject(value["env"]))));
  const plugins = Object.entries(toObject(enabled)).flatMap(([id, isEnabled]) => {
    const folder = isEnabled === true ? findFolder(id, claude, read) : undefined;
    return folder === undefined ? [] : [{ id, folder }];
  });
  const isThere = ({ folder }: EnabledPlugin): boolean => existsSync(join(folder, MANIFEST));
  const there = plugins.filter(isThere);
  return {
    there,
    servers: there.flatMap(({ folder }) => listServers(folder, { ...claude, own }, read)),
    gone: plugins.filter((plugin) => !isThere(plugin)),
  };
}

// A folder marketplace is used where it lies; anything else is copied.
function findFolder(id: string, claude: ClaudeContext, read: ReadObject): string | undefined {
  const [name = "", marketplace = ""] = id.split("@");
  const known = toObject(read(join(findUserFolder(claude), "plugins/known_marketplaces.json"))[marketplace]);
  const { installLocation } = known;
  if (toObject(known["source"])["source"] !== "directory" || typeof installLocation !== "string") {
    return findCopy(id, claude, read);
  }
  const { plugins } = read(join(installLocation, ".claude-plugin/marketplace.json"));
  const entry = (Array.isArray(plugins) ? plugins : []).find((plugin) => isRecord(plugin) && plugin["name"] === name);
  // Of a marketplace that is gone only the place is known; no copy is used then.
  const source = entry === undefined ? name : toObject(entry)["source"];
  return typeof source === "string" ? join(installLocation, source) : findCopy(id, claude, read);
}

function findCopy(id: string, claude: ClaudeContext, read: ReadObject): string | undefined {
  const { plugins } = read(join(findUserFolder(claude), "plugins/installed_plugins.json"));
  const copies = toObject(plugins)[id];
  const root = findProjectRoot(claude.cwd);
  const own = (Array.isArray(copies) ? copies : [])
    .filter(isRecord)
    .filter(({ projectPath }) => projectPath === undefined || projectPath === root);
  const path = own.at(-1)?.["installPath"];
  return typeof path === "string" ? path : undefined;
}

function listServers(
  folder: string,
  { env, cwd, own }: ClaudeContext & { readonly own: Readonly<Record<string, string>> },
  read: ReadObject,
): Registration[] {
  const manifest = join(folder, MANIFEST);
  const { name, mcpServers } = read(manifest);
  if (typeof name !== "string") return [];
  const files = [
    { file: join(folder, ".mcp.json"), servers: toObject(read(join(folder, ".mcp.json"))["mcpServers"]) },
    { file: manifest, servers: toObject(mcpServers) },
  ];
  const known = { ...env, ...own, CLAUDE_PLUGIN_ROOT: folder, CLAUDE_PROJECT_DIR: findProjectRoot(cwd) };
  return files.flatMap(({ file, servers }) =>
    Object.entries(servers).flatMap(([server, value]): Registration[] => {
      const { command, args, env: variables, timeout } = toObject(value);
      if (typeof command !== "string") return [];
      const words = Array.isArray(args) ? args.filter((word) => typeof word === "string") : [];
      const set = Object.entries(toTexts(toObject(variables))).map(
        ([key, text]) => [key, expand(text, known)] as const,
      );
      return [
        {
          ...{ name: `plugin:${name}:${server}`, scope: "plugin", file, approval: "not needed" },
          command: expand(command, known),
          args: words.map((word) => expand(word, known)),
          env: { ...own, ...Object.fromEntries(set) },
          timeoutMs: typeof timeout === "number" ? timeout : undefined,
        },
      ];
    }),
  );
}

function toTexts(values: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, String(value)]));
}
