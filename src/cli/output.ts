// Prints for the commands that a person runs. Only the protocol and the log write elsewhere. Everything printed here is made harmless to
// a terminal; only our own styles get through.
import { createInterface } from "node:readline/promises";
import { styleText } from "node:util";
import { toPrintable, toPrintableLine } from "../domain/printable.ts";
import type { PrintedLine } from "../domain/printed-line.ts";

let isBroken = false;

/** Prints a line to stdout. */
export function printLine(line: PrintedLine): void {
  // A reader that stops early (`| head`) is not an error.
  if (process.stdout.listenerCount("error") === 0) {
    process.stdout.on("error", () => {
      isBroken = true;
    });
  }
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

/** Whether somebody may still read what is printed. Node itself forgets that a write to stdout has failed. */
export function hasReader(): boolean {
  return !isBroken;
}

/** Resolves once everything has been written (an exit would cut it short on a pipe), or at once if nobody reads any more. */
export function flushOutput(): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.once("error", () => resolve());
    process.stdout.write("", () => resolve());
  });
}

/** Writes bytes to stdout as they are. Resolves once they are written, or nobody reads any more. */
export function writeBytes(bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.once("error", () => resolve());
    process.stdout.write(bytes, () => resolve());
  });
}

/** Writes a text to stdout; what would act on a terminal is made harmless for one. */
export function writeText(text: string): Promise<void> {
  return writeBytes(Buffer.from(process.stdout.isTTY ? toPrintable(text) : text));
}

/** Prints one line to stderr; line breaks in the text are escaped. */
export function printError(text: string): void {
  process.stderr.write(`${toPrintableLine(text)}\n`);
}

/** Asks a person at the terminal for a line; "" if they close it. Only where stdin is a terminal. */
export async function askLine(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  const closed = new Promise<string>((resolve) => lines.once("close", () => resolve("")));
  const answer = await Promise.race([lines.question(toPrintable(question)), closed]);
  lines.close();
  return answer;
}
