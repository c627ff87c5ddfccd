// The only writer to stdout besides the protocol, for the commands that a person runs.

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
