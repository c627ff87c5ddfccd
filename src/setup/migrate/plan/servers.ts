// Plans one registration: it is replaced, it is this bridge already, or it stays for a reason.
import { realpathSync } from "node:fs";
import {
  isGoneBridge,
  isProbablyGoneBridge,
  isSameFile,
  readBridgeVersion,
} from "../../../agents/codex/program/bridge-program.ts";
import type { JsonObject, JsonValue } from "../../../domain/json.ts";
import type { JsonChange } from "../../files/json-edit.ts";
import { isList, isObject, type JsonPath } from "../../files/json-value.ts";
import type { ServerEntry } from "../find/entries.ts";
import { type KnownServer, MOVED_BRIDGE, OFFICIAL } from "../recognise/known-servers.ts";
import { findProgram } from "../recognise/program.ts";
import { isBridgeName, type Recognised, recognise, toOptionNames } from "../recognise/recognise.ts";

/** A server to start as Claude Code would. */
export interface ServerLaunch {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Options of a plan. */
export interface PlanOptions {
  /** Command line of this bridge. */
  readonly own: Pick<ServerLaunch, "command" | "args">;
  /** Path of the running program. */
  readonly ownPath: string;
  /** Returns the problem with flags of the removed server; undefined if the bridge accepts them. */
  readonly findWrongFlag: (words: readonly string[]) => string | undefined;
  /** Name of the bridge's server that a plugin of Claude Code starts below this folder; undefined if none does. */
  readonly findPlugin: (reach: string) => string | undefined;
  /** Whether a variable means something to the bridge or to Codex. */
  readonly isKnownVariable: (name: string) => boolean;
}

/** The plan for a registration. */
export type ServerPlan =
  | {
      readonly kind: "replace";
      readonly server: KnownServer;
      readonly changes: readonly JsonChange[];
      /** The new entry, as the file will contain it. */
      readonly launch: ServerLaunch;
      readonly notes: readonly string[];
    }
  /** `words` read on from the entry's name: `is this bridge already`. */
  | { readonly kind: "already" | "left"; readonly words: string }
  | { readonly kind: "unrelated" };

/** Variables with these prefixes are settings of other servers. Any other variable may be meant for Codex or its commands. */
const SERVERS_OWN_VARIABLE = /^(?:CODEX|MCP|STRUCTURED)_/;

/** Plans one registration. */
export function planServer({ name, path, value, reach, prefix }: ServerEntry, options: PlanOptions): ServerPlan {
  if (!isObject(value) || typeof value["command"] !== "string") return { kind: "unrelated" };
  const { command, env } = value;
  const given = value["args"] ?? [];
  const words = isList(given) ? given.filter((word) => typeof word === "string") : [];
  const bridge = describeBridge(command, words, options.ownPath);
  if (bridge !== undefined) return { kind: "already", words: bridge };
  const moved = recogniseMoved(name, command, words);
  const found = moved ?? recogniseFile(command, words);
  if (found.kind === "unrelated") return found;
  if (found.kind === "unclear") return leave(found.reason);
  // A plugin of one's own that brings a Codex server is not a second registration of ours.
  const plugin = prefix.startsWith("mcp__plugin_") ? undefined : options.findPlugin(reach);
  if (plugin !== undefined) return leave(describePlugin(plugin));
  if (!isList(given) || words.length !== given.length) return leave("its args are not all strings");
  if (value["args"] === null || (env !== undefined && !isObject(env)))
    return leave("its args or env do not have the expected form");
  const entry = { path, value, own: options.own };
  if (found.kind === "official") return replaceOfficial(entry, found, options);
  const { server, dropped } = found;
  if (server.keep !== undefined) return leave(server.keep);
  if (server === MOVED_BRIDGE) return replace(entry, { server, args: [...options.own.args, ...dropped], notes: [] });
  const dead = Object.keys(toTexts(env)).filter(
    (key) => SERVERS_OWN_VARIABLE.test(key) && !options.isKnownVariable(key),
  );
  const notes = [
    ...(dropped.length === 0 ? [] : [`options of the old server that have no meaning here: ${toOptionNames(dropped)}`]),
    ...(dead.length === 0 ? [] : [`variables of the old server that have no meaning here: ${dead.join(", ")}`]),
  ];
  return replace(entry, { server, args: options.own.args, notes });
}

function leave(reason: string): ServerPlan {
  return { kind: "left", words: `left as it is: ${reason}` };
}

function describeBridge(command: string, words: readonly string[], ownPath: string): string | undefined {
  const program = findProgram(command, words);
  if (program === undefined) return undefined;
  const path = program.path ?? command;
  if (isBridgeName(program) || isSameFile(path, ownPath)) return "is this bridge already";
  const version = readBridgeVersion(path);
  return version === undefined
    ? undefined
    : `is this bridge already, from another copy (version ${version}): ${path}. To start this one, write ${ownPath} there`;
}

// Claude Code would drop the plugin's server for an entry with the same command line, and offer every tool twice beside any other.
function describePlugin(plugin: string): string {
  return `Claude Code has the bridge as a plugin already (${plugin}). Remove this entry, and let codex-bridge init write the permission rules`;
}

// Recognises this bridge by a path that no longer exists.
function recogniseMoved(name: string, command: string, words: readonly string[]): Recognised | undefined {
  const { path, rest = [] } = findProgram(command, words) ?? {};
  if (path === undefined) return undefined;
  if (isGoneBridge(path)) return { kind: "known", server: MOVED_BRIDGE, dropped: rest };
  const reason = `${path} is not there. If it was this bridge, run \`claude mcp remove ${name}\` and register it again`;
  return isProbablyGoneBridge(path, name) ? { kind: "unclear", reason } : undefined;
}

// The path of a program may be a link into its package.
function recogniseFile(command: string, words: readonly string[]): Recognised {
  const found = recognise(command, words);
  if (found.kind !== "unclear" || !command.startsWith("/")) return found;
  const behind = recognise(toRealPath(command), words);
  return behind.kind === "known" ? behind : found;
}

function toRealPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

interface OldEntry {
  readonly path: JsonPath;
  readonly value: JsonObject;
  readonly own: PlanOptions["own"];
}

function replaceOfficial(
  entry: OldEntry,
  { words, program, runner }: Extract<Recognised, { kind: "official" }>,
  { findWrongFlag }: PlanOptions,
): ServerPlan {
  const wrong = findWrongFlag(words);
  if (wrong !== undefined) return leave(`the bridge does not take its flags: ${wrong}`);
  const notes = runner === undefined ? [] : [`${runner} brought a Codex of its own; the bridge needs one on PATH`];
  return replace(entry, { server: OFFICIAL, args: [...entry.own.args, ...words], program, notes });
}

interface Replacement {
  readonly server: KnownServer;
  readonly args: readonly string[];
  /** A Codex that the old entry named by path. The bridge uses the same one. */
  readonly program?: string | undefined;
  readonly notes: readonly string[];
}

function replace({ path, value, own }: OldEntry, { server, args, program, notes }: Replacement): ServerPlan {
  const { command, args: before, env: oldEnv, timeout } = value;
  const env = toTexts(oldEnv);
  const bin = program === undefined || env["CODEX_BIN"] !== undefined ? {} : { CODEX_BIN: program };
  const isSame = isList(before) && before.length === args.length && before.every((word, at) => word === args[at]);
  const changes: JsonChange[] = [
    { path: [...path, "command"], before: command, after: own.command },
    ...(isSame ? [] : [{ path: [...path, "args"], before, after: args }]),
    ...(oldEnv === undefined && program !== undefined ? [{ path: [...path, "env"], after: bin }] : []),
    ...(oldEnv === undefined
      ? []
      : Object.entries(bin).map(([key, after]) => ({ path: [...path, "env", key], after }))),
  ];
  const cap =
    typeof timeout === "number"
      ? [`its \`timeout\` of ${timeout} ms limits every call, and turns take minutes: consider removing it`]
      : [];
  const launch = { command: own.command, args, env: { ...env, ...bin } };
  return { kind: "replace", server, changes, launch, notes: [...notes, ...cap] };
}

function toTexts(value: JsonValue | undefined): Record<string, string> {
  const pairs = isObject(value) ? Object.entries(value) : [];
  return Object.fromEntries(pairs.filter((pair): pair is [string, string] => typeof pair[1] === "string"));
}
