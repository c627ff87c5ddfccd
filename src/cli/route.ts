// `codex-bridge route`: which agent the rules choose for a task, and why; `--eval` judges a file of labelled tasks.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import * as z from "zod";
import { BridgeError } from "../domain/errors.ts";
import { AGENTS, type TaskFacts } from "../domain/task.ts";
import type { Router, RoutingDecision } from "../routing/route.ts";
import { createRulesReader } from "../routing-rules/rules-reader.ts";

/** What the command works with. */
export interface RouteOptions {
  readonly words: readonly string[];
  readonly rulesPath: string;
  readonly print: (line: string) => void;
}

const LabelledTask = z.object({ task: z.string(), agent: z.enum(AGENTS), kind: z.string().optional() });
const Facts = z.object({
  "context-tokens": z.coerce.number().min(0).optional(),
  complexity: z.coerce.number().min(0).max(1).optional(),
  type: z.string().optional(),
  files: z.enum(["yes", "no"]).optional(),
});

/** Runs the command; resolves with the exit code. Throws BridgeError or a TypeError of `parseArgs`. */
export function runRoute({ words, rulesPath, print }: RouteOptions): number {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      eval: { type: "string" },
      json: { type: "boolean" },
      type: { type: "string" },
      "context-tokens": { type: "string" },
      complexity: { type: "string" },
      files: { type: "string" },
    },
  });
  const { route, problem } = createRulesReader(rulesPath)();
  if (problem !== undefined) throw problem;
  if (values.eval !== undefined) return evaluate(route, readFileSync(values.eval, "utf8"), print);
  const task = positionals.join(" ");
  if (task.trim() === "") throw new BridgeError("INVALID_ARGUMENT", "route needs a task or --eval FILE.jsonl.");
  const decision = route(toFacts(task, values));
  print(values.json === true ? JSON.stringify(decision, null, 2) : describeDecision(decision));
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

/** A decision in lines: the rule and its reasons, then each condition of it and of the runners-up. */
export function describeDecision(decision: RoutingDecision): string {
  const head = `${decision.agent} (context: ${decision.contextStrategy}) by ${decision.ruleId === undefined ? "default" : `rule ${decision.ruleId}`}`;
  const rules = decision.rules.filter(({ applies, weight }) => applies || weight > 0);
  return [
    head,
    ...decision.reasons.map((reason) => `  because ${reason}`),
    ...decision.warnings.map((warning) => `  warning: ${warning}`),
    ...rules.flatMap((rule) => [
      `${rule.ruleId === decision.ruleId ? "*" : " "} ${rule.ruleId} (priority ${rule.priority}) ${rule.applies ? "applies" : "does not apply"}`,
      ...rule.verdicts.map(({ condition, result, evidence }) => `      ${condition} ${result}: ${evidence}`),
    ]),
  ].join("\n");
}

function evaluate(route: Router, text: string, print: (line: string) => void): number {
  const tasks = text.split("\n").flatMap((line, at) => (line.trim() === "" ? [] : [parseLabelled(line, at + 1)]));
  const judged = tasks.map((task) => ({ ...task, decision: route({ task: task.task }) }));
  const right = judged.filter(({ agent, decision }) => agent === decision.agent).length;
  print(`${right} of ${judged.length} right (${((right / Math.max(1, judged.length)) * 100).toFixed(1)} %)`);
  for (const wanted of AGENTS) {
    const counts = AGENTS.map(
      (got) => judged.filter(({ agent, decision }) => agent === wanted && decision.agent === got).length,
    );
    print(`${wanted.padEnd(12)} → ${AGENTS.map((got, at) => `${got} ${counts[at]}`).join(", ")}`);
  }
  for (const { task, agent, decision } of judged.filter((entry) => entry.agent !== entry.decision.agent)) {
    print(
      `miss: wanted ${agent}, got ${decision.agent} by ${decision.ruleId ?? "default"} (${decision.reasons.join("; ")}): ${task}`,
    );
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
