// Permission rules that name tools of a replaced server: what they name is called otherwise now.
import type { Renames, ToolNames } from "./holders.ts";
import type { JsonChange } from "./json-edit.ts";
import { type Json, type JsonPath, readAt } from "./json-value.ts";
import { listProjects } from "./target.ts";

/** A list of rules in a file, and where they hold. */
export interface RuleList {
  readonly path: JsonPath;
  readonly reach: string;
  /** Whether what is not in it is allowed by it: then a rule that cannot follow would open what it closes. */
  readonly isClosing: boolean;
}

/** A rule that changes. */
export interface RuleChange {
  readonly change: JsonChange;
  readonly list: RuleList;
  readonly rule: string;
  readonly prefix: string;
}

/** A rule that would have to change and cannot, since a server of that name stays. */
export interface StuckRule {
  readonly list: RuleList;
  readonly rule: string;
  readonly prefix: string;
}

/** What becomes of a file's rules. */
export interface RulePlan {
  readonly changes: readonly RuleChange[];
  readonly stuck: readonly StuckRule[];
  /** Rules that stay and what that means. */
  readonly notes: readonly string[];
}

/** The lists of a settings file, or of `.claude.json`, which keeps `allowedTools` by project. */
export function listRuleLists(root: Json, reach: string): RuleList[] {
  return [
    { path: ["permissions", "allow"], reach, isClosing: false },
    { path: ["permissions", "ask"], reach, isClosing: true },
    { path: ["permissions", "deny"], reach, isClosing: true },
    ...listProjects(root).map((project) => ({
      path: ["projects", project, "allowedTools"],
      reach: project,
      isClosing: false,
    })),
  ];
}

/** Plans the rules of a file. */
export function planRules(root: Json, lists: readonly RuleList[], toRenames: (reach: string) => Renames): RulePlan {
  const all = lists.flatMap(({ path }) => toTexts(readAt(root, path)).map(({ rule }) => rule));
  const plans = lists.map((list) => planList(toTexts(readAt(root, list.path)), list, { toRenames, all }));
  return {
    changes: plans.flatMap(({ changes }) => changes),
    stuck: plans.flatMap(({ stuck }) => stuck),
    notes: plans.flatMap(({ notes }) => notes),
  };
}

function toTexts(list: Json | undefined): { rule: string; at: number }[] {
  return Array.isArray(list)
    ? list.flatMap((rule: Json, at) => (typeof rule === "string" && rule.startsWith("mcp__") ? [{ rule, at }] : []))
    : [];
}

function planList(
  rules: readonly { rule: string; at: number }[],
  list: RuleList,
  { toRenames, all }: { toRenames: (reach: string) => Renames; all: readonly string[] },
): RulePlan {
  const changes: RuleChange[] = [];
  const stuck: StuckRule[] = [];
  const notes: string[] = [];
  // Most lists of most projects name no tool of any server.
  const { names, contested } = rules.length === 0 ? NONE : toRenames(list.reach);
  for (const { rule, at } of rules) {
    const found = rename(rule, names);
    if (found === undefined) {
      const other = rename(rule, new Map([...contested].map(([prefix, contest]) => [prefix, contest.names])));
      if (other?.to !== undefined && other.to !== rule) stuck.push({ list, rule, prefix: other.prefix });
    } else if (found.to === undefined) notes.push(`the rule ${rule} names a tool without a counterpart; it may go`);
    else if (found.to === rule) continue;
    else if (
      rules.some((other) => other.rule === found.to) ||
      (all.includes(found.to) && !(list.isClosing && found.isNew))
    )
      notes.push(`the rule ${rule} stays as it is: there is one for ${found.to} already`);
    else {
      const change = { path: [...list.path, at], before: rule, after: found.to };
      changes.push({ change, list, rule, prefix: found.prefix });
    }
  }
  return { changes, stuck, notes };
}

const NONE: Renames = { names: new Map(), contested: new Map() };

// `mcp__codex__ask-codex`, with what stands in parentheses behind it.
function rename(
  rule: string,
  names: ReadonlyMap<string, ToolNames>,
): { prefix: string; to: string | undefined; isNew: boolean } | undefined {
  for (const [prefix, tools] of names) {
    const [, tool = "", tail = ""] = rule.startsWith(prefix)
      ? (/^([\w-]+)(\(.*\))?$/.exec(rule.slice(prefix.length)) ?? [])
      : [];
    if (!Object.hasOwn(tools, tool)) continue;
    const next = tools[tool];
    // What the old server had no tool for, no rule has opened: one that closes may follow there.
    const isNew = next !== undefined && !Object.hasOwn(tools, next);
    return { prefix, to: next === undefined ? undefined : `${prefix}${next}${tail}`, isNew };
  }
  return undefined;
}
