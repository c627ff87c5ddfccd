// The only writer to stdout besides the protocol, and to stderr besides the log, for the commands that a person runs. Whatever is
// printed goes through here and can do nothing to a terminal; only the styles are ours.
import { styleText } from "node:util";
import { toPrintable, toPrintableLine } from "../domain/printable.ts";
import type { PrintedLine } from "../domain/printed-line.ts";

/** Prints a line to stdout. */
export function printLine(line: PrintedLine): void {
  // A reader that has had enough (`| head`) is no error.
  if (process.stdout.listenerCount("error") === 0) process.stdout.on("error", () => {});
  process.stdout.write(`${toText(line)}\n`);
}

function toText(line: PrintedLine): string {
  if (typeof line === "string") return toPrintable(line);
  return line
    .map((part) =>
      typeof part === "string"
        ? toPrintable(part)
        : styleText(part.style, toPrintable(part.text), { stream: process.stdout }),
    )
    .join("");
}

/** Resolves once what was printed has left, since an exit would cut it short on a pipe; at once where nobody reads any more. */
export function flushOutput(): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.once("error", () => resolve());
    process.stdout.write("", () => resolve());
  });
}

/** Prints one line to stderr, whatever the text. */
export function printError(text: string): void {
  process.stderr.write(`${toPrintableLine(text)}\n`);
}
