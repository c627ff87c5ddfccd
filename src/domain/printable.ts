// Makes text that somebody else wrote safe for a terminal. A terminal obeys escape sequences, which can move the cursor, hide a line or
// set the title, and marks that reverse the reading direction or take no room. A cloned project can contain all of them.

/**
 * Control characters except tab and line break, with C1 and DEL; marks of direction, of zero width, and tags; line ends that a pager
 * does not treat as such; halves of a surrogate pair.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]/gu;

/** The text with every character that a terminal would obey or not show written as `\u001b`. Tabs and line breaks stay. A JSON text keeps its meaning. */
export function toPrintable(text: string): string {
  // Most texts are plain, and the pattern takes longer to make than they take to check.
  if (/^[\t\n -~]*$/.test(text)) return text;
  return text.replace(UNPRINTABLE, (character) => (/[\t\n]/.test(character) ? character : escapeUnits(character)));
}

/** The same for part of a line: line breaks and tabs are escaped too, so that the text cannot begin a line of its own. */
export function toPrintableLine(text: string): string {
  return toPrintable(text.replaceAll("\n", "\\n").replaceAll("\t", "\\t"));
}

/** What a thrown value says, as part of a line: the words of the system and of git name files, and a file may have any name. */
export function sayThrown(thrown: unknown): string {
  const said = thrown instanceof Error ? thrown.message : String(thrown);
  return toPrintableLine(said.trim().replaceAll("\n", "; "));
}

function escapeUnits(character: string): string {
  return Array.from({ length: character.length }, (_, at) => {
    return `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`;
  }).join("");
}
