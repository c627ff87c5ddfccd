// Claude Code's UserPromptSubmit: a line of context if a rule sends the prompt to Codex, and one if results of jobs wait to be read. It runs at
// every prompt, so it loads as little as it can.
import { isRecord } from "../domain/guards.ts";
import { isBelowAgent } from "../process/nested.ts";
import { isCommandOrNotice } from "../routing/request-text.ts";
import { type SuggestionMode, suggestForPrompt } from "../routing/suggestion.ts";
import { findHookProject } from "./hook-project.ts";
import { readHookRules } from "./hook-rules.ts";
import { findRecentJobs } from "./recent-jobs.ts";

/** A client looks at a task at least every 30 s (docs/claude-code.md#tasks), and then the task brings its result itself. */
const SETTLED_MS = 35_000;

/** Answers the payload; an empty object says nothing. Never rejects. */
export async function answerUserPromptSubmit(payload: unknown): Promise<Readonly<Record<string, unknown>>> {
  const prompt = isRecord(payload) ? payload["prompt"] : undefined;
  if (typeof prompt !== "string" || !isRecord(payload)) return {};
  const project = findHookProject(payload["cwd"]);
  // Neither knows of the other: broken rules do not hide a result.
  const lines = await Promise.all([
    suggest(prompt, project).catch(() => undefined),
    tellResults(prompt, { project, session: payload["session_id"] }).catch(() => undefined),
  ]);
  const told = lines.filter((line) => line !== undefined);
  // A Claude Code that a Codex started: to send its prompts to Codex again would go round in a circle. Few prompts come so far.
  if (told.length === 0 || isBelowAgent()) return {};
  return { hookSpecificOutput: { hookEventName: "UserPromptSubmit", additionalContext: told.join("\n") } };
}

async function suggest(prompt: string, project: string): Promise<string | undefined> {
  const mode = readMode(process.env);
  return mode === undefined
    ? undefined
    : suggestForPrompt(prompt, await readHookRules(process.env, project), mode).line;
}

/** The plugin's option wins over the environment. Claude Code leaves an option empty that the user has not set. */
function readMode(env: Readonly<Record<string, string | undefined>>): SuggestionMode | undefined {
  const word = env["CLAUDE_PLUGIN_OPTION_DELEGATION_MODE"]?.trim() || env["DELEGATION_MODE"]?.trim();
  return word === "automatic" || word === "suggest" ? word : undefined;
}

async function tellResults(
  prompt: string,
  { project, session }: { readonly project: string; readonly session: unknown },
): Promise<string | undefined> {
  if (process.env["BRIDGE_UNREAD_RESULTS"]?.trim() === "0" || isCommandOrNotice(prompt)) return undefined;
  const now = Date.now();
  const jobs = findRecentJobs({ env: process.env, cwd: project }, now);
  if (jobs.names.length === 0) return undefined;
  const { tellUnreadResults } = await import("../state/unread-results.ts");
  return tellUnreadResults(jobs, {
    project,
    session: typeof session === "string" ? session : undefined,
    now,
    settledMs: SETTLED_MS,
  });
}
