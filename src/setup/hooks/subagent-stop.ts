// The gate of the plugin's messenger: it may stop only with Codex's own words. Text alone cannot hold a model to that.
import * as z from "zod";
import { type AgentTranscript, readAgentTranscript } from "../../clients/claude-code/agent-transcript.ts";
import { areCodexsWords, NOT_REACHED } from "./last-words.ts";

const PayloadSchema = z.object({
  last_assistant_message: z.string().default(""),
  agent_transcript_path: z.string().optional(),
  stop_hook_active: z.boolean().default(false),
});

/** Claude Code itself lets a subagent go after eight; each is a model call. No hook can replace the last words (docs/claude-code.md#hooks). */
const MOST_REFUSALS = 3;
const HEADLINE = "Your last message is not what Codex said.";
const REASON = `${HEADLINE} Answer again with the text of \`content\` in the newest tool result, whole and unchanged, and then only its threadId. If that result is an error, answer with the error as it is. If you have not called Codex yet, call it now; if you cannot, answer exactly: ${NOT_REACHED}`;

/** Answers Claude Code's SubagentStop: nothing if the subagent may stop. Throws for a payload that is not one. */
export function answerSubagentStop(payload: unknown): Readonly<Record<string, unknown>> {
  const {
    last_assistant_message: message,
    agent_transcript_path: path,
    stop_hook_active: wasRefused,
  } = PayloadSchema.parse(payload);
  const transcript = readIfAny(path);
  if (areCodexsWords(message, transcript?.lastResult)) return {};
  // Where nobody can count, it is refused once.
  const refusals =
    transcript?.feedback.filter((text) => text.startsWith(HEADLINE)).length ?? (wasRefused ? MOST_REFUSALS : 0);
  return refusals < MOST_REFUSALS ? { decision: "block", reason: REASON } : {};
}

function readIfAny(path: string | undefined): AgentTranscript | undefined {
  try {
    return path === undefined ? undefined : readAgentTranscript(path);
  } catch {
    return undefined;
  }
}
