// The history of attempts at a task, one small file a task, so that the two failures are counted over a restart.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { AGENTS } from "../domain/task.ts";
import { sweepFolder, writePrivateFile } from "./private-files.ts";

const AttemptsSchema = z.array(
  z.object({
    agent: z.enum(AGENTS),
    outcome: z.enum(["completed", "failed", "handed_back"]),
    code: z.string().optional(),
    step: z.number(),
    startedAt: z.number(),
    endedAt: z.number(),
    threadId: z.string().optional(),
    reason: z.string().optional(),
  }),
);

/** Attempts as their file holds them. */
export type StoredAttempts = z.infer<typeof AttemptsSchema>;

/** Attempt files below a state folder; a missing or damaged one is an empty history. */
export function createAttemptFiles(stateDir: string): {
  read(key: string): StoredAttempts;
  write(key: string, attempts: StoredAttempts): void;
  sweep(before: number): void;
} {
  const folder = join(stateDir, "tasks");
  const toPath = (key: string): string => join(folder, `${key}.json`);
  return {
    read: (key) => {
      try {
        return AttemptsSchema.parse(JSON.parse(readFileSync(toPath(key), "utf8")));
      } catch {
        return [];
      }
    },
    write: (key, attempts) => writePrivateFile(toPath(key), JSON.stringify(attempts)),
    sweep: (before) => sweepFolder(folder, before),
  };
}
