// Which of a turn's messages is the answer. The event stream does not say it; from 0.120 on the rollout names each message's phase,
// where the model gave one (observed on 0.120, 0.150 and 0.169; 0.50 keeps none).
import { cutText } from "../../../domain/cut-text.ts";
import { isRecord } from "../../../domain/guards.ts";
import type { Redact } from "../../../domain/redact.ts";
import { parseRecord } from "../../codex/rollouts/rollout-files.ts";

/** A message of the agent's. */
export interface AgentMessage {
  readonly text: string;
  /** `final_answer`, `commentary` or another word of Codex's; undefined where nothing is said. */
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

/** What a part of a rollout tells of a turn's messages. */
export interface StoredMessages {
  /** Oldest first. */
  readonly messages: readonly AgentMessage[];
  /** Whether a command or change came after the last of them: 0.120 may drop its event. */
  readonly hasLateWork: boolean;
}

// Of the calls of functions only these; others update a plan, or wait.
const COMMANDS = /^(?:exec_command|shell|shell_command|local_shell|apply_patch)$/;

/** Reads a part of a rollout. */
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

/** The streamed messages with what the rollout knows of them. Both tell the newest last; either may lack some. */
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

/** The final answer among a turn's messages. `isOne`: only one message can be the answer, since it is JSON for a schema. */
export function chooseAnswer(messages: readonly AgentMessage[], isOne: boolean, redact: Redact): FinalAnswer {
  const first = messages.findIndex(({ phase }) => phase === "final_answer");
  // A message of no phase behind a final one may be part of the answer.
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

// Without phases: the messages since the last thing that was done. Earlier ones say what was going to be done.
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
