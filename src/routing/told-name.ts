// Names from the rules file in texts for a model. The file may be a cloned project's, so a name there may be a sentence that gives orders.
import { toPrintableLine } from "../domain/printable.ts";

const NAME = /^[\p{L}\p{M}\p{N}_.-]{1,64}$/u;
const MOST_CHARACTERS = 64;

/** A name as it is told: a plain one as it is, anything else as a quotation of one line, cut. */
export function toToldName(name: string): string {
  if (NAME.test(name)) return name;
  const line = toPrintableLine(name);
  const shown = line.length > MOST_CHARACTERS ? `${line.slice(0, MOST_CHARACTERS).toWellFormed()}…` : line;
  return `"${shown.replaceAll('"', "'")}"`;
}
