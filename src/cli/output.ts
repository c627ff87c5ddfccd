// The only writer to stdout besides the protocol, for the commands that a person runs.

/** Columns that text is wrapped to, whatever the terminal: it reads well in the narrowest usual one, and in a log. */
const COLUMNS = 80;

/** Prints a line to stdout. */
export function printLine(text: string): void {
  // A reader that has had enough (`| head`) is no error.
  if (process.stdout.listenerCount("error") === 0) process.stdout.on("error", () => {});
  process.stdout.write(`${text}\n`);
}

/** Resolves once what was printed has left, since an exit would cut it short on a pipe; at once where nobody reads any more. */
export function flushOutput(): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.once("error", () => resolve());
    process.stdout.write("", () => resolve());
  });
}

/** Prints a line to stderr. */
export function printError(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Breaks a text at spaces into lines that fit beside an indent; a word that is too long stays whole, since paths are copied. */
export function wrapText(text: string, indent: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= COLUMNS - indent) lines.push(`${lines.pop()} ${word}`);
    else lines.push(word);
  }
  return lines;
}
