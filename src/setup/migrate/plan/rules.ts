// Decides which rules a list needs for the bridge's tools, in addition to its rules for the old server's tools.
import { isRuleFor } from "../../../clients/claude-code/permission-rules.ts";
import {
  type KnownServer,
  listCounterparts,
  OWN_TOOLS,
  REPLACED_SERVERS,
  WORKING_TOOLS,
} from "../recognise/known-servers.ts";

/** A rule that a list needs. */
export interface WantedRule {
  /** The rule for the old server that makes it necessary. */
  readonly beside: string;
  readonly rule: string;
  /** Name of its tool, without the prefix. */
  readonly tool: string;
}

/** The needs of a list that denies or asks. */
export interface ClosingPlan {
  readonly wanted: readonly WantedRule[];
  /** Rules that close an unknown tool, while some tool of the bridge is not closed. */
  readonly unknown: readonly string[];
}

/** Plans a list that denies or asks. If its rules close a tool of the old server, the new rules close the bridge's tools that can do the same. */
export function planClosing(rules: readonly string[], prefix: string, server: KnownServer): ClosingPlan {
  const wanted = rules.flatMap((beside) =>
    Object.keys(server.tools)
      .filter((tool) => isRuleFor(beside, prefix, tool))
      .flatMap((tool) =>
        listCounterparts(server, tool).map((next, at): WantedRule => {
          const condition = at === 0 ? readCondition(beside) : "";
          return { beside, tool: next, rule: `${prefix}__${next}${condition}` };
        }),
      ),
  );
  const isOpen = ({ rule, tool }: WantedRule): boolean => !rules.includes(rule) && !isCovered(rules, prefix, tool);
  const known = [...Object.keys(server.tools), ...server.gone, ...OWN_TOOLS];
  const isAllClosed = WORKING_TOOLS.every((tool) => isCovered(rules, prefix, tool));
  return {
    wanted: wanted.filter(isOpen),
    unknown: isAllClosed ? [] : rules.filter((rule) => isUnknown(rule, prefix, known)),
  };
}

/** A rule that allows. */
export interface WantedAllowing extends WantedRule {
  /** Tool that does what the old one did. Where it is closed, nothing is allowed beside it. */
  readonly main: string;
}

/** The needs of a list that allows, and notes for the user on its rules. */
export interface AllowingPlan {
  readonly wanted: readonly WantedAllowing[];
  readonly notes: readonly string[];
}

/**
 * Plans a list that allows. Only a rule that names a single tool of the old server gets new rules, for the same tool of the bridge. Where that
 * is `codex`, two tools are allowed too, because they can do less: `codex-ask`, and `agent_job`, which shows what became of background calls.
 */
export function planAllowing(rules: readonly string[], prefix: string, { tools, gone }: KnownServer): AllowingPlan {
  const wanted: WantedAllowing[] = [];
  const notes: string[] = [];
  for (const beside of rules) {
    const old = readTool(beside, prefix);
    const tool = old === undefined ? undefined : tools[old];
    if (old === undefined) continue;
    if (tool === undefined && OWN_TOOLS.includes(old))
      notes.push(`the rule ${beside} allowed nothing before, and allows that tool now`);
    if (gone.includes(old)) notes.push(`the rule ${beside} names a tool without a counterpart; you may remove it`);
    if (tool === undefined) continue;
    for (const next of tool === "codex" ? [tool, "codex-ask", "agent_job"] : [tool]) {
      const rule = `${prefix}__${next}${readCondition(beside)}`;
      if (!rules.includes(rule) && !isCovered(rules, prefix, next))
        wanted.push({ beside, rule, tool: next, main: tool });
    }
  }
  return { wanted, notes };
}

/** For an entry that is the bridge already: finds the rules that deny or ask but match no tool of it, with the rules to write instead. */
export function findDeadRules(rules: readonly string[], prefix: string): { rule: string; wanted: readonly string[] }[] {
  const isClosed = (tool: string): boolean => isCovered(rules, prefix, tool);
  const own = rules.filter(
    (rule) => rule.startsWith(`${prefix}__`) && !OWN_TOOLS.some((tool) => isRuleFor(rule, prefix, tool)),
  );
  return own.flatMap((rule) => {
    const servers = REPLACED_SERVERS.filter(({ tools }) =>
      Object.keys(tools).some((tool) => isRuleFor(rule, prefix, tool)),
    );
    const isGone = REPLACED_SERVERS.some(({ gone }) => gone.some((tool) => isRuleFor(rule, prefix, tool)));
    if (servers.length === 0 && isGone) return [];
    const wanted = servers.flatMap((server) => planClosing([rule], prefix, server).wanted.map(({ tool }) => tool));
    const [first = "codex"] = wanted;
    if (servers.length > 0 && isClosed(first)) return [];
    const open = (servers.length > 0 ? [...new Set(wanted)] : WORKING_TOOLS).filter((tool) => !isClosed(tool));
    return open.length === 0 ? [] : [{ rule, wanted: open.map((tool) => `${prefix}__${tool}`) }];
  });
}

/** Whether one of the rules applies to a tool without a condition. */
export function isCovered(rules: readonly string[], prefix: string, tool: string): boolean {
  return rules.some((rule) => readCondition(rule) === "" && isRuleFor(rule, prefix, tool));
}

function isUnknown(rule: string, prefix: string, known: readonly string[]): boolean {
  return rule.startsWith(`${prefix}__`) && !known.some((tool) => isRuleFor(rule, prefix, tool));
}

// Returns the parentheses after the tool's name, with their content.
function readCondition(rule: string): string {
  return /\(.*\)$/s.exec(rule)?.[0] ?? "";
}

function readTool(rule: string, prefix: string): string | undefined {
  if (!rule.startsWith(`${prefix}__`)) return undefined;
  return /^([\w-]+)(?:\(.*\))?$/s.exec(rule.slice(prefix.length + 2))?.[1];
}
