// What of a prompt is its request: without code, quotes, logs, file names, and without what a program wrote into it.
import { dropMaterial } from "./material.ts";
import { hideNames } from "./names.ts";
import { NAME, toPlainText } from "./words.ts";

/** The request in a prompt. */
export interface RequestText {
  /** Its text. `NAME` stands for each quote, piece of code or name. */
  readonly text: string;
  /** File names, identifiers and the like that were hidden. */
  readonly names: readonly string[];
}

/** Longest text that is searched for what was pasted. Of a longer one its beginning and its end: one of them says what to do with the rest. */
const MAX_CHARACTERS = 100_000;
/** Longest text that is taken for a request, likewise: the prompt hook pays for every word. */
const MAX_REQUEST = 6_000;
/** A prompt of a few lines is read even if it looks like material: "TypeError in the cart, fix it". */
const FEW_LINES = 3;

/** A line for Claude Code itself (`/review`), as against a path. */
const COMMAND = /^\s*\/[a-z][\w:.-]*(?:\s|$)/i;
/** What Claude Code writes where a user would: reports on background work, commands with their output. */
const NOTICE =
  /^\s*<(?:task-notification|system-reminder|command-(?:name|message|args)|local-command-\w+|bash-(?:input|stdout|stderr))>/;

/** Whether a prompt is a command for Claude Code or its own report, which asks nobody for anything. */
export function isCommandOrNotice(prompt: string): boolean {
  const head = prompt.slice(0, 200);
  return COMMAND.test(head) || NOTICE.test(head);
}

/** Takes the request out of a prompt. Who needs it twice passes it along: it is most of the prompt hook's work. */
export function takeRequest(prompt: string): RequestText {
  if (isCommandOrNotice(prompt)) return { text: "", names: [] };
  const plain = toPlainText(shorten(prompt, MAX_CHARACTERS));
  const spoken = hideNames(shorten(dropMaterial(plain), MAX_REQUEST));
  if (saysSomething(spoken.text)) return spoken;
  const isShort = plain.trim().split("\n").length <= FEW_LINES;
  return isShort
    ? hideNames(
        shorten(plain, MAX_REQUEST)
          .trim()
          .replace(/^["'`>\s]+|["'`\s]+$/g, ""),
      )
    : spoken;
}

// Cuts between lines where it can: the rest of a pasted line would look like a sentence.
function shorten(text: string, most: number): string {
  if (text.length <= most) return text;
  const head = text.slice(0, most / 2);
  const tail = text.slice(-most / 2);
  return `${head.slice(0, head.lastIndexOf("\n") + 1) || head}\n\n${tail.slice(tail.indexOf("\n") + 1)}`;
}

function saysSomething(text: string): boolean {
  return /\p{L}/u.test(text.replaceAll(NAME, ""));
}
