// Permission rules that name tools of a replaced server: what they name is called otherwise now.
import type { Rename } from "./holders.ts";
import type { JsonChange } from "./json-edit.ts";
import { type Json, type JsonPath, readAt } from "./json-value.ts";
import { OWN_TOOLS } from "./known-servers.ts";
import { toGlob } from "./patterns.ts";
import { listProjects } from "./target.ts";

/** A list of rules in a file, and where they hold. */
export interface RuleList {
  readonly path: JsonPath;
  readonly reach: string;
  /** Whether it denies or asks: a rule of it that cannot follow would open what it closes. */
  readonly isClosing: boolean;
}

/** A rule that changes, or comes to another one. */
export interface RuleChange {
  readonly change: JsonChange;
  readonly list: RuleList;
  readonly prefix: string;
}

/** A rule that would mean something else, and cannot be changed. */
export interface StuckRule {
  readonly list: RuleList;
  readonly rule: string;
  readonly prefix: string;
  readonly reason: string;
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
export function planRules(
  root: Json,
  lists: readonly RuleList[],
  toRenames: (reach: string) => readonly Rename[],
): RulePlan {
  const all = lists.flatMap(({ path }) => toRules(readAt(root, path)).map(({ rule }) => rule));
  const plans = lists.map((list) => {
    const values = readAt(root, list.path);
    const rules = toRules(values);
    // Most lists of most projects name no tool of any server.
    const renames = rules.length === 0 ? [] : toRenames(list.reach);
    return planList({ list, rules, all, size: Array.isArray(values) ? values.length : 0 }, renames);
  });
  return {
    changes: plans.flatMap(({ changes }) => changes),
    stuck: plans.flatMap(({ stuck }) => stuck),
    notes: plans.flatMap(({ notes }) => notes),
  };
}

interface Rule {
  readonly rule: string;
  readonly at: number;
}

interface ListInput {
  readonly list: RuleList;
  readonly rules: readonly Rule[];
  /** Rules of all lists. */
  readonly all: readonly string[];
  readonly size: number;
}

function toRules(list: Json | undefined): Rule[] {
  return Array.isArray(list)
    ? list.flatMap((rule: Json, at) => (typeof rule === "string" && rule.startsWith("mcp__") ? [{ rule, at }] : []))
    : [];
}

function planList(input: ListInput, renames: readonly Rename[]): RulePlan {
  const { list, rules } = input;
  const changes: RuleChange[] = [];
  const stuck: StuckRule[] = [];
  const notes: string[] = [];
  for (const rename of renames) {
    const { prefix, stays } = rename;
    const plan = rules.map((rule) => ({ ...rule, ...planRule(rule, input, rename) }));
    const changed = plan.flatMap(({ rule, at, to }) =>
      to === undefined ? [] : [{ path: [...list.path, at], before: rule, after: to }],
    );
    const size = input.size + changes.filter(({ change }) => change.before === undefined).length;
    const added = toAdditions({ ...input, size }, prefix, new Set(plan.flatMap(({ also = [] }) => also)));
    const wanted = [...changed, ...added];
    if (stays.length === 0) changes.push(...wanted.map((change) => ({ change, list, prefix })));
    else {
      const reason = describeStay(rename);
      stuck.push(...wanted.map(({ before, after }) => ({ list, prefix, rule: String(before ?? after), reason })));
    }
    stuck.push(...plan.flatMap(({ rule, lost }) => (lost === undefined ? [] : [{ list, prefix, rule, reason: lost }])));
    notes.push(...plan.flatMap(({ note }) => note ?? []));
  }
  return { changes, stuck, notes };
}

function describeStay({ stays }: Rename): string {
  const files = [...new Set(stays.map(({ file }) => file))].join(", ");
  return stays.every(({ canFollow }) => canFollow)
    ? `a server of that name stays in ${files}; migrate all of them in one run, with their paths`
    : `a server of that name, which is no Codex, stays in ${files}; call one of them otherwise first, or move the rule into the project`;
}

interface PlannedRule {
  /** What it is to be. */
  readonly to?: string;
  /** Why it closes nothing any more. */
  readonly lost?: string;
  readonly note?: string;
  /** Further tools that do what the old one did, to be closed too. */
  readonly also?: readonly string[];
}

function planRule({ rule }: Rule, { list, rules, all }: ListInput, rename: Rename): PlannedRule {
  const { prefix, tools } = rename;
  if (rule.includes("*")) return list.isClosing ? planPattern(rule, rename) : {};
  const [, tool, tail = ""] = rule.startsWith(prefix)
    ? (/^([\w-]+)(\(.*\))?$/.exec(rule.slice(prefix.length)) ?? [])
    : [];
  if (tool === undefined) return {};
  if (!Object.hasOwn(tools, tool)) return planStrange(rule, tool, list, rename);
  const next = tools[tool];
  if (next === undefined) return { note: `the rule ${rule} names a tool without a counterpart; it may go` };
  const also = list.isClosing && next === "codex" ? listOthers(rename, tool) : [];
  const to = `${prefix}${next}${tail}`;
  if (to === rule) return { also: rename.isFresh ? also : [] };
  const isThere = rules.some((other) => other.rule === to);
  // One that allows meets one of another list: whatever that says, it says now.
  if (isThere || (!list.isClosing && all.includes(to)))
    return { note: `the rule ${rule} stays as it is: there is one for ${to} already`, also };
  return { to, also };
}

// `route_task` runs Codex as `codex` does; and where one old tool began and continued, two do it here.
function listOthers({ continuing }: Rename, tool: string): string[] {
  return continuing.includes(tool) ? ["codex-reply", "route_task"] : ["route_task"];
}

// A name that neither the old server is known for nor the bridge has.
function planStrange(rule: string, tool: string, { isClosing }: RuleList, { isFresh }: Rename): PlannedRule {
  if (OWN_TOOLS.includes(tool)) {
    const note = `the rule ${rule} allowed nothing before, and allows that tool now`;
    return isClosing || !isFresh ? {} : { note };
  }
  return isClosing ? { lost: `it names a tool that is not known; ${INSTEAD}` } : {};
}

const INSTEAD = "remove it, or write it for codex, codex-reply and route_task";

function planPattern(rule: string, rename: Rename): PlannedRule {
  const { prefix, tools } = rename;
  const matches = toGlob(rule);
  const old = Object.entries(tools).filter(([tool]) => matches(`${prefix}${tool}`));
  const lost = old.find(([, next]) => next !== undefined && !matches(`${prefix}${next}`));
  if (lost !== undefined) return { lost: `it is a pattern for ${lost[0]}, which is ${lost[1]} now; ${INSTEAD}` };
  const isStrange =
    rule.startsWith(prefix) && old.length === 0 && !OWN_TOOLS.some((tool) => matches(`${prefix}${tool}`));
  if (isStrange) return { lost: `it is a pattern for tools that are not known; ${INSTEAD}` };
  return {
    also: rename.isFresh ? old.flatMap(([tool, next]) => (next === "codex" ? listOthers(rename, tool) : [])) : [],
  };
}

function toAdditions({ list, rules, size }: ListInput, prefix: string, tools: ReadonlySet<string>): JsonChange[] {
  const isClosed = (name: string): boolean =>
    rules.some(({ rule }) => rule === name || `${rule}__` === prefix || (rule.includes("*") && toGlob(rule)(name)));
  const names = [...tools].map((tool) => `${prefix}${tool}`).filter((name) => !isClosed(name));
  return names.map((after, at) => ({ path: [...list.path, size + at], before: undefined, after }));
}
