// Chooses the answer among a turn's messages. The event stream does not mark it; the rollout names each message's phase, if the model gave
// one (docs/codex-cli.md#rollouts).
import { cutText } from "../../../domain/cut-text.ts";
import { isRecord } from "../../../domain/guards.ts";
import type { Redact } from "../../../domain/redact.ts";
import { parseRecord } from "../rollouts/rollout-files.ts";

/** A message of the agent. */
export interface AgentMessage {
  readonly text: string;
  /** `final_answer`, `commentary` or another of Codex's words; undefined if there is none. */
  readonly phase: string | undefined;
  /** Whether the agent did something between the message before and this one. */
  readonly isAfterWork: boolean;
}

/** The answer of a turn. */
export interface FinalAnswer {
  readonly content: string;
  /** Whether the turn ended with comments on its work only. */
  readonly isComment: boolean;
  readonly warnings: readonly string[];
}

const EXCERPT_CHARACTERS = 400;

/** What a piece of a rollout says about a turn's messages. */
export interface StoredMessages {
  /** Oldest first. */
  readonly messages: readonly AgentMessage[];
  /** Whether a command or change came after the last of them. 0.120 may drop its event. */
  readonly hasLateWork: boolean;
}

// Only these function calls are work. Others update a plan, or wait.
const COMMANDS = /^(?:exec_command|shell|shell_command|local_shell|apply_patch)$/;

/** Reads a piece of a rollout. */
export function readMessages(rollout: string): StoredMessages {
  const messages: AgentMessage[] = [];
  let isAfterWork = false;
  let hasLateWork = false;
  for (const line of rollout.split("\n")) {
    const payload = /"assistant"|_call"/.test(line) ? parseRecord(line)?.["payload"] : undefined;
    if (!isRecord(payload)) continue;
    if (payload["type"] === "message" && payload["role"] === "assistant") {
      const phase = typeof payload["phase"] === "string" ? payload["phase"] : undefined;
      messages.push({ text: toText(payload["content"]), phase, isAfterWork });
      isAfterWork = false;
      hasLateWork = false;
    } else if (String(payload["type"]).endsWith("_call")) {
      isAfterWork = true;
      hasLateWork ||= payload["type"] !== "function_call" || COMMANDS.test(String(payload["name"]));
    }
  }
  return { messages, hasLateWork: hasLateWork && messages.length > 0 };
}

/** Combines the streamed messages with those of the rollout. Both have the newest last, and either may lack some. */
export function addPhases(streamed: readonly AgentMessage[], stored: readonly AgentMessage[]): AgentMessage[] {
  let before = stored.length;
  const known = streamed.toReversed().map((message) => {
    const at = stored.findLastIndex(({ text }, index) => index < before && text.trim() === message.text.trim());
    const found = stored[at];
    if (found === undefined) return message;
    before = at;
    return { ...found, text: message.text };
  });
  return known.reverse();
}

/** Chooses the final answer. With `isOne` only one message can be the answer, since it is JSON for a schema. */
export function chooseAnswer(messages: readonly AgentMessage[], isOne: boolean, redact: Redact): FinalAnswer {
  const first = messages.findIndex(({ phase }) => phase === "final_answer");
  // A message without a phase after a final one may be part of the answer.
  const finals = messages
    .slice(Math.max(0, first))
    .filter(({ phase }) => phase === "final_answer" || phase === undefined);
  const answers = (first === -1 ? findUnnamedEnd(messages) : finals).map(({ text }) => text);
  const last = answers.at(-1);
  if (last === undefined) {
    const comment = messages.at(-1)?.text;
    if (comment === undefined) return { content: "", isComment: false, warnings: [] };
    return { content: comment, isComment: true, warnings: [ONLY_COMMENTS] };
  }
  if (answers.length === 1 || !isOne) return { content: answers.join("\n\n"), isComment: false, warnings: [] };
  const earlier = answers.slice(0, -1).map((text) => JSON.stringify(excerpt(text, redact)));
  const told = `Codex gave ${answers.length} final messages; this is the last. Before it: ${earlier.join(", ")}`;
  return { content: last, isComment: false, warnings: [told] };
}

const ONLY_COMMENTS = "Codex ended the turn without a final answer; this is its last comment on its work.";

// Without phases: the messages since the last work. Earlier ones announce what was going to be done.
function findUnnamedEnd(messages: readonly AgentMessage[]): readonly AgentMessage[] {
  const named = messages.findLastIndex(({ phase }) => phase !== undefined);
  const worked = messages.findLastIndex(({ isAfterWork }) => isAfterWork);
  return messages.slice(Math.max(named + 1, worked));
}

function toText(content: unknown): string {
  const parts = Array.isArray(content) ? content.filter(isRecord) : [];
  return parts.map((part) => (typeof part["text"] === "string" ? part["text"] : "")).join("");
}

function excerpt(text: string, redact: Redact): string {
  return cutText(redact(text.slice(0, 10 * EXCERPT_CHARACTERS)), EXCERPT_CHARACTERS);
}
