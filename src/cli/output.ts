// Prints for the commands that a person runs. Only the protocol and the log write elsewhere. Everything printed here is made harmless to
// a terminal; only our own styles get through.
import { fstatSync, writeSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { styleText } from "node:util";
import { toPrintable, toPrintableLine } from "../domain/printable.ts";
import type { PrintedLine } from "../domain/printed-line.ts";

let problem: NodeJS.ErrnoException | undefined;
const STDOUT = 1;

// A failed write tells it to its callback and to the stream, in this order.
function listen(): void {
  if (process.stdout.listenerCount("error") === 0) process.stdout.on("error", note);
}

function note(error: NodeJS.ErrnoException | null | undefined): void {
  problem ??= error ?? undefined;
}

/** Prints a line to stdout. */
export function printLine(line: PrintedLine): void {
  listen();
  put(Buffer.from(`${toText(line)}\n`), note);
}

// Node takes a write to a file for whole that the disk had room for only a part of.
function put(bytes: Uint8Array, onDone: (error?: NodeJS.ErrnoException | null) => void): void {
  if (!isFile()) {
    process.stdout.write(bytes, onDone);
    return;
  }
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(STDOUT, bytes, at);
    onDone();
  } catch (error) {
    onDone(error instanceof Error ? error : new Error(String(error)));
  }
}

function isFile(): boolean {
  try {
    return fstatSync(STDOUT).isFile();
  } catch {
    return false;
  }
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
  return problem === undefined;
}

/** Why something that was printed is lost, such as a full disk. A reader that stops early (`| head`) is no reason. */
export function findLoss(): string | undefined {
  return problem === undefined || problem.code === "EPIPE" ? undefined : (problem.code ?? problem.message);
}

/** Resolves once everything has been written (an exit would cut it short on a pipe), or has failed. */
export function flushOutput(): Promise<void> {
  return writeBytes(new Uint8Array());
}

/** Writes bytes to stdout as they are. Resolves once they are written, or have failed (`findLoss`). */
export function writeBytes(bytes: Uint8Array): Promise<void> {
  listen();
  return new Promise((resolve) => {
    put(bytes, (error) => {
      note(error);
      resolve();
    });
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
