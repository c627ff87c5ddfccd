// The record of each thread, one small file per thread, so that a thread and its name outlive the bridge.
import { statSync, truncateSync } from "node:fs";
import { basename, join } from "node:path";
import * as z from "zod";
import { BridgeError } from "../domain/errors.ts";
import { isRecord } from "../domain/guards.ts";
import { isBlinding } from "../domain/machine-limits.ts";
import { SANDBOX_MODES } from "../domain/sandbox.ts";
import { APPROVAL_POLICIES, type ThreadRecord } from "../domain/thread.ts";
import { LinkSchema } from "./chain-shapes.ts";
import { createJsonFolder, type JsonFolder } from "./json-folder.ts";
import type { LockFiles } from "./lock-files.ts";
import { toFileErrorCode } from "./private-files.ts";

/** The records of threads, in files. */
export interface ThreadFiles {
  /**
   * The record of a thread; undefined if there is none or its file is damaged. Throws the file system's error if the file exists and cannot
   * be read at the moment, and CONFIG_INVALID if only a newer bridge can read it.
   */
  read(threadId: string): ThreadRecord | undefined;
  /** Whether the thread's file exists and is damaged. If so, it is not known how far the thread was narrowed. */
  isDamaged(threadId: string): boolean;
  /** Empties the file of a thread, which works on a full disk too. Then `isDamaged` returns true. Throws as `read` does. */
  empty(threadId: string): void;
  /** The newest record with a caller's name in a project. Throws CONFIG_INVALID if a record that cannot be read may have the name. */
  findByName(project: string, sessionId: string): ThreadRecord | undefined;
  /** The newest records of a project, at most `most`, newest first. Only the newest files are read: there may be thousands. */
  listNewest(project: string, most: number): ThreadRecord[];
  write(record: ThreadRecord): void;
  /**
   * Removes records that were last written before `before` (epoch ms), each under the lock of its thread. One that alone knows how narrow its
   * thread is stays.
   */
  sweep(before: number, locks: Pick<LockFiles, "whileFree">, signal?: AbortSignal): Promise<void>;
}

/** A record may hold base instructions of a million characters, each of up to six bytes as JSON. */
const RECORD_BYTES = 16_777_216;
/** Number of files that are read to find the newest threads of one project. */
const MAX_LISTED_FILES = 300;

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

/** Version 1 had these beside the common part of a frame; Codex was the only agent. */
const ONCE_BESIDE = ["baseInstructions", "compactPrompt", "profile", "config"];

function upgradeFrame(frame: unknown): unknown {
  if (!isRecord(frame) || "own" in frame || !("config" in frame)) return frame;
  const own = Object.fromEntries(Object.entries(frame).filter(([key]) => ONCE_BESIDE.includes(key)));
  return { ...frame, own };
}

const OtherThreadSchema = z.object({
  agent: z.string(),
  threadId: z.string().optional(),
  resetsAt: z.number().optional(),
});

const RecordSchema = z.object({
  threadId: z.string(),
  sessionId: z.string().optional(),
  project: z.string(),
  frame: z.preprocess(
    upgradeFrame,
    z.object({
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
      own: z.record(z.string(), z.json()),
      backend: z.string(),
    }),
  ),
  title: z.string().optional(),
  askedUntil: z.number().optional(),
  wasWidened: z.boolean().optional(),
  notice: z.string().optional(),
  cameFrom: OtherThreadSchema.optional(),
  wentTo: OtherThreadSchema.optional(),
  chain: LinkSchema.optional(),
  turns: z.number(),
  createdAt: z.number(),
  lastUsedAt: z.number(),
});

