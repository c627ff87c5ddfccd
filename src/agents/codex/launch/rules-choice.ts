// Decides whether Codex's command rules apply in one turn. A rule that allows a command lets it run outside the sandbox. A rule that forbids
// a command is a limit that the user has set. The user is told about both cases.
import { join } from "node:path";
import { BridgeError } from "../../../domain/errors.ts";
import { type CodexRulesMode, listRuleFolders, readCommandRules, SYSTEM_RULES } from "../config/command-rules.ts";
import { type ExecCapabilities, knowsRules, type RunCodex } from "../program/capabilities.ts";
import type { CodexTurnRequest } from "../turn/codex-turn-request.ts";

/** The decision: whether this turn ignores the rules of Codex's home and of projects, and a warning for the user. */
export interface RulesChoice {
  readonly isIgnored: boolean;
  readonly warning: string | undefined;
}

/** What the decision depends on, besides the turn. */
export interface RulesScope {
  readonly mode: CodexRulesMode;
  readonly codexHome: string;
  readonly run: RunCodex;
  /** Folders of the project whose `.codex` nobody has approved. */
  readonly foreign: readonly string[];
  /** Folder of machine-wide rules. */
  readonly systemFolder?: string;
}

const HONOURED: RulesChoice = { isIgnored: false, warning: undefined };
const MOST_NAMED = 3;

/**
 * Decides from the rule files as they are now. Rules apply if they certainly only refuse commands; otherwise all rules are ignored.
 * Throws AGENT_UNSUPPORTED if rules may allow commands and this Codex CLI cannot ignore them.
 */
export async function chooseRules(
  { frame, threadId }: CodexTurnRequest,
  exec: ExecCapabilities,
  { mode, codexHome, run, foreign, systemFolder = SYSTEM_RULES }: RulesScope,
): Promise<RulesChoice> {
  if (frame.sandbox.mode === "danger-full-access") return HONOURED;
  if (mode === "honour") {
    // 0.120 also applies the rules of an untrusted folder. The user did not approve these, so `honour` does not cover them.
    const planted = readCommandRules(foreign.map((folder) => join(folder, ".codex/rules"))).allowing;
    if (planted.length > 0 && !exec.ignoresRules && (await knowsRules(run))) throw cannotIgnore(planted);
    return HONOURED;
  }
  const rules = readCommandRules(listRuleFolders(frame.cwd, codexHome));
  const fixed = readCommandRules([systemFolder]).allowing;
  const held = exec.ignoresRules ? fixed : [...fixed, ...rules.allowing];
  if (held.length > 0 && (exec.ignoresRules || (await knowsRules(run)))) throw cannotIgnore(held);
  if (!exec.ignoresRules) return HONOURED;
  if (rules.allowing.length > 0) {
    const isTold = threadId === undefined && rules.forbidding.length > 0;
    return { isIgnored: true, warning: isTold ? describeDropped(rules.forbidding) : undefined };
  }
  // If there are no rules, ignore them anyway: then a rule that is added meanwhile has no effect.
  return { isIgnored: rules.forbidding.length === 0, warning: undefined };
}

function describeDropped(paths: readonly string[]): string {
  return (
    `Command rules that forbid commands were ignored too: ${name(paths)}. Codex can only ignore all of its rules, and some ` +
    "of them let commands run outside the sandbox. The user can apply all rules with BRIDGE_CODEX_RULES=honour."
  );
}

function cannotIgnore(paths: readonly string[]): BridgeError {
  return new BridgeError(
    "AGENT_UNSUPPORTED",
    `This Codex CLI cannot ignore command rules that may let commands run outside the sandbox: ${name(paths)}.`,
    {
      nextStep:
        "Ask the user to update the Codex CLI (no version ignores machine-wide rules in /etc/codex), to remove the rules " +
        "that allow commands, or to accept them with BRIDGE_CODEX_RULES=honour.",
    },
  );
}

function name(paths: readonly string[]): string {
  const rest = paths.length - MOST_NAMED;
  return `${paths.slice(0, MOST_NAMED).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}
