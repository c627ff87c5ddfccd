// The frame of each thread on disk, one small file a thread, so that a thread and its name outlive the bridge.
import { rmSync } from "node:fs";
import { basename, join } from "node:path";
import * as z from "zod";
import { SANDBOX_MODES } from "../domain/sandbox.ts";
import { APPROVAL_POLICIES, type ThreadRecord } from "../domain/thread.ts";
import { readSmallText } from "../files/small-file.ts";
import type { LockFiles } from "./lock-files.ts";
import { listFolder, sweepFolder, writePrivateFile } from "./private-files.ts";

/** Where records of threads are kept. */
export interface ThreadFiles {
  /** The record of a thread; undefined where there is none or its file is damaged. */
  read(threadId: string): ThreadRecord | undefined;
  /** The newest record with a caller's name in a project. */
  findByName(project: string, sessionId: string): ThreadRecord | undefined;
  write(record: ThreadRecord): void;
  remove(threadId: string): void;
  /** Removes records that were last written before `before` (epoch ms), each under the lock of its thread. */
  sweep(before: number, locks: Pick<LockFiles, "whileFree">): void;
}

/** A record may hold base instructions of a million characters, each of up to six bytes as JSON. */
const RECORD_BYTES = 16_777_216;

const RecordSchema = z.object({
  threadId: z.string(),
  sessionId: z.string().optional(),
  project: z.string(),
  frame: z.object({
    cwd: z.string(),
    sandbox: z.object({
      mode: z.enum(SANDBOX_MODES),
      networkAccess: z.boolean(),
      writableRoots: z.array(z.string()),
      excludeSlashTmp: z.boolean(),
      excludeTmpdir: z.boolean(),
    }),
    approvalPolicy: z.enum(APPROVAL_POLICIES),
    model: z.string().optional(),
    reasoningEffort: z.string().optional(),
    developerInstructions: z.string().optional(),
    baseInstructions: z.string().optional(),
    compactPrompt: z.string().optional(),
    profile: z.string().optional(),
    config: z.record(z.string(), z.json()),
    backend: z.string(),
  }),
  turns: z.number(),
  createdAt: z.number(),
  lastUsedAt: z.number(),
});

/** Thread files below a state folder. */
export function createThreadFiles(stateDir: string): ThreadFiles {
  const folder = join(stateDir, "threads");
  const toPath = (threadId: string): string => join(folder, `${threadId.toLowerCase()}.json`);
  return {
    read: (threadId) => readRecord(toPath(threadId)),
    findByName: (project, sessionId) =>
      listFolder(folder)
        .filter((name) => name.endsWith(".json"))
        .map((name) => readRecord(join(folder, name)))
        .filter((record) => record !== undefined && record.sessionId === sessionId && record.project === project)
        .sort((a, b) => (b?.lastUsedAt ?? 0) - (a?.lastUsedAt ?? 0))[0],
    write: (record) => writePrivateFile(toPath(record.threadId), JSON.stringify(record)),
    remove: (threadId) => rmSync(toPath(threadId), { force: true }),
    sweep: (before, locks) =>
      sweepFolder(folder, before, (name, remove) => locks.whileFree(basename(name, ".json"), remove)),
  };
}

function readRecord(path: string): ThreadRecord | undefined {
  try {
    return RecordSchema.parse(JSON.parse(readSmallText(path, RECORD_BYTES)));
  } catch {
    return undefined;
  }
}
