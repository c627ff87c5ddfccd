// The file that a turn was to write: whether this turn wrote it, and what is in it.
import { isUtf8 } from "node:buffer";
import { lstatSync } from "node:fs";
import { relative } from "node:path";
import { cutText } from "../../../domain/cut-text.ts";
import type { Redact } from "../../../domain/redact.ts";
import { readStamp } from "../../../files/file-stamp.ts";
import { readSmallFile } from "../../../files/small-file.ts";
import { type FileSample, isSameSample, sampleFile } from "../../../receipts/sample-file.ts";
import type { HandedFiles } from "../../requests.ts";
import { MOST_BYTES, resolveWrite } from "./handoff-paths.ts";

/** The file before the turn. */
export interface FileBefore {
  readonly stamp: string;
  readonly sample: FileSample | undefined;
}

const HEAD_CHARACTERS = 1_500;

/** Looks at the file before the turn. */
export function lookBefore(path: string): FileBefore {
  return { stamp: readStamp(path), sample: sampleFile(Buffer.from(path)) };
}

/** The file after the turn, or why there is none to go on with. Never throws. */
export function judgeWritten({
  asked,
  cwd,
  before,
  redact,
}: {
  readonly asked: string;
  /** The thread's directory, a real path. */
  readonly cwd: string;
  readonly before: FileBefore;
  readonly redact: Redact;
}): { readonly written: NonNullable<HandedFiles["write"]> } | { readonly problem: string } {
  try {
    // Once more: a folder on the way may be a link by now.
    const path = resolveWrite(asked, cwd);
    const stat = lstatSync(path, { throwIfNoEntry: false });
    const name = JSON.stringify(relative(cwd, path));
    if (stat === undefined) return { problem: `${name} was not written.` };
    if (readStamp(path) === before.stamp)
      return { problem: `${name} is as it was before: this turn did not write it.` };
    const isSame = before.sample !== undefined && isAsBefore(before.sample, path);
    const state = before.stamp === "" ? "new" : isSame ? "rewritten" : "changed";
    return { written: { path, bytes: stat.size, state, head: readHead(path, redact) } };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

function isAsBefore(before: FileSample, path: string): boolean {
  const after = sampleFile(Buffer.from(path));
  return after !== undefined && isSameSample(before, after) === true;
}

function readHead(path: string, redact: Redact): string | undefined {
  try {
    const bytes = readSmallFile(path, MOST_BYTES, { follows: false });
    if (!isUtf8(bytes) || bytes.includes(0)) return undefined;
    // Before the cut, since half of a secret is not recognised as one.
    return cutText(redact(bytes.toString("utf8")), HEAD_CHARACTERS);
  } catch {
    return undefined;
  }
}

/** The path of the file for the agent, which works in the thread's directory. */
export function toOwnName(asked: string, cwd: string): string {
  return relative(cwd, resolveWrite(asked, cwd));
}
