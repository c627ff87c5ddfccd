// The prompts that the agent gets for a routed task, and the instructions that the caller gets with a task that is handed back.

import { type ShapedContext, shapeContext } from "../../context/context.ts";
import { type CheckResult, hasPassed } from "../../domain/check.ts";
import type { Attempt, AttemptPlace, ContextStrategy } from "../../domain/task.ts";
import type { EscalationStep } from "../../escalation/policy.ts";
import type { RoutingDecision } from "../../routing/route.ts";
import type { RulesFile } from "../../routing/rules-schema.ts";
import { describeExit } from "./judge-check.ts";
import type { TaskRequest } from "./task-requests.ts";
import { describeTask } from "./task-summary.ts";

/** A longer task is not repeated: the thread knows it, and prompts have a limit. */
const REPEATED_CHARACTERS = 20_000;
/** Of a check's output that the agent gets, and that a caller reads in words. */
const MENDED_CHARACTERS = 6_000;
const TOLD_CHARACTERS = 1_000;
/** Codex's own limit, in characters (docs/codex-cli.md#prompt). A longer prompt would fail as a turn. */
const LONGEST_PROMPT = 1_048_576;
/** Room for the words between task and context. */
const FRAME_CHARACTERS = 200;

/** The context as it follows the task in a prompt, shaped by `strategy` ("" where none is sent), and what was left out of it. */
export function composeContext(
  { context = "", task }: Pick<TaskRequest, "context" | "task">,
  strategy: ContextStrategy,
  rules: RulesFile,
): ShapedContext {
  const { text, dropped } = shapeContext(context, task, strategy, rules.routing_config);
  const isRoomless = text.length > 0 && task.length + text.length > LONGEST_PROMPT - FRAME_CHARACTERS;
  if (isRoomless)
    return { text: "", dropped: `all ${context.length} characters of the context (no room beside the task)` };
  const part = dropped === undefined ? "" : " (in part; […] marks what was left out)";
  return { text: text === "" ? "" : `\n\nContext${part}:\n${text}`, dropped };
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
): ContextStrategy {
  if (lastCode === "CONTEXT_OVERFLOW") return "compressed";
  switch (step?.contextModification) {
    case "compress":
      return "compressed";
    case "filter":
      return "filtered";
    case "summarize":
      return "minimal";
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
  readonly strategy: ContextStrategy;
  readonly attempts: readonly Attempt[];
  /** The check of the newest attempt, where one ran. */
  readonly check?: CheckResult | undefined;
  /** The worktrees of the attempts whose proposals are open. */
  readonly places?: readonly AttemptPlace[];
}): string {
  const { agentName, task, reason, step, strategy, attempts, check, places = [] } = handBack;
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
    `Context to use: ${describeStrategy(strategy)}. ${describeWork(agentName, attempts, places)}`,
  ].join(" ");
}

function describeWork(agentName: string, attempts: readonly Attempt[], places: readonly AttemptPlace[]): string {
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

function describeStrategy(strategy: ContextStrategy): string {
  const meaning: Record<ContextStrategy, string> = {
    full: "full, all of it",
    filtered: "filtered, only what relates to the task",
    minimal: "minimal, the files named and little more",
    isolated: "isolated, the task alone",
    compressed: "compressed, a short summary of what relates to the task",
  };
  return meaning[strategy];
}
