// Claude Code's file of a session: one line of JSON for each thing that happened, in the folder of the directory that it was started in
// (docs/claude-code.md#as-a-callee).
import { closeSync, constants, existsSync, fstatSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { isRecord } from "../../../domain/guards.ts";
import { readSmallText } from "../../../files/small-file.ts";

/** A file of a session. */
export interface SessionFile {
  readonly threadId: string;
  readonly path: string;
  /** Epoch ms. */
  readonly writtenAt: number;
}

/** A folder with folders of sessions. */
export interface SessionFolder {
  readonly path: string;
  /**
   * The only thread whose session counts in it; undefined for the user's folder, in which all do. A callee writes its thread's folder itself, and could
   * put a session there under the id of another thread.
   */
  readonly threadId?: string | undefined;
}

/** A line of a session. */
export type SessionLine = Readonly<Record<string, unknown>>;

const FORM = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Bytes of a file in which its directory is searched. A first prompt that is longer hides it. */
const HEAD_BYTES = 65_536;
/** Larger files are passed over. */
const MAX_BYTES = 134_217_728;

/** A session's id as Claude Code writes it; undefined for a text that cannot be one. */
export function parseSessionId(text: string): string | undefined {
  const id = text.toLowerCase();
  return FORM.test(id) ? id : undefined;
}

/** Path of a session's file, in the first of these folders that has it; undefined if there is none. */
export function findSession(folders: readonly SessionFolder[], threadId: string): string | undefined {
  return folders
    .filter((folder) => folder.threadId === undefined || folder.threadId === threadId)
    .flatMap(({ path }) => listFolders(path))
    .map((path) => join(path, `${threadId}.jsonl`))
    .find((path) => existsSync(path));
}

/**
 * All sessions in these folders, the last written first, and how many folders or files could not be looked at. Of several files of a session
 * the one in the first folder counts. Throws if one of the folders themselves cannot be read.
 */
export function listSessionFiles(folders: readonly SessionFolder[]): {
  readonly files: readonly SessionFile[];
  readonly unreadable: number;
} {
  let unreadable = 0;
  const look = <Found>(find: () => Found[]): Found[] => {
    try {
      return find();
    } catch {
      unreadable += 1;
      return [];
    }
  };
  const found = folders
    .flatMap(({ path, threadId }) => listFolders(path).map((folder) => ({ folder, threadId })))
    .flatMap(({ folder, threadId }) => look(() => readNames(folder, threadId).map((name) => join(folder, name))))
    .flatMap((path) => look(() => toSessionFile(path)));
  const first = new Map(found.toReversed().map((file) => [file.threadId, file]));
  return { files: [...first.values()].sort((a, b) => b.writtenAt - a.writtenAt), unreadable };
}

/** A file's session; none if it is no longer there. Throws if that cannot be seen. */
export function toSessionFile(path: string): SessionFile[] {
  const name = path.slice(path.lastIndexOf("/") + 1).replace(/\.jsonl$/, "");
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? [] : [{ threadId: name, path, writtenAt: stats.mtimeMs }];
}

/** The directory that a session was started in, from the beginning of its file; undefined if it is not there. Throws if it cannot be read. */
export function readFirstCwd(path: string): string | undefined {
  // A callee writes this file itself, and may have put a FIFO in its place.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    if (!fstatSync(file).isFile()) throw new Error(`${path} is not a regular file`);
    const head = Buffer.alloc(HEAD_BYTES);
    const text = head.toString("utf8", 0, readSync(file, head, 0, HEAD_BYTES, 0));
    const cwd = text
      .split("\n")
      .flatMap(parseLine)
      .find((line) => typeof line["cwd"] === "string")?.["cwd"];
    return typeof cwd === "string" ? cwd : undefined;
  } finally {
    closeSync(file);
  }
}

/** The lines of a session. A line that is not JSON is passed over, since the last one may be half written. Throws if it cannot be read. */
export function readSession(path: string): SessionLine[] {
  return readSmallText(path, MAX_BYTES).split("\n").flatMap(parseLine);
}

function parseLine(text: string): SessionLine[] {
  if (text === "") return [];
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? [value] : [];
  } catch {
    return [];
  }
}

function listFolders(folder: string): string[] {
  return listThere(() => readdirSync(folder, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(folder, name));
}

// `threadId` is the only thread whose session counts, if there is one.
function readNames(folder: string, threadId: string | undefined): string[] {
  return listThere(() => readdirSync(folder)).filter((name) => {
    const id = name.slice(0, -".jsonl".length);
    return name.endsWith(".jsonl") && FORM.test(id) && (threadId === undefined || id === threadId);
  });
}

// A folder may be removed while it is looked at.
function listThere<Entry>(list: () => Entry[]): Entry[] {
  try {
    return list();
  } catch (error) {
    if (isRecord(error) && error["code"] === "ENOENT") return [];
    throw error;
  }
}
