// What becomes of one registration: replaced, left alone with a reason, or none of ours.
import { realpathSync } from "node:fs";
import { isBridgeProgram } from "../../agents/codex/program/child-mcp.ts";
import { isRecord } from "../../domain/guards.ts";
import { findProgram } from "./find-program.ts";
import type { JsonChange } from "./json-edit.ts";
import type { Json, JsonPath } from "./json-value.ts";
import { type KnownServer, OFFICIAL } from "./known-servers.ts";
import { isBridgeName, type Recognised, recognise, toOptionNames } from "./recognise.ts";

/** A registration in a file. */
export interface ServerEntry {
  readonly name: string;
  /** Keys to it from the top of its file. */
  readonly path: JsonPath;
  readonly value: Json | undefined;
  /** Folder below which it holds; `/` for one that holds in every project. */
  readonly reach: string;
  /** What the names of its tools begin with, for Claude Code: `mcp__codex__`. */
  readonly toolPrefix: string;
}

/** A program and its first words. */
export interface OwnCommand {
  readonly command: string;
  readonly args: readonly string[];
}

/** What a plan depends on besides the entry. */
export interface PlanOptions {
  /** How this bridge is started. */
  readonly own: OwnCommand;
  /** Path of the running program. */
  readonly ownPath: string;
  /** What is wrong with flags of the removed server; undefined where the bridge takes them. */
  readonly findWrongFlag: (words: readonly string[]) => string | undefined;
  /** Whether a variable means something to the bridge or to Codex. */
  readonly isKnownVariable: (name: string) => boolean;
}

/** What becomes of a registration. */
export type ServerPlan =
  | {
      readonly kind: "replace";
      readonly server: KnownServer;
      readonly changes: readonly JsonChange[];
      /** The new entry's command line and environment, as they stand in the file. */
      readonly command: string;
      readonly args: readonly string[];
      readonly env: Readonly<Record<string, string>>;
      readonly notes: readonly string[];
    }
  | { readonly kind: "already" }
  | { readonly kind: "left"; readonly reason: string }
  | { readonly kind: "unrelated" };

/** What other servers call their own settings; anything else may be meant for Codex or for its commands. */
const SERVERS_OWN_VARIABLE = /^(?:CODEX|MCP|STRUCTURED)_/;

/** Plans one registration. */
export function planServer({ path, value }: ServerEntry, options: PlanOptions): ServerPlan {
  if (!isRecord(value) || typeof value["command"] !== "string") return { kind: "unrelated" };
  const { command } = value;
  const given = value["args"] ?? [];
  const words = Array.isArray(given) ? given.filter((word) => typeof word === "string") : [];
  if (isBridge(command, words, options.ownPath)) return { kind: "already" };
  const found = recogniseFile(command, words);
  if (found.kind === "unrelated") return found;
  if (found.kind === "unclear") return { kind: "left", reason: found.reason };
  if (!Array.isArray(given) || words.length !== given.length)
    return { kind: "left", reason: "its args are not all texts" };
  if (value["args"] === null || (value["env"] !== undefined && !isRecord(value["env"]))) {
    return { kind: "left", reason: "its args or env are of another form" };
  }
  const { own } = options;
  const entry = { path, value, own };
  if (found.kind === "known") {
    const { server, dropped } = found;
    if (server.keep !== undefined) return { kind: "left", reason: server.keep };
    const notes =
      dropped.length === 0 ? [] : [`options of the old server that have no meaning here: ${toOptionNames(dropped)}`];
    const dead = Object.keys(toTexts(value["env"])).filter(
      (name) => SERVERS_OWN_VARIABLE.test(name) && !options.isKnownVariable(name),
    );
    const variables =
      dead.length === 0 ? [] : [`variables of the old server that mean nothing here: ${dead.join(", ")}`];
    return toReplacement(entry, { server, args: own.args, notes: [...notes, ...variables] });
  }
  const wrong = options.findWrongFlag(found.words);
  if (wrong !== undefined) return { kind: "left", reason: `the bridge does not take its flags: ${wrong}` };
  const args = [...own.args, ...found.words];
  const { program, runner } = found;
  const notes = runner === undefined ? [] : [`${runner} brought a Codex of its own; the bridge needs one on PATH`];
  return toReplacement(entry, { server: OFFICIAL, args, program, notes });
}

function isBridge(command: string, words: readonly string[], ownPath: string): boolean {
  const program = findProgram(command, words);
  return program !== undefined && (isBridgeName(program) || isBridgeProgram(program.path ?? command, ownPath));
}

// A program by path may be a link into the package that it is of.
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

interface Replacement {
  readonly server: KnownServer;
  readonly args: readonly string[];
  /** A Codex that was named by path: the bridge goes on with it. */
  readonly program?: string | undefined;
  readonly notes: readonly string[];
}

function toReplacement(
  { path, value, own }: { path: JsonPath; value: Readonly<Record<string, unknown>>; own: OwnCommand },
  { server, args, program, notes }: Replacement,
): ServerPlan {
  const env = toTexts(value["env"]);
  const before = value["args"] as readonly string[] | undefined;
  const isSame = before !== undefined && before.length === args.length && before.every((word, at) => word === args[at]);
  const needsBin = program !== undefined && env["CODEX_BIN"] === undefined;
  const changes: JsonChange[] = [
    { path: [...path, "command"], before: value["command"] as string, after: own.command },
    ...(isSame ? [] : [{ path: [...path, "args"], before, after: args }]),
    ...(needsBin ? toBinChanges([...path, "env"], value["env"] === undefined, program) : []),
  ];
  const { timeout } = value;
  const cap =
    typeof timeout === "number"
      ? [`its \`timeout\` of ${timeout} ms caps every call, and turns take minutes: consider removing it`]
      : [];
  return {
    kind: "replace",
    server,
    changes,
    command: own.command,
    args,
    env: needsBin ? { ...env, CODEX_BIN: program } : env,
    notes: [...notes, ...cap],
  };
}

function toBinChanges(env: JsonPath, isNew: boolean, program: string): JsonChange[] {
  return [...(isNew ? [{ path: env, after: {} }] : []), { path: [...env, "CODEX_BIN"], after: program }];
}

function toTexts(value: unknown): Record<string, string> {
  return isRecord(value)
    ? Object.fromEntries(Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === "string"))
    : {};
}
