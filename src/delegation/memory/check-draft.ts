// What an agent gives to be stored, as an entry: checked, within its limits, without secrets.
import { cutText } from "../../domain/cut-text.ts";
import { BridgeError } from "../../domain/errors.ts";
import type { Redact } from "../../domain/redact.ts";
import type { MemoryArea, MemoryDraft, MemoryKind } from "../../memory/memory-store.ts";

/** What is given. */
export interface KnowledgeInput {
  readonly text: string;
  /** The beginning of the text where it is absent. */
  readonly title?: string | undefined;
  readonly kind?: MemoryKind | undefined;
  readonly agent: string;
  readonly sessionId?: string | undefined;
  readonly status?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly files?: readonly string[] | undefined;
}

/** Longest text of an entry, in UTF-16 units: about 65,000 tokens, more than a model reads at once. */
export const MOST_TEXT = 262_144;
const MOST_TITLE = 200;
const MOST_WORD = 200;
const MOST_PATH = 1_000;
const MOST_ITEMS = 100;

/** The entry to store. Throws INVALID_ARGUMENT. */
export function toDraft(input: KnowledgeInput, area: MemoryArea, redact: Redact): MemoryDraft {
  // Before it is looked through for secrets, which takes a second for megabytes, and once more: what replaces one may be longer.
  checkLength(input.text);
  const text = cleanText(input.text, redact);
  checkLength(text);
  if (text.trim() === "") throw refuse("The text is empty. Say what is to be remembered.");
  const { kind = "note", sessionId, status } = input;
  return {
    area,
    ...(sessionId === undefined ? {} : { sessionId: toName(sessionId, redact) }),
    kind,
    agent: redact(toWord("agent", input.agent)),
    ...(status === undefined ? {} : { status: redact(toWord("status", status)) }),
    title: toTitle(input.title ?? text, redact),
    text,
    tags: toItems("tags", input.tags, MOST_WORD, redact),
    files: toItems("files", input.files, MOST_PATH, redact),
  };
}

function checkLength({ length }: string): void {
  if (length <= MOST_TEXT) return;
  throw refuse(
    `The text has ${length} characters, and an entry at most ${MOST_TEXT}. Store what matters of it, and name the file with the rest in \`files\`.`,
  );
}

// Engines end a text at its first NUL, and half a surrogate pair cannot be written.
function cleanText(text: string, redact: Redact): string {
  return redact(text.replaceAll("\0", "\u{fffd}").toWellFormed());
}

// The first line that says something, without the marks of a heading.
function toTitle(text: string, redact: Redact): string {
  const lines = cleanText(text, redact).split(/[\r\n]+/);
  const line = lines.map((one) => one.replace(/^[\s#>*-]+/, "").replace(/[\s\p{C}]+/gu, " ")).find((one) => one !== "");
  return cutText((line ?? "").trim() || "Untitled", MOST_TITLE);
}

// A session is found by its exact name, so a secret in it cannot be replaced: all of them would become one session.
function toName(sessionId: string, redact: Redact): string {
  const name = toWord("sessionId", sessionId);
  if (redact(name) === name) return name;
  throw refuse("`sessionId` holds what looks like a key or token, which is not stored. Give the session another name.");
}

function toItems(name: string, items: readonly string[] = [], most: number, redact: Redact): string[] {
  if (items.length > MOST_ITEMS)
    throw refuse(`\`${name}\` has ${items.length} items, and at most ${MOST_ITEMS} are kept.`);
  return [...new Set(items.map((item) => redact(toWord(name, item, most))))];
}

function toWord(name: string, word: string, most = MOST_WORD): string {
  const trimmed = word.trim();
  if (trimmed !== "" && trimmed.length <= most && !/[\p{C}\p{Zl}\p{Zp}]/u.test(trimmed)) return trimmed;
  throw refuse(`\`${name}\` must be 1 to ${most} printable characters.`);
}

function refuse(message: string): BridgeError {
  return new BridgeError("INVALID_ARGUMENT", message);
}
