// The lines that a unified diff deletes.

const HUNK = /^@@ -(\d+)(?:,\d+)? \+\d+(?:,\d+)? @@/;

/** Their numbers in the old file. */
export function listDeletedLines(diff: string): Set<number> {
  const deleted = new Set<number>();
  let line: number | undefined;
  for (const text of diff.split("\n")) {
    const start = HUNK.exec(text)?.[1];
    if (start !== undefined) line = Number(start);
    else if (line === undefined) continue;
    else if (text.startsWith("-")) deleted.add(line++);
    else if (text.startsWith(" ")) line += 1;
  }
  return deleted;
}
