// Histories of attempts, one small file per thread or task, so that failures are counted across restarts.
// Attempts are appended line by line: two bridges may count the same task at the same moment, and neither may lose what the other wrote.
import { appendFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { toCurrentCode } from "../domain/error-codes.ts";
import { AGENTS } from "../domain/task.ts";
import { readSmallTextIfAny } from "../files/small-file.ts";
import { makePrivateFolder, removeFile, sweepFolder } from "./private-files.ts";

const AttemptSchema = z.object({
  agent: z.enum([...AGENTS, "human"]),
  outcome: z.enum(["completed", "failed", "handed_back", "needs_human", "stopped"]),
  code: z.string().transform(toCurrentCode).optional(),
  step: z.number(),
  startedAt: z.number(),
  waitedMs: z.number().optional(),
  endedAt: z.number(),
  threadId: z.string().optional(),
  place: z.object({ proposal: z.string(), cwd: z.string() }).optional(),
  cause: z.string().optional(),
  reason: z.string().optional(),
});

/** An attempt as its file holds it. */
export type StoredAttempt = z.infer<typeof AttemptSchema>;

/** A history larger than this (some hundreds of attempts) is renamed to `.1`, which replaces the one before. */
const ROTATE_BYTES = 131_072;

/** Attempt files below a state folder. A missing file is an empty history; a damaged line, or one that only a newer bridge can read, is skipped. */
export function createAttemptFiles(stateDir: string): {
  /** Oldest first. */
  read(key: string): StoredAttempt[];
  append(key: string, attempt: StoredAttempt): void;
  remove(key: string): void;
  sweep(before: number, signal?: AbortSignal): Promise<void>;
} {
  const folder = join(stateDir, "attempts");
  const toPath = (key: string): string => join(folder, `${key}.jsonl`);
  const toOldPath = (key: string): string => `${toPath(key)}.1`;
  /** Older bridges keep a history as one array. */
  const toArrayPath = (key: string): string => join(folder, `${key}.json`);
  return {
    read: (key) => [
      ...readArray(toArrayPath(key)),
      ...[toOldPath(key), toPath(key)].flatMap((path) =>
        (readSmallTextIfAny(path) ?? "").split("\n").flatMap(parseLine),
      ),
    ],
    append: (key, attempt) => {
      makePrivateFolder(folder);
      const path = toPath(key);
      if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > ROTATE_BYTES) renameSync(path, toOldPath(key));
      // One write at the end of the file. It begins with a newline: a bridge that died, or a full disk, may have left half a line.
      appendFileSync(path, `\n${JSON.stringify(attempt)}\n`, { mode: 0o600 });
    },
    remove: (key) => {
      for (const path of [toArrayPath(key), toOldPath(key), toPath(key)]) removeFile(path);
    },
    sweep: (before, signal) => sweepFolder(folder, before, { signal }),
  };
}

function parseLine(line: string): StoredAttempt[] {
  try {
    return [AttemptSchema.parse(JSON.parse(line))];
  } catch {
    return [];
  }
}

function readArray(path: string): StoredAttempt[] {
  try {
    return z.array(AttemptSchema).parse(JSON.parse(readSmallTextIfAny(path) ?? ""));
  } catch {
    return [];
  }
}
