// What is said of a prompt that the user typed: one line for the model if a rule sends it to Codex, nothing otherwise.

import type { Agent } from "../domain/task.ts";
import { narrowRules } from "./narrow-rules.ts";
import { isCommandOrNotice, takeRequest } from "./request-text.ts";
import { createRouter, type RoutingDecision } from "./route.ts";
import type { RulesFile } from "./rules-schema.ts";
import { isPlainName, isPlainPhrase } from "./told-name.ts";

/** Which agent a prompt is for, and what to tell the model of it. */
export interface Suggestion {
  /** Whether a rule sends the prompt to Codex. False for commands, for Claude Code's notices and for what only the default decides. */
  readonly suggest: boolean;
  readonly agent: Agent;
  /** The rule that decided. */
  readonly rule: string | undefined;
  /** One line of context for the model; undefined if there is nothing to suggest. */
  readonly line: string | undefined;
}

/** How a suggestion is worded: Codex shall do it, or the model may choose. */
export type SuggestionMode = "automatic" | "suggest";

/** A longer prompt is never suggested for Codex: the model would have to write it all again, and the user would wait for the rules. */
const MAX_PROMPT = 20_000;
const MAX_LINE = 600;

/** Decides about a prompt by `rules`. Makes its own router: for many prompts, take one router. */
export function suggestForPrompt(prompt: string, rules: RulesFile, mode: SuggestionMode = "automatic"): Suggestion {
  if (prompt.length > MAX_PROMPT || isCommandOrNotice(prompt)) {
    return { suggest: false, agent: rules.routing_config.default_agent, rule: undefined, line: undefined };
  }
  const request = takeRequest(prompt);
  const decision = createRouter(narrowRules(rules, request))({ task: prompt }, request);
  const suggest = decision.agent === "codex_cli" && decision.ruleId !== undefined;
  const line = suggest ? describe(decision, mode).slice(0, MAX_LINE) : undefined;
  return { suggest, agent: decision.agent, rule: decision.ruleId, line };
}

function describe(decision: RoutingDecision, mode: SuggestionMode): string {
  const { ruleId = "", sandbox } = decision;
  const rule = `codex-bridge: by ${isPlainName(ruleId) ? `rule ${ruleId}` : "a rule"} (${listReasons(decision).join("; ")})`;
  const call =
    sandbox === undefined
      ? "call its tool codex-ask with the question"
      : 'call its tool route_task with mode "run" and the prompt as the task, with what Codex must know of this conversation as context';
  if (mode === "suggest")
    return `${rule} Codex may do this prompt well. If you agree, ${call}; otherwise do it yourself.`;
  return `${rule} this prompt is for Codex. Do not do it yourself: ${call}. If the user wants you to do it, do so.`;
}

// Nobody asked for this line, so what would be quoted elsewhere is left out.
function listReasons({ lead, rules: [winner] }: RoutingDecision): string[] {
  return (winner?.verdicts ?? []).flatMap(({ condition, result, evidence }) => {
    if (result !== "holds") return [];
    if (condition === "keywords") {
      const words = evidence.split(", ").filter(isPlainPhrase);
      return words.length === 0 ? [] : [`keywords: ${words.join(", ")}`];
    }
    if ((condition === "object" || condition === "direct_object") && isPlainPhrase(evidence.replaceAll('"', "")))
      return [`object: ${evidence}`];
    if (condition !== "lead" || lead === undefined || !isPlainPhrase(lead.verb)) return [];
    return [`lead: the leading verb is "${lead.verb}"${isPlainName(lead.group) ? ` (group ${lead.group})` : ""}`];
  });
}
