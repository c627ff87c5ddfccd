// The frame of each thread on disk, one small file a thread, so that a thread and its name outlive the bridge.
import { rmSync, statSync, truncateSync } from "node:fs";
import { basename, join } from "node:path";
import * as z from "zod";
import { SANDBOX_MODES } from "../domain/sandbox.ts";
import { APPROVAL_POLICIES, type ThreadRecord } from "../domain/thread.ts";
import { readSmallText } from "../files/small-file.ts";
import type { LockFiles } from "./lock-files.ts";
import { listFolder, sweepFolder, toFileErrorCode, writePrivateFile } from "./private-files.ts";

/** Where records of threads are kept. */
export interface ThreadFiles {
  /** The record of a thread; undefined where there is none or its file is damaged. Throws where it is there and cannot be read just now. */
  read(threadId: string): ThreadRecord | undefined;
  /** Whether a file of the thread is there that says nothing: what the thread was narrowed to is not known then. */
  isDamaged(threadId: string): boolean;
  /** Empties the file of a thread, which takes no room on a full disk: then `isDamaged` holds. Throws what the file system throws. */
  empty(threadId: string): void;
  /** The newest record with a caller's name in a project. */
  findByName(project: string, sessionId: string): ThreadRecord | undefined;
  /** The newest records of a project, `most` of them, newest first; of thousands only the newest files are looked at. */
  listNewest(project: string, most: number): ThreadRecord[];
  write(record: ThreadRecord): void;
  remove(threadId: string): void;
  /** Removes records that were last written before `before` (epoch ms), each under the lock of its thread. */
  sweep(before: number, locks: Pick<LockFiles, "whileFree">, signal?: AbortSignal): Promise<void>;
}

/** A record may hold base instructions of a million characters, each of up to six bytes as JSON. */
const RECORD_BYTES = 16_777_216;
/** Files that are read to find the newest threads of one project. */
const MAX_LISTED_FILES = 300;
/** What says that there is no record, or that what is there is none: anything else is not known just now. */
const NOT_THERE = new Set<unknown>(["ENOENT", "ENOTDIR", "ENOTREG", "EFBIG"]);

const HeldProfileSchema = z.object({
  name: z.string().optional(),
  isReadOnly: z.boolean(),
  rules: z
    .object({
      isRestricted: z.boolean(),
      network: z.boolean(),
      rules: z.array(z.object({ target: z.string(), access: z.enum(["read", "write", "deny"]), isOwn: z.boolean() })),
    })
    .optional(),
});

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
    permissions: HeldProfileSchema.optional(),
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
  title: z.string().optional(),
  turns: z.number(),
  createdAt: z.number(),
  lastUsedAt: z.number(),
});

/** Thread files below a state folder. */
export function createThreadFiles(stateDir: string): ThreadFiles {
  const folder = join(stateDir, "threads");
  const toPath = (threadId: string): string => join(folder, `${threadId.toLowerCase()}.json`);
  const readQuietly = (path: string): ThreadRecord | undefined => {
    try {
      return readRecord(path);
    } catch {
      return undefined;
    }
  };
  return {
    read: (threadId) => readRecord(toPath(threadId)),
    isDamaged: (threadId) => isThere(toPath(threadId)) && readRecord(toPath(threadId)) === undefined,
    empty: (threadId) => truncateSync(toPath(threadId)),
    findByName: (project, sessionId) => {
      const word = JSON.stringify(sessionId);
      return (
        listFolder(folder)
          .filter((name) => name.endsWith(".json"))
          .map((name) => join(folder, name))
          // Parsed only where the name stands in it: there may be thousands of records.
          .filter((path) => readText(path)?.includes(word) === true)
          .map(readQuietly)
          .filter((record) => record !== undefined && record.sessionId === sessionId && record.project === project)
          .sort((a, b) => (b?.lastUsedAt ?? 0) - (a?.lastUsedAt ?? 0))[0]
      );
    },
    listNewest: (project, most) => {
      const found: ThreadRecord[] = [];
      for (const path of listNewestFiles(folder)) {
        const record = readQuietly(path);
        if (record?.project === project) found.push(record);
        if (found.length === most) break;
      }
      return found;
    },
    write: (record) => writePrivateFile(toPath(record.threadId), JSON.stringify(record)),
    remove: (threadId) => rmSync(toPath(threadId), { force: true }),
    sweep: (before, locks, signal) =>
      sweepFolder(folder, before, {
        guard: (name, remove) => locks.whileFree(basename(name, ".json"), remove),
        signal,
      }),
  };
}

// By when they were written, which is when they were used.
function listNewestFiles(folder: string): string[] {
  return listFolder(folder)
    .filter((name) => name.endsWith(".json"))
    .map((name) => join(folder, name))
    .map((path) => ({ path, writtenAt: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => b.writtenAt - a.writtenAt)
    .slice(0, MAX_LISTED_FILES)
    .map(({ path }) => path);
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function readText(path: string): string | undefined {
  try {
    return readSmallText(path, RECORD_BYTES);
  } catch (error) {
    if (NOT_THERE.has(toFileErrorCode(error))) return undefined;
    throw error;
  }
}

function readRecord(path: string): ThreadRecord | undefined {
  const text = readText(path);
  if (text === undefined) return undefined;
  try {
    return RecordSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
