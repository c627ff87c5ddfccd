// Text for a terminal.

/** Columns that text is wrapped to, whatever the terminal: it reads well in the narrowest usual one, and in a log. */
const COLUMNS = 80;

/** Breaks a text at spaces into lines that fit beside an indent; a word that is too long stays whole, since paths are copied. */
export function wrapText(text: string, indent = 0): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= COLUMNS - indent) lines.push(`${lines.pop()} ${word}`);
    else lines.push(word);
  }
  return lines;
}
