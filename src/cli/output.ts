// The only writer to stdout besides the protocol, for the commands that a person runs.

/** Prints a line to stdout. */
export function printLine(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Prints a line to stderr. */
export function printError(text: string): void {
  process.stderr.write(`${text}\n`);
}
