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

/** What is to be said of the file after a turn. */
export type Written =
  | { readonly written: NonNullable<HandedFiles["write"]> }
  /** A sentence. `isMissing`: the turn has not written it, and still may. */
  | { readonly problem: string; readonly isMissing?: boolean };

/** A file that turns are to write, with what is there before them. */
export interface WatchedFile {
  /** For the agent, relative to the thread's directory. */
  readonly name: string;
  /** What is there now. Never throws. */
  judge(): Written;
}

/** Begins to watch the file of a hand-off. Throws INVALID_ARGUMENT. */
export function watchFile(asked: string, cwd: string, redact: Redact): WatchedFile {
  const path = resolveWrite(asked, cwd);
  const before = lookBefore(path);
  return { name: relative(cwd, path), judge: () => judgeWritten({ asked, cwd, before, redact }) };
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
}): Written {
  try {
    // Once more: a folder on the way may be a link by now.
    const path = resolveWrite(asked, cwd);
    const stat = lstatSync(path, { throwIfNoEntry: false });
    const name = JSON.stringify(relative(cwd, path));
    if (stat === undefined) return { problem: `${name} was not written.`, isMissing: true };
    if (readStamp(path) === before.stamp)
      return { problem: `${name} is as it was before: this turn did not write it.`, isMissing: true };
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
