// Which threads of this user's bridges a terminal can open, and where: `codex-bridge attach` reads it. The sockets that are named lie beside the
// records. Codex's sandbox cannot write here, and the records hold no secret.
import { lstatSync, readlinkSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import * as z from "zod";
import { ringSocket } from "./bridge-bell.ts";
import type { HolderJudge } from "./holder-judge.ts";
import { createJsonFolder } from "./json-folder.ts";
import { HolderSchema, type LockHolder } from "./lock-holder.ts";
import { listFolder, removeQuietly } from "./private-files.ts";

const RecordSchema = HolderSchema.extend({
  threadId: z.string(),
  /** Socket of the app server that has the thread loaded; undefined where no terminal can open it. */
  socket: z.string().optional(),
  /** Why none can: the end of "…, since …". */
  why: z.string().optional(),
  /** Absolute path of the Codex CLI that runs the server, and its home. */
  codex: z.string(),
  codexHome: z.string(),
  /** Directory of the thread. */
  threadCwd: z.string(),
});

/** A thread that a bridge has loaded. */
export type AttachRecord = z.infer<typeof RecordSchema>;

/** What a bridge tells of a thread. */
export type AttachableThread = Omit<AttachRecord, keyof LockHolder>;

/** The records of this bridge and of its neighbours. Nothing here throws. */
export interface AttachFiles {
  /** Folder of the sockets. */
  readonly socketFolder: string;
  /** Tells of a thread. Written only if it differs from what was told. */
  tell(thread: AttachableThread): void;
  drop(threadId: string): void;
  /** Those of bridges that are not known to be dead, newest first. */
  list(): readonly AttachRecord[];
  /** Removes the records of dead bridges, and sockets older than `before` (epoch ms) that nobody listens on. */
  sweep(before: number, signal: AbortSignal): Promise<void>;
}

/** Removes the socket that a server made for `path`: a link, the socket that it names, and the server's lock file beside that. */
export function removeAttachSocket(path: string): void {
  const target = readTarget(path);
  removeQuietly(path);
  if (target === undefined || lstatSync(target, { throwIfNoEntry: false })?.isSocket() !== true) return;
  removeQuietly(target);
  removeQuietly(`${target}.lock`);
}

function readTarget(path: string): string | undefined {
  try {
    const target = readlinkSync(path);
    return isAbsolute(target) ? target : join(dirname(path), target);
  } catch {
    return undefined;
  }
}

/** Options of createAttachFiles. */
export interface AttachFilesOptions {
  readonly stateDir: string;
  readonly own: Omit<LockHolder, "bell" | "cwd" | "since">;
  /** Directory of this bridge. */
  readonly cwd: string;
  readonly judgeHolder: HolderJudge;
  readonly clock: () => number;
}

/** Creates access; nothing is created on disk before the first thread is told of. */
export function createAttachFiles({ stateDir, own, cwd, judgeHolder, clock }: AttachFilesOptions): AttachFiles {
  const folder = createJsonFolder<AttachRecord>(join(stateDir, "attach-threads"), { schema: RecordSchema, version: 1 });
  const socketFolder = join(stateDir, "attach");
  /** What was told, by thread. */
  const told = new Map<string, string>();

  function readLive(name: string): AttachRecord | undefined {
    try {
      const stored = folder.read(name);
      if (stored.kind !== "record") return undefined;
      const { value } = stored;
      return judgeHolder(folder.toPath(name), JSON.stringify(value), value) === "dead" ? undefined : value;
    } catch {
      return undefined;
    }
  }

  return {
    socketFolder,
    tell: (thread) => {
      const text = JSON.stringify(thread);
      if (told.get(thread.threadId) === text) return;
      try {
        folder.write(thread.threadId, { ...own, cwd, since: clock(), ...thread });
        told.set(thread.threadId, text);
      } catch {
        // On a full disk, say: then no terminal finds the thread.
      }
    },
    drop: (threadId) => {
      if (told.delete(threadId)) removeQuietly(folder.toPath(threadId));
    },
    list: () =>
      folder
        .list()
        .flatMap((name) => readLive(name) ?? [])
        .sort((a, b) => b.since - a.since),
    sweep: async (before, signal) => {
      for (const name of folder.list()) {
        if (signal.aborted) return;
        if (!told.has(name) && readLive(name) === undefined) removeQuietly(folder.toPath(name));
      }
      for (const name of listFolder(socketFolder)) {
        if (signal.aborted) return;
        const path = join(socketFolder, name);
        const stat = lstatSync(path, { throwIfNoEntry: false });
        if (stat === undefined || stat.mtimeMs >= before || stat.isDirectory()) continue;
        if ((await ringSocket(path)) === "refused") removeAttachSocket(path);
      }
    },
  };
}
