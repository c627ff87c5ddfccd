// Claude Code's UserPromptSubmit: one line of context if a rule sends the prompt to Codex. It runs at every prompt, so it loads as little as
// it can: the shipped rules are taken as they are, without the schema.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isRecord } from "../domain/guards.ts";
import type { RulesFile } from "../routing/rules-schema.ts";
import { type SuggestionMode, suggestForPrompt } from "../routing/suggestion.ts";

const SHIPPED_RULES = join(import.meta.dirname, "../delegation-rules.json");

/** Answers the payload; an empty object says nothing. Throws if the rules are broken. */
export async function answerUserPromptSubmit(payload: unknown): Promise<Readonly<Record<string, unknown>>> {
  const mode = readMode(process.env);
  // A Claude Code that a Codex started: to send its prompts to Codex again would go round in a circle.
  const isNested = (process.env["BRIDGE_DEPTH"] ?? "0") !== "0";
  const prompt = isRecord(payload) ? payload["prompt"] : undefined;
  if (mode === undefined || isNested || typeof prompt !== "string") return {};
  const { line } = suggestForPrompt(prompt, await readRules(), mode);
  if (line === undefined) return {};
  return { hookSpecificOutput: { hookEventName: "UserPromptSubmit", additionalContext: line } };
}

/** The plugin's option wins over the environment. Claude Code leaves an option empty that the user has not set. */
function readMode(env: Readonly<Record<string, string | undefined>>): SuggestionMode | undefined {
  const word = env["CLAUDE_PLUGIN_OPTION_DELEGATION_MODE"]?.trim() || env["DELEGATION_MODE"]?.trim();
  return word === "automatic" || word === "suggest" ? word : undefined;
}

async function readRules(): Promise<RulesFile> {
  const own = process.env["DELEGATION_RULES"]?.trim() ?? "";
  if (own === "") return JSON.parse(readFileSync(SHIPPED_RULES, "utf8"));
  return (await import("./hook-rules.ts")).readHookRules(process.env);
}
