// The runners on this machine, one file each, and the files that ask one to end. A runner is a process that runs background jobs and outlives
// the bridge that started it. Requests are files for the same reason as those to a job: a sandboxed command cannot write here.
import { existsSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { BELL_NAME } from "./bridge-bell.ts";
import type { HolderJudge } from "./holder-judge.ts";
import { createJsonFolder } from "./json-folder.ts";
import { HolderSchema, type LockHolder } from "./lock-holder.ts";
import { removeQuietly } from "./private-files.ts";

const RunnerSchema = HolderSchema.extend({ bell: z.string().regex(BELL_NAME) });
const StopSchema = z.object({ since: z.number() });

/** A runner. Its bell is its id. */
export type StoredRunner = z.infer<typeof RunnerSchema>;

/** The runners' files. */
export interface RunnerFiles {
  /** Throws what the file system throws. */
  write(runner: StoredRunner): void;
  /** Writes it again where its file is gone: somebody has removed the state folder. Never throws. */
  restore(runner: StoredRunner): void;
  /** Those that are not known to be dead, oldest first. Files of dead ones are removed. Never throws. */
  list(judge: HolderJudge): StoredRunner[];
  /** Whether its process is known to live, also once it is off the record. Never throws. */
  isAlive(runner: StoredRunner, judge: HolderJudge): boolean;
  /** Never throws. */
  remove(id: string): void;
  /** Asks a runner to end. Throws what the file system throws. */
  askToStop(id: string, since: number): void;
  /** Takes the request to end, if there is one. Never throws. */
  takeStop(id: string): boolean;
}

/** Creates access; nothing is created on disk before the first runner. */
export function createRunnerFiles(stateDir: string): RunnerFiles {
  const runners = createJsonFolder<StoredRunner>(join(stateDir, "runners"), { schema: RunnerSchema, version: 1 });
  const stops = createJsonFolder<z.infer<typeof StopSchema>>(join(stateDir, "runner-stops"), {
    schema: StopSchema,
    version: 1,
  });

  function readQuietly(id: string): StoredRunner | undefined {
    try {
      const stored = runners.read(id);
      return stored.kind === "record" && stored.value.bell === id ? stored.value : undefined;
    } catch {
      return undefined;
    }
  }

  function remove(id: string): void {
    removeQuietly(runners.toPath(id));
    removeQuietly(stops.toPath(id));
  }

  const judgeBy = (judge: HolderJudge, runner: StoredRunner): ReturnType<HolderJudge> =>
    judge(runners.toPath(runner.bell), toText(runner), runner);

  return {
    write: (runner) => runners.write(runner.bell, runner),
    restore: (runner) => {
      if (existsSync(runners.toPath(runner.bell))) return;
      try {
        runners.write(runner.bell, runner);
      } catch {
        // Tried again at the next look.
      }
    },
    list: (judge) =>
      runners
        .list()
        .flatMap((id) => readQuietly(id) ?? [])
        .filter((runner) => {
          const isDead = judgeBy(judge, runner) === "dead";
          if (isDead) remove(runner.bell);
          return !isDead;
        })
        .sort((a, b) => a.since - b.since),
    isAlive: (runner, judge) => judgeBy(judge, runner) === "alive",
    remove,
    askToStop: (id, since) => stops.write(id, { since }),
    takeStop: (id) => {
      try {
        unlinkSync(stops.toPath(id));
        return true;
      } catch {
        return false;
      }
    },
  };
}

const toText = ({ bell, since }: LockHolder): string => `${bell} ${since}`;
