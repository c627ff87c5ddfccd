// Writes a diff, or a whole text, with the number of each line: a reviewer has to say where a finding is, and models count badly.

const HUNK = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/;
const WIDTH = 6;

/**
 * A unified diff with numbered lines: `    12 +text` is new as line 12, `    13  text` was there before, `    12 -text` is gone and was line 12 of
 * the old file. The header lines are left out. Every line of content begins with a sign, so none can be taken for the head of a hunk.
 */
export function numberDiff(diff: string): string {
  const lines: string[] = [];
  let at: { before: number; after: number } | undefined;
  for (const line of toLines(diff)) {
    const [, before, after] = HUNK.exec(line) ?? [];
    if (before !== undefined && after !== undefined) {
      at = { before: Number(before), after: Number(after) };
      lines.push(line);
    } else if (at === undefined) {
      if (!isHeader(line)) lines.push(line);
    } else if (line.startsWith("-")) {
      lines.push(numberLine(at.before, line));
      at.before += 1;
    } else if (line.startsWith("\\")) {
      lines.push(numberLine(undefined, line));
    } else {
      lines.push(numberLine(at.after, line));
      at.after += 1;
      if (!line.startsWith("+")) at.before += 1;
    }
  }
  return lines.join("\n");
}

/** A whole text with numbered lines. */
export function numberText(text: string): string {
  return toLines(text)
    .map((line, at) => numberLine(at + 1, ` ${line}`))
    .join("\n");
}

/** What may show as the end of a line, and is none to git. At its end it may stand before the line feed. */
const BREAKS = /[\r\v\f\u0085\u2028\u2029](?!$)/g;

function numberLine(number: number | undefined, line: string): string {
  return `${String(number ?? "").padStart(WIDTH)} ${line.replace(BREAKS, " ")}`;
}

// What they say stands in the heading of the file.
function isHeader(line: string): boolean {
  return /^(?:diff --git |index |--- |\+\+\+ )/.test(line);
}

function toLines(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}
