/** Columns to wrap text to, on every terminal: it reads well in a narrow one, and in a log. */
const COLUMNS = 80;

/** Breaks a text at spaces into lines that fit behind an indent. A word that is too long stays whole, since people copy paths. */
export function wrapText(text: string, indent = 0): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= COLUMNS - indent) lines.push(`${lines.pop()} ${word}`);
    else lines.push(word);
  }
  return lines;
}
