// `codex-bridge route`: shows which agent the rules choose for a task, and why. `--eval` measures the rules with labelled tasks.
import * as z from "zod";
import { BridgeError } from "../domain/errors.ts";
import { toPrintableLine } from "../domain/printable.ts";
import type { Print } from "../domain/printed-line.ts";
import type { TaskFacts } from "../domain/task.ts";
import { createRouter, type RoutingDecision } from "../routing/route.ts";
import { type Suggestion, suggestForPrompt } from "../routing/suggestion.ts";
import { toToldName } from "../routing/told-name.ts";
import type { CommandWords } from "./command.ts";
import { evaluateRules } from "./evaluate-rules.ts";
import { readOwnRules } from "./own-rules.ts";

/** Options of the command. */
export interface RouteOptions {
  readonly values: CommandWords["values"];
  readonly positionals: readonly string[];
  readonly shippedRules: string;
  readonly print: Print;
}

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
  const rules = readOwnRules(shippedRules);
  const route = createRouter(rules);
  const task = positionals.join(" ");
  if (typeof values["eval"] === "string") {
    if (task !== "") throw new BridgeError("INVALID_ARGUMENT", "route takes a task or --eval, not both.");
    evaluateRules(route, values["eval"], print);
    return 0;
  }
  if (task.trim() === "") throw new BridgeError("INVALID_ARGUMENT", "route needs a task or --eval FILE.jsonl.");
  if (values["prompt"] === true) return showSuggestion(suggestForPrompt(task, rules), values["json"] === true, print);
  const decision = route(toFacts(task, values));
  print(values["json"] === true ? JSON.stringify(decision, null, 2) : describeDecision(decision));
  return 0;
}

function showSuggestion(suggestion: Suggestion, isJson: boolean, print: Print): number {
  if (isJson) print(JSON.stringify(suggestion, null, 2));
  else print(toPrintableLine(suggestion.line ?? "nothing: no rule sends this prompt to Codex"));
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
  const head = `${agent} (context: ${contextStrategy}${where}) by ${ruleId === undefined ? "default" : `rule ${toToldName(ruleId)}`}`;
  const rules = decision.rules.filter(({ applies, weight }) => applies || weight > 0);
  return [
    head,
    ...decision.reasons.map((reason) => `  because ${toPrintableLine(reason)}`),
    ...decision.warnings.map((warning) => `  warning: ${toPrintableLine(warning)}`),
    ...rules.flatMap((rule) => [
      `${rule.ruleId === decision.ruleId ? "*" : " "} ${toToldName(rule.ruleId)} (priority ${rule.priority}) ${rule.applies ? "applies" : "does not apply"}`,
      ...rule.verdicts.map(
        ({ condition, result, evidence }) => `      ${condition} ${result}: ${toPrintableLine(evidence)}`,
      ),
    ]),
  ].join("\n");
}
