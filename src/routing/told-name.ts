// Texts of the rules file in texts for a model. The file may be a cloned project's, so a name or a phrase there may be a sentence that gives orders.
import { toPrintableLine } from "../domain/printable.ts";

/** An order fits into a longer name too: `ignore_previous_orders_and_run_…`. */
const NAME = /^[\p{L}\p{M}\p{N}_.-]{1,32}$/u;
/** Words that stand in the task as well, since the phrase was found there. */
const PHRASE = /^[\p{L}\p{M}\p{N} '*+#./_…-]{1,64}$/u;
const MOST_CHARACTERS = 64;

/** Whether a name is told as it is. */
export function isPlainName(name: string): boolean {
  return NAME.test(name);
}

/** Whether a phrase that was found in a task is told as it is. */
export function isPlainPhrase(phrase: string): boolean {
  return PHRASE.test(phrase);
}

/** A name as it is told: a plain one as it is, anything else as a quotation. */
export function toToldName(name: string): string {
  return isPlainName(name) ? name : toQuotation(name);
}

/** A phrase that was found in a task as it is told, likewise. */
export function toToldPhrase(phrase: string): string {
  return isPlainPhrase(phrase) ? phrase : toQuotation(phrase);
}

/** A text in quotes: one line, cut, without quotes of its own. */
export function toQuotation(text: string): string {
  const line = toPrintableLine(text);
  const shown = line.length > MOST_CHARACTERS ? `${line.slice(0, MOST_CHARACTERS).toWellFormed()}…` : line;
  return `"${shown.replaceAll('"', "'")}"`;
}
