// Text that somebody else wrote, for a person's terminal. A terminal obeys what stands in it: sequences that move the cursor, hide a
// line or set the title, and marks that turn the reading direction or take no room. A cloned project can bring all of them.

/**
 * Control characters but tab and line break, those of C1 and DEL among them; marks of direction, of no width, and tags; line ends that
 * are none to a pager; halves of a surrogate pair.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]/gu;

/** The text with everything that a terminal would obey, or would not show, as `\u001b`; tabs and line breaks stay. A JSON text keeps its meaning. */
export function toPrintable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => (/[\t\n]/.test(character) ? character : escapeUnits(character)));
}

/** The same for a text that is a part of a line: line breaks and tabs are shown too, so that it cannot begin a line of its own. */
export function toPrintableLine(text: string): string {
  return toPrintable(text.replaceAll("\n", "\\n").replaceAll("\t", "\\t"));
}

function escapeUnits(character: string): string {
  return Array.from({ length: character.length }, (_, at) => {
    return `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`;
  }).join("");
}
