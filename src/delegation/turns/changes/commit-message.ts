// The message of a commit: asked of the agent, and read from its answer.
import { cutText } from "../../../domain/cut-text.ts";
import { toPrintableLine } from "../../../domain/printable.ts";
import type { TurnOptions } from "../../requests.ts";
import type { Turn } from "../turn-steps.ts";

const SUBJECT_CHARACTERS = 72;
const PROPOSED_CHARACTERS = 200;
/** The line stands at the end of the message, which may be long. */
const END_CHARACTERS = 4_000;
const LINE_BREAK = /[\n\r\u2028\u2029]/;
const MARK = /[\s`*]/;

/** The prompt with a request for a message, where the agent is to propose it. A final message of a given form has no room for one. */
export function askForMessage(prompt: string, { commit, outputSchema, expect }: TurnOptions): string {
  if (commit !== true || outputSchema !== undefined || expect !== undefined) return prompt;
  return `${prompt}\n\n[codex-bridge: what you change is committed for you, so do not commit. End your final message with one line \`Commit: \` and a commit message for it.]`;
}

/** The caller's, or the line that the agent was asked for; else its first words, or those of the prompt. */
export function toMessage(
  { commit, thread, isJson, answer }: Pick<Turn, "commit" | "thread" | "isJson" | "answer">,
  content: string,
): string {
  if (typeof commit === "string") return `${commit.trim()}\n`;
  const hasForm = isJson || answer !== undefined;
  const asked = findProposed(content);
  const first = hasForm ? undefined : content.split("\n").find((line) => line.trim() !== "");
  const words = asked ?? first ?? thread.title ?? "Work of an agent";
  return `${cutText(toPrintableLine(words).trim(), asked === undefined ? SUBJECT_CHARACTERS : PROPOSED_CHARACTERS)}\n`;
}

// Line by line: a pattern that may begin anywhere in the text takes time with the square of its length.
function findProposed(content: string): string | undefined {
  const lines = content.slice(-END_CHARACTERS).split(LINE_BREAK);
  if (content.length > END_CHARACTERS) lines.shift();
  const found = lines.map((line) => trimMarks(/^\W*Commit:(.*)$/i.exec(line)?.[1] ?? ""));
  return found.findLast((words) => words !== "");
}

function trimMarks(text: string): string {
  const characters = [...text];
  const first = characters.findIndex((character) => !MARK.test(character));
  const last = characters.findLastIndex((character) => !MARK.test(character));
  return first === -1 ? "" : characters.slice(first, last + 1).join("");
}
