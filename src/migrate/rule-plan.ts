// Permission rules that name tools of a replaced server: what they name is called otherwise now.
import { isRecord } from "../domain/guards.ts";
import type { JsonChange } from "./json-edit.ts";
import { type Json, type JsonPath, readAt } from "./json-value.ts";
import type { Renames } from "./rule-names.ts";

/** What becomes of a file's rules. */
export interface RulePlan {
  readonly changes: readonly JsonChange[];
  /** Rules that stay and what that means. */
  readonly notes: readonly string[];
}

const LISTS = ["allow", "ask", "deny"];

/** Plans the rules of a settings file, or of `.claude.json`, which keeps `allowedTools` by project. */
export function planRules(root: Json, renames: Renames, ofProjects: ReadonlySet<string>): RulePlan {
  const projects = readAt(root, ["projects"]);
  const paths: JsonPath[] = [
    ...LISTS.map((list) => ["permissions", list]),
    ...(isRecord(projects)
      ? Object.keys(projects)
          .filter((project) => ofProjects.has(project))
          .map((project) => ["projects", project, "allowedTools"])
      : []),
  ];
  const all = paths.flatMap((path) => toList(readAt(root, path)));
  const plans = paths.map((path) => planList(toList(readAt(root, path)), path, { renames, all }));
  return { changes: plans.flatMap(({ changes }) => changes), notes: plans.flatMap(({ notes }) => notes) };
}

function toList(list: Json | undefined): readonly Json[] {
  return Array.isArray(list) ? list : [];
}

function planList(
  rules: readonly Json[],
  path: JsonPath,
  { renames, all }: { renames: Renames; all: readonly Json[] },
): RulePlan {
  const changes: JsonChange[] = [];
  const notes: string[] = [];
  for (const [at, rule] of rules.entries()) {
    const renamed = typeof rule === "string" ? rename(rule, renames) : undefined;
    if (renamed === undefined || renamed.to === rule) continue;
    if (renamed.to === undefined) notes.push(`the rule ${rule} names a tool without a counterpart; it may go`);
    else if (all.includes(renamed.to))
      notes.push(`the rule ${rule} stays as it is: there is one for ${renamed.to} already`);
    else {
      changes.push({ path: [...path, at], before: rule, after: renamed.to });
    }
  }
  return { changes, notes };
}

// `mcp__codex__ask-codex`, with what stands in parentheses behind it.
function rename(rule: string, renames: Renames): { to: string | undefined } | undefined {
  for (const [prefix, tools] of renames) {
    const [, tool = "", tail = ""] = rule.startsWith(prefix)
      ? (/^([\w-]+)(\(.*\))?$/.exec(rule.slice(prefix.length)) ?? [])
      : [];
    if (!Object.hasOwn(tools, tool)) continue;
    const next = tools[tool];
    return { to: next === undefined ? undefined : `${prefix}${next}${tail}` };
  }
  return undefined;
}
