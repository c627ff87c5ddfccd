// Finds rollouts, Codex's files of threads: by a thread's id, or the one that a run has created.
import { closeSync, constants, fstatSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import { isRecord } from "../../../domain/guards.ts";

const ROLLOUT_NAME =
  /^rollout-\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.jsonl$/;
const THREAD_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const DAY_MS = 86_400_000;
/** Suffix of a compressed rollout. */
const COMPRESSED = ".zst";

/** Whether a text has the form of a thread id. Codex starts a new thread for any other text (docs/codex-cli.md#resume). */
export function isThreadId(text: string): boolean {
  return THREAD_ID.test(text);
}

/** The thread id in a rollout's file name; undefined for any other file name. */
export function toThreadIdOfRollout(fileName: string): string | undefined {
  return ROLLOUT_NAME.exec(fileName)?.[1];
}

/** Path of a thread's rollout, or undefined. The time in the id gives the folder. All folders are searched only if it is not there. */
export function findRollout(codexHome: string, threadId: string): string | undefined {
  return findInSessions(codexHome, threadId, "");
}

/** Path of an archived thread's rollout, or undefined. */
export function findArchivedRollout(codexHome: string, threadId: string): string | undefined {
  return findIn(join(codexHome, "archived_sessions"), threadId, "");
}

/** Path of a compressed rollout, archived or not, or undefined. Codex unpacks it when it resumes the thread (docs/codex-cli.md#resume). */
export function findCompressedRollout(codexHome: string, threadId: string): string | undefined {
  return (
    findInSessions(codexHome, threadId, COMPRESSED) ??
    findIn(join(codexHome, "archived_sessions"), threadId, COMPRESSED)
  );
}

function findInSessions(codexHome: string, threadId: string, suffix: string): string | undefined {
  const root = join(codexHome, "sessions");
  const madeAt = toEpochMs(threadId);
  const near =
    madeAt === undefined ? [] : [madeAt, madeAt - DAY_MS, madeAt + DAY_MS].map((time) => toDayFolder(root, time));
  for (const folder of near) {
    const found = findIn(folder, threadId, suffix);
    if (found !== undefined) return found;
  }
  for (const folder of listDayFolders(root)) {
    const found = findIn(folder, threadId, suffix);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What identifies the rollout of a run whose output named no thread. */
export interface RolloutQuery {
  readonly cwd: string;
  /** Time at which Codex was started, epoch ms. */
  readonly startedAt: number;
  /** Value of `--thread-source`, if the CLI has that option. The rollout contains it verbatim, so nothing else has to match. */
  readonly threadSource: string | undefined;
}

/** Thread id of the rollout that a run has created; undefined if there is none, or if several match because another bridge started one too. */
export function findNewRollout(codexHome: string, query: RolloutQuery): string | undefined {
  const root = join(codexHome, "sessions");
  const folders = new Set([query.startedAt, query.startedAt + DAY_MS].map((time) => toDayFolder(root, time)));
  const candidates = [...folders]
    .flatMap((folder) => listNames(folder).map((name) => ({ name, path: join(folder, name) })))
    .map((file) => ({ ...file, threadId: toThreadIdOfRollout(file.name) }))
    .filter((file) => file.threadId !== undefined && (toEpochMs(file.threadId) ?? 0) >= query.startedAt)
    .filter((file) => isMadeBy(file.path, query));
  return candidates.length === 1 ? candidates[0]?.threadId : undefined;
}

function isMadeBy(path: string, query: RolloutQuery): boolean {
  const first = readPart(path, 0, 262_144).split("\n", 1)[0] ?? "";
  const meta = parseRecord(first)?.["payload"];
  if (!isRecord(meta)) return false;
  if (query.threadSource !== undefined) return meta["thread_source"] === query.threadSource;
  return meta["cwd"] === query.cwd && meta["originator"] === "codex_exec";
}

/** Size of a file in bytes, or 0 if it is missing. */
export function readSize(path: string | undefined): number {
  if (path === undefined) return 0;
  return readFrom(path, (_file, size) => size) ?? 0;
}

/** Text of a file from byte `from`, at most `most` bytes; "" if it cannot be read. */
export function readPart(path: string, from: number, most: number): string {
  const read = (file: number, size: number): string => {
    const buffer = Buffer.alloc(Math.max(0, Math.min(most, size - from)));
    return buffer.toString("utf8", 0, readSync(file, buffer, 0, buffer.length, from));
  };
  return readFrom(path, read) ?? "";
}

/**
 * Opens a regular file and passes its descriptor and size to `read`; undefined if it cannot be read. A FIFO or a device may have a
 * rollout's name, and opening one for reading would block the whole process until somebody writes.
 */
export function readFrom<Value>(path: string, read: (file: number, size: number) => Value): Value | undefined {
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    try {
      const stat = fstatSync(file);
      return stat.isFile() ? read(file, stat.size) : undefined;
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}

/** Parses one line of a rollout; undefined if it is incomplete or not an object. */
export function parseRecord(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

// In a UUIDv7 the first 48 bits are ms since the epoch.
function toEpochMs(threadId: string): number | undefined {
  const time = Number.parseInt(threadId.replaceAll("-", "").slice(0, 12), 16);
  return threadId[14] === "7" && Number.isFinite(time) ? time : undefined;
}

function toDayFolder(root: string, time: number): string {
  const date = new Date(time);
  const pad = (number: number): string => String(number).padStart(2, "0");
  return join(root, String(date.getFullYear()), pad(date.getMonth() + 1), pad(date.getDate()));
}

/** Whether a rollout is in the archive. */
export function isArchivedPath(codexHome: string, path: string): boolean {
  return path.startsWith(join(codexHome, "archived_sessions", "/"));
}

/** Paths of the files below `sessions`, the newest by name first. */
export function* listSessionFiles(root: string): Generator<string> {
  for (const folder of listDayFolders(root)) yield* listNewestFirst(folder);
}

/** Paths of the files of archived threads, the newest by name first. */
export function listArchivedFiles(codexHome: string): string[] {
  return listNewestFirst(join(codexHome, "archived_sessions"));
}

function listNewestFirst(folder: string): string[] {
  return listNames(folder)
    .sort()
    .reverse()
    .map((name) => join(folder, name));
}

function* listDayFolders(root: string): Generator<string> {
  for (const year of listNames(root).sort().reverse()) {
    for (const month of listNames(join(root, year)).sort().reverse()) {
      for (const day of listNames(join(root, year, month))
        .sort()
        .reverse())
        yield join(root, year, month, day);
    }
  }
}

function findIn(folder: string, threadId: string, suffix: string): string | undefined {
  const isMeant = (file: string): boolean =>
    file.endsWith(suffix) && toThreadIdOfRollout(file.slice(0, file.length - suffix.length)) === threadId.toLowerCase();
  const name = listNames(folder).find(isMeant);
  return name === undefined ? undefined : join(folder, name);
}

function listNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
