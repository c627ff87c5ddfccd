// Checks how Claude Code's permission rules affect the bridge's tools.
import { isRuleFor, type PermissionRule, toToolPrefix } from "../../clients/claude-code/permission-rules.ts";
import type { ProjectTrust } from "../../clients/claude-code/registrations.ts";
import { toOwnCommand } from "../../domain/own-command.ts";
import { toShellWords } from "../../domain/shell-words.ts";
import { type Finding, failed, ok, skipped, warning } from "./check.ts";

/** Names of the bridge's tools. */
export const TOOL_NAMES = [
  "codex",
  "codex-reply",
  "codex-ask",
  "route_task",
  "agent_job",
  "agent_job_control",
  "codex-threads",
  "codex-threads-edit",
  "codex-verify",
  "codex-undo",
  "codex-land",
  "codex-review",
  "review_panel",
  "run_agent",
  "send_to_codex",
  "save_checkpoint",
  "restore_checkpoint",
  "store_knowledge",
  "retrieve_knowledge",
  "wait_for_status",
  "run_collaboration",
] as const;
/** These run no turn of Codex: they show or arrange what others have started. */
const RUN_NOTHING: readonly string[] = [
  "agent_job",
  "codex-threads",
  "codex-threads-edit",
  "codex-verify",
  "codex-undo",
  "codex-land",
  "send_to_codex",
  "save_checkpoint",
  "restore_checkpoint",
  "store_knowledge",
  "retrieve_knowledge",
  "wait_for_status",
];
/** Nothing can be delegated if this tool is denied. */
const FIRST = "codex";

/** Names and trust that the rules are judged by. */
export interface BridgeNames {
  /** Names of the bridge's entries. */
  readonly servers: readonly string[];
  /** Names of all other servers. */
  readonly others: readonly string[];
  readonly ownPath: string;
  readonly trust: ProjectTrust;
}

/**
 * Checks the rules for the tools of the bridge's entries. `servers` are its names, `others` those of all other servers. A rule for a name
 * that no server has does nothing.
 */
export function checkPermissions(
  rules: readonly PermissionRule[],
  { servers, others, ownPath, trust }: BridgeNames,
): Finding {
  if (servers.length === 0) return skipped("not registered here");
  const prefixes = servers.map(toToolPrefix);
  const pick = (kind: PermissionRule["kind"], tools: readonly string[] = TOOL_NAMES): PermissionRule[] =>
    rules.filter(
      (rule) =>
        rule.kind === kind && prefixes.some((prefix) => tools.some((tool) => isRuleFor(rule.text, prefix, tool))),
    );
  const denied = pick("deny");
  if (denied.length > 0) {
    const judge = pick("deny", [FIRST]).length > 0 ? failed : warning;
    const open = TOOL_NAMES.filter((tool) => !RUN_NOTHING.includes(tool) && pick("deny", [tool]).length === 0);
    return judge(
      `denied: ${describe(denied)}`,
      open.length === 0
        ? "Remove the rule if you want to delegate: Claude never sees a tool that is denied."
        : `Remove the rule, or deny ${prefixes.join(", ")} as a whole: ${open.join(" and ")} can still run Codex.`,
    );
  }
  const asked = pick("ask");
  if (asked.length > 0) {
    return warning(
      `Claude Code asks before each call: ${describe(asked)}`,
      "Remove the rule if Claude Code should not ask.",
    );
  }
  if (pick("allow").length > 0) {
    const others = TOOL_NAMES.filter((tool) => pick("allow", [tool]).length === 0);
    return judgeAllowed(pick("allow"), others, trust);
  }
  const stray = findStray(rules, [...prefixes, ...others.map(toToolPrefix)]);
  if (stray.length === 0) return ok("no rule: Claude Code asks before a call, or its mode decides");
  return warning(
    `allowed under a name that no server has here: ${describe(stray)}; the entry is called ${servers.join(", ")}`,
    `Write ${prefixes[0]} instead, or run \`${toShellWords([...toOwnCommand(ownPath), "migrate"])}\`.`,
  );
}

// Claude Code ignores rules in a project that is not trusted yet: they may have come with a clone.
function judgeAllowed(
  allowed: readonly PermissionRule[],
  others: readonly string[],
  { isTrusted, project, file }: ProjectTrust,
): Finding {
  const waiting = isTrusted ? [] : allowed.filter(({ needsTrust }) => needsTrust === "yes");
  if (waiting.length === 0) {
    const isOpen = !isTrusted && allowed.every(({ needsTrust }) => needsTrust === "if tracked");
    const limit = isOpen
      ? `; this folder is not trusted yet, so Claude Code ignores rules in files that git tracks`
      : "";
    const rest =
      others.length === 0 ? "" : `; no rule for ${others.join(", ")}: \`claude -p\` refuses what no rule allows`;
    return ok(`allowed: ${describe(allowed)}${limit}${rest}`);
  }
  const counting = allowed.filter((rule) => !waiting.includes(rule));
  const now = counting.length === 0 ? "" : `allowed: ${describe(counting)}; `;
  return warning(
    `${now}ignored until ${project} is trusted in Claude Code: ${describe(waiting)}`,
    `Start claude there once and accept its trust dialog. If no dialog appears, set projects[${JSON.stringify(project)}].hasTrustDialogAccepted to true in ${file}.`,
  );
}

// Rules that allow the bridge's tool names under the name of a server that does not exist.
function findStray(rules: readonly PermissionRule[], known: readonly string[]): PermissionRule[] {
  return rules.filter(({ kind, text }) => {
    const [, prefix, tool] = /^(mcp__[A-Za-z0-9_-]*?codex[A-Za-z0-9_-]*?)(?:__([A-Za-z0-9_*-]+))?$/i.exec(text) ?? [];
    if (kind !== "allow" || prefix === undefined || known.includes(prefix)) return false;
    return tool === undefined || tool === "*" || TOOL_NAMES.some((name) => name === tool);
  });
}

function describe(rules: readonly PermissionRule[]): string {
  return rules.map(({ text, file }) => `${text} (${file})`).join(", ");
}
