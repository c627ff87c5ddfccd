// The history of attempts, by which failures are counted: for each thread, or for each task if there is no thread. It survives a restart.
import { createHash } from "node:crypto";
import { resolve } from "node:path";
import type { Logger } from "../../domain/logger.ts";
import type { Attempt } from "../../domain/task.ts";

/** Files that hold histories by key. A missing or damaged one reads as empty; `append` and `remove` throw what the file system throws. */
export interface AttemptFiles {
  read(key: string): readonly Attempt[];
  append(key: string, attempt: Attempt): void;
  remove(key: string): void;
}

/** Histories by key. Nothing here throws: attempts that cannot be stored are kept in memory. */
export interface AttemptHistory {
  read(key: string): readonly Attempt[];
  append(key: string, attempt: Attempt): void;
  /** A success: failures before it no longer matter. */
  clear(key: string): void;
}

/** Older attempts do not matter any more. */
const MAX_ATTEMPTS = 100;

/** Makes the history. The file is read again each time, since another call or another bridge may count the same task. */
export function createAttemptHistory(files: AttemptFiles, logger: Logger): AttemptHistory {
  /** Attempts that could not be stored yet, oldest first. */
  const unstored = new Map<string, readonly Attempt[]>();
  return {
    read: (key) => [...files.read(key), ...(unstored.get(key) ?? [])].slice(-MAX_ATTEMPTS),
    append: (key, attempt) => {
      let left = [...(unstored.get(key) ?? []), attempt];
      try {
        for (const next of left) {
          files.append(key, next);
          left = left.slice(1);
        }
      } catch (error) {
        logger.error({ err: error }, "the history of attempts could not be stored");
      }
      if (left.length === 0) unstored.delete(key);
      else unstored.set(key, left.slice(-MAX_ATTEMPTS));
    },
    clear: (key) => {
      unstored.delete(key);
      try {
        files.remove(key);
      } catch (error) {
        logger.error({ err: error }, "the history of attempts could not be cleared");
      }
    },
  };
}

/** Key of a thread's history. */
export function toThreadKey(threadId: string): string {
  return `thread-${toDigest(threadId)}`;
}

/** Key of a task's history: its text, without regard to case and spaces, and its directory. */
export function toTaskKey(task: string, cwd: string | undefined, baseDir: string): string {
  const normal = task.normalize("NFKC").toLowerCase().replace(/\s+/g, " ").trim();
  return `task-${toDigest(`${resolve(baseDir, cwd ?? "")}\n${normal}`)}`;
}

function toDigest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}
