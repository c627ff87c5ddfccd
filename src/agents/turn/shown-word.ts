import { cutText } from "../../domain/cut-text.ts";
import { toPrintableLine } from "../../domain/printable.ts";

const MOST_CHARACTERS = 80;
const MOST_WORDS = 20;

/** A word of an agent's, such as the name of a mode, as a sentence of ours may have it: one line, and short. */
export function toShownWord(value: unknown): string {
  return cutText(toPrintableLine(String(value).slice(0, 10 * MOST_CHARACTERS)), MOST_CHARACTERS);
}

/** Several of them; the first 20. */
export function toShownWords(values: readonly unknown[]): string {
  const shown = values.slice(0, MOST_WORDS).map(toShownWord);
  return [...shown, ...(values.length > MOST_WORDS ? ["…"] : [])].join(", ");
}
