import { toPrintableLine } from "./printable.ts";

const MOST_LISTED = 20;

/** Names in one line, such as `a.txt, lib/ and 3 more`. They may be anybody's: no name breaks the line or looks like words of ours. */
export function listNames(names: readonly string[], most = MOST_LISTED): string {
  const shown = names.slice(0, most).map(toPrintableLine).join(", ");
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}
