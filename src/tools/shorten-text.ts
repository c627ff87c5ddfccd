// Keeps a result within what a client shows: Claude Code moves results of 50,000 characters or 25,000 tokens into a file (facts 4).

/** Most characters of a serialised result. */
export const MAX_RESULT_CHARACTERS = 45_000;
/** Most tokens of a result, estimated as UTF-8 bytes / 3.5. */
export const MAX_RESULT_TOKENS = 20_000;
const BYTES_PER_TOKEN = 3.5;
/** Room for the sentence in the middle and the fields that tell of the cut. */
const RESERVE_CHARACTERS = 1_500;

/** What was cut. */
export interface Truncated {
  /** Characters of the whole text. */
  readonly characters: number;
  /** File with the whole text; mode 0600, kept for 7 days. */
  readonly path: string;
}

/** A text that fits beside `otherCharacters` of other fields: whole, or its head and tail with the path of the whole. */
export function shortenText(
  text: string,
  otherCharacters: number,
  spill: (text: string) => string,
): { content: string; truncated?: Truncated } {
  const room = MAX_RESULT_CHARACTERS - otherCharacters - RESERVE_CHARACTERS;
  const bytes = (MAX_RESULT_TOKENS - otherCharacters / BYTES_PER_TOKEN) * BYTES_PER_TOKEN - RESERVE_CHARACTERS;
  const share = Math.min(room / JSON.stringify(text).length, bytes / Buffer.byteLength(text));
  if (share >= 1) return { content: text };
  const path = spill(text);
  const keep = Math.max(500, Math.floor(text.length * share * 0.9));
  const head = text.slice(0, Math.floor(keep * 0.7)).toWellFormed();
  const tail = text.slice(text.length - Math.floor(keep * 0.3)).toWellFormed();
  const left = text.length - head.length - tail.length;
  const content = `${head}\n\n[… ${left} of ${text.length} characters left out; the whole answer is in ${path} …]\n\n${tail}`;
  return { content, truncated: { characters: text.length, path } };
}
