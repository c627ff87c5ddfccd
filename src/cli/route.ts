// `codex-bridge route`: shows which agent the rules choose for a task, and why. `--eval` measures the rules with labelled tasks.
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import * as z from "zod";
import { BridgeError } from "../domain/errors.ts";
import { toPrintableLine } from "../domain/printable.ts";
import type { Print } from "../domain/printed-line.ts";
import { AGENTS, type TaskFacts } from "../domain/task.ts";
import type { Router, RoutingDecision } from "../routing/route.ts";
import { createRulesReader } from "../rules/rules-reader.ts";
import { loadSettings } from "../settings/load.ts";
import type { CommandWords } from "./commands.ts";

/** Options of the command. */
export interface RouteOptions {
  readonly values: CommandWords["values"];
  readonly positionals: readonly string[];
  readonly shippedRules: string;
  readonly print: Print;
}

const LabelledTask = z.object({ task: z.string(), agent: z.enum(AGENTS), kind: z.string().optional() });
const Facts = z.object({
  "context-tokens": z
    .string()
    .regex(/^\d{1,12}$/, "must be a whole number")
    .transform(Number)
    .optional(),
  complexity: z
    .string()
    .regex(/^(0(\.\d+)?|1(\.0+)?|\.\d+)$/, "must be a number from 0 to 1")
    .transform(Number)
    .optional(),
  type: z.string().optional(),
  files: z.enum(["yes", "no"]).optional(),
});

/** Runs the command; gives the exit code. Throws BridgeError. */
export function runRoute({ values, positionals, shippedRules, print }: RouteOptions): number {
  const { route, problem } = createRulesReader(findRules(shippedRules))();
  if (problem !== undefined) throw problem;
  const task = positionals.join(" ");
  if (typeof values["eval"] === "string") {
    if (task !== "") throw new BridgeError("INVALID_ARGUMENT", "route takes a task or --eval, not both.");
    return evaluate(route, readTasks(values["eval"]), print);
  }
  if (task.trim() === "") throw new BridgeError("INVALID_ARGUMENT", "route needs a task or --eval FILE.jsonl.");
  const decision = route(toFacts(task, values));
  print(values["json"] === true ? JSON.stringify(decision, null, 2) : describeDecision(decision));
  return 0;
}

function toFacts(task: string, values: Readonly<Record<string, unknown>>): TaskFacts {
  const parsed = Facts.safeParse(values);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new BridgeError("INVALID_ARGUMENT", `--${issue?.path.join(".")}: ${issue?.message}.`);
  }
  const { "context-tokens": contextTokens, complexity, type, files } = parsed.data;
  return {
    task,
    contextTokens,
    complexity,
    taskType: type,
    requiresFileSystem: files === undefined ? undefined : files === "yes",
  };
}

/** A decision as text: the rule and its reasons, then every condition of that rule and of the runners-up. */
export function describeDecision(decision: RoutingDecision): string {
  const { agent, contextStrategy, sandbox, ruleId } = decision;
  const where = agent === "codex_cli" && sandbox !== undefined ? `, sandbox: ${sandbox}` : "";
  const head = `${agent} (context: ${contextStrategy}${where}) by ${ruleId === undefined ? "default" : `rule ${toPrintableLine(ruleId)}`}`;
  const rules = decision.rules.filter(({ applies, weight }) => applies || weight > 0);
  return [
    head,
    ...decision.reasons.map((reason) => `  because ${toPrintableLine(reason)}`),
    ...decision.warnings.map((warning) => `  warning: ${toPrintableLine(warning)}`),
    ...rules.flatMap((rule) => [
      `${rule.ruleId === decision.ruleId ? "*" : " "} ${toPrintableLine(rule.ruleId)} (priority ${rule.priority}) ${rule.applies ? "applies" : "does not apply"}`,
      ...rule.verdicts.map(
        ({ condition, result, evidence }) => `      ${condition} ${result}: ${toPrintableLine(evidence)}`,
      ),
    ]),
  ].join("\n");
}

// Read as the server reads it: `~` is expanded, an unexpanded `${…}` is refused.
function findRules(shippedRules: string): string {
  const loaded = loadSettings({ env: { HOME: homedir(), ...process.env }, cwd: process.cwd() });
  if ("problems" in loaded) throw new BridgeError("CONFIG_INVALID", `${loaded.problems.join("; ")}.`);
  return loaded.settings.delegationRules ?? shippedRules;
}

function readTasks(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new BridgeError("INVALID_ARGUMENT", `--eval: ${path} cannot be read.`, { cause: error });
  }
}

function evaluate(route: Router, text: string, print: Print): number {
  const tasks = text
    .replace(/^\ufeff/, "")
    .split("\n")
    .flatMap((line, at) => (line.trim() === "" ? [] : [parseLabelled(line, at + 1)]));
  if (tasks.length === 0) throw new BridgeError("INVALID_ARGUMENT", "--eval: the file contains no task.");
  const judged = tasks.map((task) => ({ ...task, decision: route({ task: task.task }) }));
  const right = judged.filter(({ agent, decision }) => agent === decision.agent).length;
  print(`${right} of ${judged.length} right (${((right / judged.length) * 100).toFixed(1)} %)`);
  for (const wanted of AGENTS) {
    const counts = AGENTS.map(
      (got) => judged.filter(({ agent, decision }) => agent === wanted && decision.agent === got).length,
    );
    print(`${wanted.padEnd(12)} → ${AGENTS.map((got, at) => `${got} ${counts[at]}`).join(", ")}`);
  }
  for (const { task, agent, decision } of judged.filter((entry) => entry.agent !== entry.decision.agent)) {
    const grounds = `${decision.ruleId ?? "default"} (${decision.reasons.join("; ")})`;
    print(toPrintableLine(`miss: wanted ${agent}, got ${decision.agent} by ${grounds}: ${task}`));
  }
  return 0;
}

function parseLabelled(line: string, number: number): z.infer<typeof LabelledTask> {
  try {
    return LabelledTask.parse(JSON.parse(line));
  } catch (error) {
    throw new BridgeError(
      "INVALID_ARGUMENT",
      `--eval: line ${number} is not {"task", "agent"} with an agent of: ${AGENTS.join(", ")}.`,
      { cause: error },
    );
  }
}
