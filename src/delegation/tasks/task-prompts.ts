// The prompts that the agent gets for a routed task, and the instructions that the caller gets with a task that is handed back.

import type { ContextRules } from "../../context/context.ts";
import { type HandedContext, toItems } from "../../context/context-item.ts";
import { executiveSummary } from "../../context/extract/compress.ts";
import type { KeepWhole } from "../../context/fit-items.ts";
import { composePrompt, type HandedParts } from "../../context/hand-prompt.ts";
import { type HandoffReport, type HandStrategy, shapeHanded } from "../../context/shape-items.ts";
import { splitTask } from "../../context/split-task.ts";
import { type CheckResult, hasPassed } from "../../domain/check.ts";
import type { Attempt, AttemptPlace, ContextStrategy } from "../../domain/task.ts";
import type { EscalationStep } from "../../escalation/policy.ts";
import type { RoutingDecision } from "../../routing/route.ts";
import { describeExit } from "./judge-check.ts";
import type { TaskRequest } from "./task-requests.ts";
import { describeTask } from "./task-summary.ts";

/** A longer task is not repeated: the thread knows it, and prompts have a limit. */
const REPEATED_CHARACTERS = 20_000;
/** Of a check's output that the agent gets, and that a caller reads in words. */
const MENDED_CHARACTERS = 6_000;
const TOLD_CHARACTERS = 1_000;
/** A context of fewer characters is not summed up, and no summary is longer. */
const SUMMED_CHARACTERS = 2_000;
/** Codex's own limit, in characters (docs/codex-cli.md#prompt). A longer prompt would fail as a turn. */
const LONGEST_PROMPT = 1_048_576;
/** Room for the words between task and context. */
const FRAME_CHARACTERS = 200;

/** A context that is ready to go along. */
export interface ComposedContext extends HandedParts {
  /** What was left out, in words; undefined if nothing was. */
  readonly dropped: string | undefined;
  /** Undefined where the caller gave no context. */
  readonly report: HandoffReport | undefined;
}

/** No context. */
export const NO_CONTEXT: ComposedContext = {
  text: "",
  sections: {},
  isCut: false,
  dropped: undefined,
  report: undefined,
};

/** The context as it goes along with the task in a prompt, shaped by `strategy`, and what was left out of it. Throws CONTEXT_OVERFLOW. */
export function composeContext(
  { context, task }: Pick<TaskRequest, "context" | "task">,
  {
    strategy,
    rules,
    keep,
  }: { readonly strategy: HandStrategy; readonly rules: ContextRules; readonly keep?: KeepWhole | undefined },
): ComposedContext {
  if (toItems(context).length === 0) return NO_CONTEXT;
  const { text, sections, dropped, report } = shapeHanded(context, { task, strategy, rules, keep });
  const isRoomless = text.length > 0 && task.length + text.length > LONGEST_PROMPT - FRAME_CHARACTERS;
  if (!isRoomless) return { text, sections, isCut: dropped !== undefined, dropped, report };
  return {
    ...NO_CONTEXT,
    dropped: `all ${describeSize(context)} (no room beside the task)`,
    report: { ...report, tokensAfter: 0, left: [{ priority: "important", tokens: report.tokensBefore }] },
  };
}

function describeSize(context: HandedContext = ""): string {
  const characters = toItems(context).reduce((sum, { content }) => sum + content.length, 0);
  return `${characters} characters of the context`;
}

/** The prompt with which a task is handed on. */
export function composeTask(task: string, context: ComposedContext): string {
  return composePrompt(task, context);
}

/** The prompt for a thread whose last turn failed. */
export function composeRetry(task: string, lastCode: string | undefined): string {
  return `The last turn ended early (${lastCode ?? "it failed"}). Look at what is done already, then finish ${nameTask(task)}`;
}

/** The prompt for a thread whose last turn has completed, and whose check failed: the check itself, or what is left of it in words. */
export function composeMend(task: string, failed: CheckResult | string): string {
  const what = typeof failed === "string" ? failed : describeCheck(failed, MENDED_CHARACTERS);
  return `Your last turn did not pass its check. ${what}\n\nFind out why, mend it, and finish ${nameTask(task)}`;
}

/** A check that failed, with the end of its output. */
function describeCheck(check: CheckResult, most: number): string {
  const output = check.output.slice(-most).toWellFormed().trim();
  const said = output === "" ? "It printed nothing." : `Its output ends:\n${output}`;
  return `\`${check.command}\` failed (${describeExit(check)}). ${said}`;
}

function nameTask(task: string): string {
  return task.length > REPEATED_CHARACTERS ? "the task that this thread began with." : `the task: ${task}`;
}