/** Thread files below a state folder. */
export function createThreadFiles(stateDir: string): ThreadFiles {
  const folder = createJsonFolder<ThreadRecord>(join(stateDir, "threads"), {
    schema: RecordSchema,
    version: 2,
    maxBytes: RECORD_BYTES,
  });
  // One file a thread, whatever the case of the id that a caller gives.
  const toName = (threadId: string): string => threadId.toLowerCase();

  function read(threadId: string): ThreadRecord | undefined {
    const stored = folder.read(toName(threadId));
    if (stored.kind === "newer") throw toNewerError(folder.toPath(toName(threadId)));
    return stored.kind === "record" ? stored.value : undefined;
  }

  function readQuietly(name: string): ThreadRecord | undefined {
    try {
      return read(name);
    } catch {
      return undefined;
    }
  }

  // The record of a file if it has the name. Parsed only if the name is in its text: there may be thousands of records.
  function readNamed(name: string, project: string, sessionId: string): ThreadRecord | undefined {
    try {
      const stored = folder.includes(name, JSON.stringify(sessionId)) ? folder.read(name) : undefined;
      if (stored?.kind === "newer" && mayHaveName(stored.raw, project, sessionId))
        throw toNewerNameError(folder.toPath(name), name, sessionId);
      const record = stored?.kind === "record" ? stored.value : undefined;
      return record?.sessionId === sessionId && record.project === project ? record : undefined;
    } catch (error) {
      if (error instanceof BridgeError || isBlinding(error)) throw error;
      throw toUnreadableError(folder.toPath(name), error);
    }
  }

  return {
    read,
    isDamaged: (threadId) => folder.read(toName(threadId)).kind === "damaged",
    empty: (threadId) => {
      const name = toName(threadId);
      if (folder.read(name).kind === "newer") throw toNewerError(folder.toPath(name));
      truncateSync(folder.toPath(name));
    },
    findByName: (project, sessionId) =>
      folder
        .list()
        .flatMap((name) => readNamed(name, project, sessionId) ?? [])
        .sort((a, b) => b.lastUsedAt - a.lastUsedAt)[0],
    listNewest: (project, most) => {
      const found: ThreadRecord[] = [];
      for (const name of listNewestFiles(folder)) {
        const record = readQuietly(name);
        if (record?.project === project) found.push(record);
        if (found.length === most) break;
      }
      return found;
    },
    write: (record) => folder.write(toName(record.threadId), record),
    sweep: (before, locks, signal) =>
      folder.sweep(before, {
        guard: (file, remove) => {
          const name = basename(file, ".json");
          if (readQuietly(name)?.wasWidened !== true) locks.whileFree(name, remove);
        },
        signal,
      }),
  };
}

// A record is written with each use, so the newest files are the threads that were used last.
function listNewestFiles(folder: Pick<JsonFolder<ThreadRecord>, "list" | "toPath">): string[] {
  return folder
    .list()
    .map((name) => ({ name, writtenAt: statSync(folder.toPath(name), { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => b.writtenAt - a.writtenAt)
    .slice(0, MAX_LISTED_FILES)
    .map(({ name }) => name);
}

// A newer version may add keys but does not change their meaning, so a record that names another thread or project is not the one. A record
// without these keys may be.
function mayHaveName(raw: Readonly<Record<string, unknown>>, project: string, sessionId: string): boolean {
  const differs = (key: string, value: string): boolean => typeof raw[key] === "string" && raw[key] !== value;
  return !differs("sessionId", sessionId) && !differs("project", project);
}

function toNewerNameError(path: string, threadId: string, sessionId: string): BridgeError {
  return new BridgeError(
    "CONFIG_INVALID",
    `sessionId "${sessionId}" is taken by a thread whose record this version of codex-bridge cannot read: ${path} was written by a newer version.`,
    {
      threadId,
      nextStep: `Choose another sessionId for a new thread. To continue that thread, ${UPDATE}.`,
    },
  );
}

function toUnreadableError(path: string, cause: unknown): BridgeError {
  return new BridgeError(
    "CONFIG_INVALID",
    `The record ${path} cannot be read (${String(toFileErrorCode(cause) ?? "unknown error")}), so it is not known whether it has this sessionId.`,
    { nextStep: "Ask the user to make that file readable or to remove it; without a sessionId the call works.", cause },
  );
}

const UPDATE = "ask the user to update codex-bridge here to the version that their other windows run";

function toNewerError(path: string): BridgeError {
  return new BridgeError(
    "CONFIG_INVALID",
    `The record of this thread (${path}) was written by a newer version of codex-bridge, and this version cannot read it.`,
    { nextStep: `To continue it, ${UPDATE}, then call again. Otherwise start a new thread with codex.` },
  );
}
