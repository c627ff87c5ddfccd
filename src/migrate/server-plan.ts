// What becomes of one registration: replaced, left alone with a reason, or none of ours.
import { isBridgeCommand } from "../agents/codex/child-mcp.ts";
import { isRecord } from "../domain/guards.ts";
import type { JsonChange, JsonEdit } from "./json-edit.ts";
import type { Json, JsonPath } from "./json-value.ts";
import { findProgram, type KnownServer, OFFICIAL, recognise } from "./known-servers.ts";

/** A registration in a file. */
export interface ServerEntry {
  readonly name: string;
  /** Keys to it from the top of its file. */
  readonly path: JsonPath;
  readonly value: Json | undefined;
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
}

/** What becomes of a registration. */
export type ServerPlan =
  | {
      readonly kind: "replace";
      readonly server: KnownServer;
      readonly edit: JsonEdit;
      /** The new entry's command line and environment, as they stand in the file. */
      readonly command: string;
      readonly args: readonly string[];
      readonly env: Readonly<Record<string, string>>;
      readonly notes: readonly string[];
    }
  | { readonly kind: "already" }
  | { readonly kind: "left"; readonly reason: string }
  | { readonly kind: "unrelated" };

/** Plans one registration. */
export function planServer({ path, value }: ServerEntry, options: PlanOptions): ServerPlan {
  if (!isRecord(value) || typeof value["command"] !== "string") return { kind: "unrelated" };
  const { command } = value;
  const given = value["args"] ?? [];
  const words = Array.isArray(given) ? given.filter((word) => typeof word === "string") : [];
  const program = findProgram(command, words);
  if (program !== undefined && isBridgeCommand([program.name], options.ownPath)) return { kind: "already" };
  const found = recognise(command, words);
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
      dropped.length === 0 ? [] : [`options of the old server that have no meaning here: ${toNames(dropped)}`];
    return toReplacement(entry, { server, args: own.args, notes });
  }
  const wrong = options.findWrongFlag(found.words);
  if (wrong !== undefined) return { kind: "left", reason: `the bridge does not take its flags: ${wrong}` };
  const args = [...own.args, ...found.words];
  return toReplacement(entry, { server: OFFICIAL, args, program: found.program, notes: [] });
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
  const edit: JsonEdit = [
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
    edit,
    command: own.command,
    args,
    env: needsBin ? { ...env, CODEX_BIN: program } : env,
    notes: [...notes, ...cap],
  };
}

// Names only: values may be secrets.
function toNames(words: readonly string[]): string {
  const names = words.filter((word) => word.startsWith("-")).map((word) => word.split("=", 1)[0]);
  return names.length === 0 ? "its arguments" : names.join(" ");
}

function toBinChanges(env: JsonPath, isNew: boolean, program: string): JsonChange[] {
  return [...(isNew ? [{ path: env, after: {} }] : []), { path: [...env, "CODEX_BIN"], after: program }];
}

function toTexts(value: unknown): Record<string, string> {
  return isRecord(value)
    ? Object.fromEntries(Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === "string"))
    : {};
}
