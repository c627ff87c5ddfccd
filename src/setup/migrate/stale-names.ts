// Tool names that changed, where nobody can follow them for the user: hooks, wildcards, texts for Claude. They are told.
import { isRecord } from "../../domain/guards.ts";
import { readSmallTextIfAny } from "../../files/small-file.ts";
import type { Rename } from "./holders.ts";
import { type Json, readAt } from "./json-value.ts";
import { listFiles } from "./paths.ts";
import { toGlob, toMatcher } from "./patterns.ts";

/** A text with a name that has changed. */
export interface Mention {
  readonly file: string;
  readonly text: string;
}

interface StaleName {
  readonly prefix: string;
  readonly old: string;
  /** Undefined where there is no counterpart. */
  readonly next: string | undefined;
}

/** Files below the folders with texts that are looked into, and the size of one, in bytes. */
const MAX_FILES = 2_000;
const MAX_BYTES = 1_048_576;

/** What to say about a settings file: hooks that match no longer what they were made for, and rules with a wildcard that do not. */
export function findStalePatterns(root: Json, renames: readonly Rename[]): string[] {
  const names = listStaleNames(renames);
  if (names.length === 0) return [];
  const hooks = listMatchers(root).map((text) => ({ what: "hook matcher", text, matches: toMatcher(text) }));
  const rules = listWildcards(root).map((text) => ({ what: "rule", text, matches: toGlob(text) }));
  return [...hooks, ...rules].flatMap(({ what, text, matches }) => {
    const lost = names.filter(({ old, next }) => matches(old) && (next === undefined || !matches(next)));
    // A pattern for the whole server goes on to match: that one of its tools is gone is no news.
    const meant = lost.filter(({ prefix, next }) => next !== undefined || !matches(`${prefix}codex`));
    return meant.length === 0
      ? []
      : [`the ${what} ${text} is left as it is, and names what changed: ${toWords(meant)}`];
  });
}

/** Where texts for Claude name a tool that is called otherwise now, by line. */
export function findMentions(places: readonly string[], renames: readonly Rename[]): Mention[] {
  const names = listStaleNames(renames);
  if (names.length === 0) return [];
  return [...new Set(places)]
    .flatMap((place) => listFiles(place, MAX_FILES))
    .flatMap((file) => {
      const lines = readText(file).split("\n");
      return lines.flatMap((line, at) => {
        const found = names.filter(({ old }) => hasWord(line, old));
        const text = `line ${at + 1} is left as it is, and names what changed: ${toWords(found)}`;
        return found.length === 0 ? [] : [{ file, text }];
      });
    });
}

function listStaleNames(renames: readonly Rename[]): StaleName[] {
  return renames.flatMap(({ prefix, tools }) =>
    Object.entries(tools)
      .filter(([old, next]) => old !== next)
      .map(([old, next]) => ({
        prefix,
        old: `${prefix}${old}`,
        next: next === undefined ? undefined : `${prefix}${next}`,
      })),
  );
}

function toWords(names: readonly StaleName[]): string {
  return names.map(({ old, next }) => (next === undefined ? `${old} is gone` : `${old} is ${next} now`)).join(", ");
}

function listMatchers(root: Json): string[] {
  const hooks = readAt(root, ["hooks"]);
  const groups = isRecord(hooks) ? Object.values(hooks).flat() : [];
  return groups.flatMap((group) => (isRecord(group) && typeof group["matcher"] === "string" ? [group["matcher"]] : []));
}

function listWildcards(root: Json): string[] {
  const rules = ["allow", "ask", "deny"].flatMap((list) => readAt(root, ["permissions", list]) ?? []);
  return rules
    .filter((rule) => typeof rule === "string")
    .filter((rule) => rule.startsWith("mcp__") && rule.includes("*"));
}

function hasWord(line: string, word: string): boolean {
  return line
    .split(word)
    .slice(1)
    .some((rest) => !/^[\w-]/.test(rest));
}

// A text that cannot be read names nothing.
function readText(file: string): string {
  return readSmallTextIfAny(file, MAX_BYTES) ?? "";
}
