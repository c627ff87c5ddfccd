// Reports old tool names that only the user can replace: in hooks, in wildcards that allow, and in texts for Claude.
import { isRuleFor } from "../../../clients/claude-code/permission-rules.ts";
import type { JsonValue } from "../../../domain/json.ts";
import { readSmallTextIfAny } from "../../../files/small-file.ts";
import { isList, isObject, readAt, readTexts } from "../../files/json-value.ts";
import { listFiles } from "../../files/paths.ts";
import type { FileReport } from "../../files/report.ts";
import { REPLACED_SERVERS } from "../recognise/known-servers.ts";
import type { Candidate } from "./candidates.ts";

/** A tool name that no longer exists. */
export interface StaleName {
  readonly prefix: string;
  readonly old: string;
  /** Undefined if the tool has no counterpart. */
  readonly next: string | undefined;
}

/** Most files to read below each folder, and the most bytes of one file. */
const MAX_FILES = 2_000;
const MAX_BYTES = 1_048_576;

/** Lists the names that these candidates change. For an entry that is the bridge already: the renamed tools of all known servers. */
export function listStaleNames(candidates: readonly Candidate[]): StaleName[] {
  const names = candidates.flatMap(({ entry: { prefix }, plan, edit }) => {
    const isReplaced = plan.kind === "replace" && edit !== undefined;
    const servers = isReplaced ? [plan.server] : plan.kind === "already" ? REPLACED_SERVERS : [];
    const renamed = servers.flatMap(({ tools }) => Object.entries(tools)).filter(([old, next]) => old !== next);
    const gone = isReplaced ? plan.server.gone : [];
    return [
      ...renamed.map(([old, next]): StaleName => ({ prefix, old: `${prefix}__${old}`, next: `${prefix}__${next}` })),
      ...gone.map((old): StaleName => ({ prefix, old: `${prefix}__${old}`, next: undefined })),
    ];
  });
  return [...new Map(names.map((name) => [name.old, name])).values()];
}

/** Describes the hooks and wildcard rules of a settings file that no longer match their tools. */
export function findStalePatterns(root: JsonValue, names: readonly StaleName[]): string[] {
  if (names.length === 0) return [];
  const hooks = listMatchers(root).map((text) => ({ what: "hook matcher", text, matches: toMatcher(text) }));
  const wildcards = readTexts(root, ["permissions", "allow"]).filter((rule) => /^mcp__.*\*/.test(rule));
  const rules = wildcards.map((text) => ({ what: "rule", text, matches: (name: string) => matchesRule(text, name) }));
  return [...hooks, ...rules].flatMap(({ what, text, matches }) => {
    const lost = names.filter(({ old, next }) => matches(old) && (next === undefined || !matches(next)));
    // A pattern for the whole server still works; that one of the tools is gone is not worth a report.
    const meant = lost.filter(({ prefix, next }) => next !== undefined || !matches(`${prefix}__codex`));
    return meant.length === 0
      ? []
      : [`the ${what} ${text} is left as it is, but names tools that changed: ${toWords(meant)}`];
  });
}

/** Finds the lines in texts for Claude that name a tool by its old name. */
export function findMentions(paths: readonly string[], names: readonly StaleName[]): FileReport[] {
  if (names.length === 0) return [];
  return [...new Set(paths)]
    .flatMap((path) => listFiles(path, MAX_FILES))
    .flatMap((file) => {
      const lines = (readSmallTextIfAny(file, MAX_BYTES) ?? "").split("\n");
      return lines.flatMap((line, at): FileReport[] => {
        const found = names.filter(({ old }) => hasWord(line, old));
        const text = `line ${at + 1} is left as it is, but names tools that changed: ${toWords(found)}`;
        return found.length === 0 ? [] : [{ file, findings: [{ kind: "note", text }] }];
      });
    });
}

function toWords(names: readonly StaleName[]): string {
  return names.map(({ old, next }) => (next === undefined ? `${old} is gone` : `${old} is ${next} now`)).join(", ");
}

function listMatchers(root: JsonValue): string[] {
  const hooks = readAt(root, ["hooks"]);
  const groups = isObject(hooks) ? Object.values(hooks).flatMap((list) => (isList(list) ? list : [])) : [];
  return groups.flatMap((group) => (isObject(group) && typeof group["matcher"] === "string" ? [group["matcher"]] : []));
}

// Claude Code takes a matcher of plain characters as alternatives between `|`, and any other as a regular expression.
function toMatcher(text: string): (name: string) => boolean {
  if (/^[\w\-|]*$/.test(text)) return (name) => text.split("|").includes(name);
  try {
    const pattern = new RegExp(text);
    return (name) => pattern.test(name);
  } catch {
    return () => false;
  }
}

function matchesRule(rule: string, name: string): boolean {
  const [, prefix = "", tool = ""] = /^(mcp__.+?)__(.+)$/.exec(name) ?? [];
  return isRuleFor(rule, prefix, tool);
}

function hasWord(line: string, word: string): boolean {
  return line
    .split(word)
    .slice(1)
    .some((rest) => !/^[\w-]/.test(rest));
}