/** How much of the context an attempt gets. */
export function toStrategy(
  step: EscalationStep | undefined,
  ruleStrategy: ContextStrategy,
  lastCode: string | undefined,
): HandStrategy {
  if (lastCode === "CONTEXT_OVERFLOW") return "compressed";
  switch (step?.contextModification) {
    case "compress":
      return "compressed";
    case "filter":
      return "filtered";
    case "summarize":
      return "summarized";
    default:
      return ruleStrategy;
  }
}

/** Instructions for a task that the rules give to Claude Code in the first place. */
export function instructAtOnce({ reasons, contextStrategy }: RoutingDecision): string {
  return `Do this task yourself: ${reasons.join("; ")}. Context to use: ${describeStrategy(contextStrategy)}.`;
}

/** Instructions for a task that the agent could not do. */
export function instructAfter(handBack: {
  /** Name of the agent. */
  readonly agentName: string;
  readonly task: string;
  readonly reason: string;
  readonly step: EscalationStep | undefined;
  readonly strategy: HandStrategy;
  readonly context?: HandedContext | undefined;
  readonly attempts: readonly Attempt[];
  /** The check of the newest attempt, where one ran. */
  readonly check?: CheckResult | undefined;
  /** The worktrees of the attempts whose proposals are open. */
  readonly places?: readonly AttemptPlace[];
}): string {
  const { agentName, task, context, reason, step, strategy, attempts, check, places = [] } = handBack;
  const how = step?.strategy === "decompose_task" ? "Break this task into smaller parts and do them" : "Do this task";
  const tried = attempts.map(describeAttempt).join(" ");
  const threadId = attempts.findLast((attempt) => attempt.threadId !== undefined)?.threadId;
  return [
    `${how} yourself; do not route it again for now.`,
    describeTask(task),
    `Why: ${reason}.`,
    ...(tried === "" ? [] : [`What was tried: ${tried}`]),
    ...(threadId === undefined ? [] : [`${agentName}'s thread: ${threadId}.`]),
    ...(check === undefined || hasPassed(check) ? [] : [`The check ${describeCheck(check, TOLD_CHARACTERS)}`]),
    ...(step?.strategy === "decompose_task" ? describeParts(task, context) : []),
    `Context to use: ${describeStrategy(strategy)}. ${describeWork(agentName, attempts, places)}`,
  ].join(" ");
}

// The parts that the task falls into, and a summary of what the caller gave along.
function describeParts(task: string, context: HandedContext | undefined): string[] {
  const parts = splitTask(task);
  const text = toItems(context)
    .map(({ content }) => content)
    .join("\n\n");
  const summary = text.length > SUMMED_CHARACTERS ? executiveSummary(text, task).slice(0, SUMMED_CHARACTERS) : "";
  return [
    ...(parts.length < 2 ? [] : [`Its parts:\n${parts.map((part, at) => `${at + 1}. ${part}`).join("\n")}\n`]),
    ...(summary === "" ? [] : [`What the context says in short:\n${summary.toWellFormed()}\n`]),
  ];
}

function describeWork(agentName: string, attempts: readonly Attempt[], places: readonly AttemptPlace[]): string {
  // It was passed over near its usage limit.
  if (!attempts.some(({ agent }) => agent === "codex_cli")) return `${agentName} has not begun it.`;
  const isProposed = ({ place }: Attempt): boolean => places.some(({ proposal }) => proposal === place?.proposal);
  const proposed = places.map(({ proposal, cwd }) => `proposal ${proposal} in ${cwd}`).join(" and ");
  if (proposed === "") return `${agentName} may have changed files already: look before you start.`;
  const what = "land it with codex-land and go on from there, or remove it with discard true";
  const isAll = attempts.filter(({ agent }) => agent === "codex_cli").every(isProposed);
  return isAll
    ? `What ${agentName} changed is ${proposed}, not in your files: ${what}.`
    : `What ${agentName} changed in a worktree is ${proposed}: ${what}. It may have changed your files too: look before you start.`;
}

/** An attempt in one sentence. */
export function describeAttempt({ agent, outcome, code, startedAt, endedAt }: Attempt, at: number): string {
  const seconds = Math.round((endedAt - startedAt) / 1_000);
  return `Attempt ${at + 1}: ${agent} ${outcome}${code === undefined ? "" : ` with ${code}`} after ${seconds} s.`;
}

function describeStrategy(strategy: HandStrategy): string {
  const meaning: Record<HandStrategy, string> = {
    full: "full, all of it",
    filtered: "filtered, only what relates to the task",
    minimal: "minimal, the files named and little more",
    isolated: "isolated, the task alone",
    summarized: "summarized, an executive summary",
    compressed: "compressed, a short summary of what relates to the task",
  };
  return meaning[strategy];
}
