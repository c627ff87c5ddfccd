// Histories of attempts, one small file a thread or task, so that the two failures are counted over a restart.
import { rmSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { AGENTS } from "../domain/task.ts";
import { readSmallText } from "../files/small-file.ts";
import { sweepFolder, writePrivateFile } from "./private-files.ts";

const AttemptsSchema = z.array(
  z.object({
    agent: z.enum([...AGENTS, "human"]),
    outcome: z.enum(["completed", "failed", "handed_back", "needs_human"]),
    code: z.string().optional(),
    step: z.number(),
    startedAt: z.number(),
    waitedMs: z.number().optional(),
    endedAt: z.number(),
    threadId: z.string().optional(),
    reason: z.string().optional(),
  }),
);

/** An attempt as its file holds it. */
export type StoredAttempt = z.infer<typeof AttemptsSchema>[number];

/** Attempt files below a state folder; a missing or damaged one is an empty history. */
export function createAttemptFiles(stateDir: string): {
  read(key: string): StoredAttempt[];
  write(key: string, attempts: readonly StoredAttempt[]): void;
  remove(key: string): void;
  sweep(before: number): void;
} {
  const folder = join(stateDir, "attempts");
  const toPath = (key: string): string => join(folder, `${key}.json`);
  return {
    read: (key) => {
      try {
        return AttemptsSchema.parse(JSON.parse(readSmallText(toPath(key))));
      } catch {
        return [];
      }
    },
    write: (key, attempts) => writePrivateFile(toPath(key), JSON.stringify(attempts)),
    remove: (key) => rmSync(toPath(key), { force: true }),
    sweep: (before) => sweepFolder(folder, before),
  };
}
