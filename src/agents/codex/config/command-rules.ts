// Reads Codex's command rules (`*.rules` files). A command that a rule allows runs outside every sandbox, with network access. The decisions
// `forbidden` and `prompt` both refuse a command (docs/codex-cli.md#command-rules).
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { readStamp } from "../../../files/file-stamp.ts";
import { readSmallText } from "../../../files/small-file.ts";
import { listAncestors } from "./trust.ts";

/** How the user wants command rules to be treated: `ignore` keeps every command inside the sandbox, `honour` applies the rules as Codex does. */
export type CodexRulesMode = "ignore" | "honour";

/** The result of reading rule files. */
export interface CommandRules {
  /** Files that may let a command run outside the sandbox, and folders that cannot be listed. */
  readonly allowing: readonly string[];
  /** Files that refuse a command. */
  readonly forbidding: readonly string[];
}

/** Folder of machine-wide rules. No option makes Codex ignore them. */
export const SYSTEM_RULES = "/etc/codex/rules";

/** The folders in which Codex looks for rules: its home first, then every folder from `cwd` upwards. `--ignore-rules` ignores all of these. */
export function listRuleFolders(cwd: string, codexHome: string): string[] {
  const folders = listAncestors(cwd).map((folder) => join(folder, ".codex/rules"));
  return [...new Set([join(codexHome, "rules"), ...folders])];
}

/** Reads the rule files of folders. A file that cannot be read or understood counts as allowing. Never throws. */
export function readCommandRules(folders: readonly string[]): CommandRules {
  const files = folders.flatMap(listFiles);
  const read = files.map((path) => ({ path, ...readRuleFile(path) }));
  return {
    allowing: read.filter(({ mayAllow }) => mayAllow).map(({ path }) => path),
    forbidding: read.filter(({ forbids }) => forbids).map(({ path }) => path),
  };
}

/** A text that changes whenever a rule file of these folders does. Never throws. */
export function readRuleStamp(folders: readonly string[]): string {
  return JSON.stringify(folders.flatMap(listFiles).map((path) => [path, readStamp(path)]));
}

// Codex reads the files directly in the folder, and follows a link to a folder.
function listFiles(folder: string): string[] {
  try {
    // Most are missing, and an exception takes longer than the look.
    if (statSync(folder, { throwIfNoEntry: false }) === undefined) return [];
    return readdirSync(folder)
      .filter((name) => name.endsWith(".rules"))
      .map((name) => join(folder, name));
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    return code === "ENOENT" || code === "ENOTDIR" ? [] : [folder];
  }
}

function readRuleFile(path: string): { mayAllow: boolean; forbids: boolean } {
  try {
    return readRules(readSmallText(path));
  } catch {
    return { mayAllow: true, forbids: false };
  }
}

/**
 * Finds out whether a rule file may allow commands, and whether it refuses any. Rule files are Starlark programs, which can compute a
 * decision, so a file counts as allowing unless it consists of plain `prefix_rule(…, decision="forbidden")` calls (or `"prompt"`).
 */
export function readRules(text: string): { mayAllow: boolean; forbids: boolean } {
  const tokens = tokenize(text);
  return {
    mayAllow: tokens === undefined || !isForbiddingOnly(tokens),
    forbids: /forbidden|prompt/.test(text.replace(/^\s*#.*$/gm, "")),
  };
}

const TOKEN = /\s+|#[^\n]*|"[^"\\\n]*"|'[^'\\\n]*'|[A-Za-z_]\w*|[()[\],=]/y;

// undefined if the text contains anything else: an escape, a triple quote, an operator.
function tokenize(text: string): string[] | undefined {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const token = TOKEN.exec(text)?.[0];
    if (token === undefined) return undefined;
    if (!/^[\s#]/.test(token)) tokens.push(token);
  }
  return tokens;
}

function isForbiddingOnly(tokens: readonly string[]): boolean {
  let at = 0;
  while (at < tokens.length) {
    if (tokens[at] !== "prefix_rule" || tokens[at + 1] !== "(") return false;
    const end = findCallEnd(tokens, at + 1);
    if (end === undefined || !hasRefusal(tokens.slice(at + 2, end))) return false;
    at = end + 1;
  }
  return true;
}

function findCallEnd(tokens: readonly string[], open: number): number | undefined {
  let depth = 0;
  for (let at = open; at < tokens.length; at++) {
    const token = tokens[at];
    if (token === "(" || token === "[") depth++;
    if (token === ")" || token === "]") depth--;
    if (depth === 0) return at;
  }
  return undefined;
}

// `decision` must be a named argument with a literal value; without it, the decision is "allow". A nested call could take the argument.
function hasRefusal(tokens: readonly string[]): boolean {
  if (tokens.includes("(")) return false;
  const at = tokens.indexOf("decision");
  const [before, is, value = "", after] = [tokens[at - 1], tokens[at + 1], tokens[at + 2], tokens[at + 3]];
  const isArgument = (before === undefined || before === ",") && is === "=" && (after === undefined || after === ",");
  return at >= 0 && isArgument && /^["'](forbidden|prompt)["']$/.test(value);
}
