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
    const isContinuing = plan.some((rule) => rule.isContinuing === true);
    const size = input.size + changes.filter(({ change }) => change.before === undefined).length;
    const wanted = isContinuing ? [...changed, ...toAddition({ ...input, size }, prefix)] : changed;
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
  /** Whether it closes, from now on, a tool whose old one continued sessions too. */
  readonly isContinuing?: boolean;
}

function planRule({ rule }: Rule, { list, rules, all }: ListInput, rename: Rename): PlannedRule {
  const { prefix, tools, continuing } = rename;
  if (rule.includes("*")) return list.isClosing ? planPattern(rule, rename) : {};
  const [, tool, tail = ""] = rule.startsWith(prefix)
    ? (/^([\w-]+)(\(.*\))?$/.exec(rule.slice(prefix.length)) ?? [])
    : [];
  if (tool === undefined) return {};
  if (!Object.hasOwn(tools, tool)) return planStrange(rule, tool, list, rename);
  const next = tools[tool];
  if (next === undefined) return { note: `the rule ${rule} names a tool without a counterpart; it may go` };
  const isContinuing = list.isClosing && continuing.includes(tool);
  const to = `${prefix}${next}${tail}`;
  if (to === rule) return { isContinuing: isContinuing && rename.isFresh };
  const isThere = rules.some((other) => other.rule === to);
  // What the old server had a tool for may be open on purpose, beside the closed one; else a rule for it has opened nothing yet.
  const isOpen = all.includes(to) && !(list.isClosing && !Object.hasOwn(tools, next));
  if (isThere || isOpen)
    return { note: `the rule ${rule} stays as it is: there is one for ${to} already`, isContinuing };
  return { to, isContinuing };
}

// A name that neither the old server is known for nor the bridge has.
function planStrange(rule: string, tool: string, { isClosing }: RuleList, { isFresh }: Rename): PlannedRule {
  if (OWN_TOOLS.includes(tool)) {
    const note = `the rule ${rule} allowed nothing before, and allows that tool now`;
    return isClosing || !isFresh ? {} : { note };
  }
  return isClosing ? { lost: "it names a tool that is not known" } : {};
}

function planPattern(rule: string, { prefix, tools }: Rename): PlannedRule {
  const matches = toGlob(rule);
  const lost = Object.entries(tools).find(
    ([old, next]) => next !== undefined && matches(`${prefix}${old}`) && !matches(`${prefix}${next}`),
  );
  return lost === undefined ? {} : { lost: `it is a pattern for ${lost[0]}, which is ${lost[1]} now` };
}

// One old tool began and continued; two do it here, and a rule that closes has to close both.
function toAddition({ list, rules, size }: ListInput, prefix: string): JsonChange[] {
  const reply = `${prefix}codex-reply`;
  const isClosed = rules.some(
    ({ rule }) => rule === reply || `${rule}__` === prefix || (rule.includes("*") && toGlob(rule)(reply)),
  );
  return isClosed ? [] : [{ path: [...list.path, size], before: undefined, after: reply }];
}
