// Writes a whole file into a folder in which other programs may act at the same time. No link is followed, and nothing that has come to the
// path meanwhile is overwritten.
import { randomBytes } from "node:crypto";
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  linkSync,
  lstatSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

/** The file to write. */
export interface FileToPut {
  /** Existing folder, absolute and without links. */
  readonly folder: string;
  /** Name in it, without `/`. */
  readonly name: string;
  /** Mode of a new file, from which the umask takes bits away. */
  readonly mode: number;
  /** Whether a regular file of that name is replaced. It keeps its mode. */
  readonly replaces: boolean;
}

/** Something in the way of the file, as words that follow its path. */
export class PathTakenError extends Error {}

/**
 * Writes the file: a reader sees it whole or not at all (a new file only where the file system has hard links). Throws PathTakenError if the
 * folder leads elsewhere by now, or if something is in the place of the file that must not be replaced, and what the file system throws. Then
 * nothing is left behind.
 */
export function putFile(text: string, { folder, name, mode, replaces }: FileToPut): void {
  const opened = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    const base = toBase(folder, opened);
    const draft = join(base, `.codex-bridge-${randomBytes(6).toString("hex")}.tmp`);
    try {
      writeFileSync(draft, text, { mode, flag: "wx" });
      place(draft, join(base, name), replaces);
    } finally {
      rmSync(draft, { force: true });
    }
  } finally {
    closeSync(opened);
  }
}

// A path that leads to the opened folder itself, even if another folder takes its place. Only Linux has one.
function toBase(folder: string, opened: number): string {
  const handle = `/proc/self/fd/${opened}`;
  let real: string;
  let base = handle;
  try {
    real = readlinkSync(handle);
  } catch {
    real = realpathSync(folder);
    base = folder;
  }
  if (real !== folder) throw new PathTakenError("is in a folder that leads elsewhere now");
  return base;
}

function place(draft: string, path: string, replaces: boolean): void {
  const there = findKind(path);
  if (there === undefined) {
    placeNew(draft, path);
    return;
  }
  if (there.problem !== undefined) throw new PathTakenError(there.problem);
  if (!replaces) throw new PathTakenError(EXISTS);
  chmodSync(draft, there.mode);
  renameSync(draft, path);
}

// A link to the draft is made only where nothing is: not even a file that came a moment ago is lost.
function placeNew(draft: string, path: string): void {
  try {
    try {
      linkSync(draft, path);
    } catch (error) {
      if (!NO_LINKS.has(toCode(error))) throw error;
      copyFileSync(draft, path, constants.COPYFILE_EXCL);
    }
  } catch (error) {
    throw toCode(error) === "EEXIST" ? new PathTakenError(EXISTS) : error;
  }
}

function toCode(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

/** Error codes of file systems without hard links. There the file is copied, and a reader may see a part of it for a moment. */
const NO_LINKS = new Set<unknown>(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"]);

const EXISTS = "exists already";

/** What is at a path: nothing (undefined), a regular file with its mode, or something else. A link is not followed. */
export function findKind(path: string): { readonly mode: number; readonly problem: string | undefined } | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  const mode = stat.mode & 0o777;
  if (stat.isSymbolicLink()) return { mode, problem: "is a symbolic link" };
  return { mode, problem: stat.isFile() ? undefined : "exists and is no regular file" };
}
