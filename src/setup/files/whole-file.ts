// Reads and replaces files of the user and of Claude Code without losing any of their content.
import {
  accessSync,
  chownSync,
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  lstatSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { isRecord } from "../../domain/guards.ts";
import { toOwnerHint } from "../../files/owner-hint.ts";
import { readSmallFile } from "../../files/small-file.ts";
import { removeStaleDrafts, toDraftPath } from "./stale-drafts.ts";

/** Size limit: neither people nor Claude Code write larger files. */
const MAX_BYTES = 67_108_864;
const WRITE_BITS = 0o222;
const BOM = "\ufeff";

/** A file as it was read. */
export interface WholeFile {
  /** Path as the caller gave it. */
  readonly path: string;
  /** Real path, with links resolved. */
  readonly realPath: string;
  readonly bytes: Buffer;
  /** The text without a byte order mark. */
  readonly text: string;
  readonly mode: number;
}

/** The file cannot be read or replaced safely. The message reads on from its path: `is read-only`. */
export class FileRefusal extends Error {}

/** Reads a file; returns undefined if it does not exist. Throws FileRefusal. */
export function readWholeFile(path: string): WholeFile | undefined {
  const stat = lookAt(path);
  if (stat === undefined) return undefined;
  if (!stat.isFile()) throw new FileRefusal("is not a file");
  if (stat.size > MAX_BYTES) throw new FileRefusal(`is larger than ${MAX_BYTES} bytes`);
  const bytes = quietly(() => readSmallFile(path, MAX_BYTES));
  if (bytes === undefined) throw new FileRefusal(`cannot be read${toOwnerHint(path)}`);
  const text = bytes.toString("utf8");
  if (!Buffer.from(text, "utf8").equals(bytes)) throw new FileRefusal("is not UTF-8");
  const plain = text.startsWith(BOM) ? text.slice(BOM.length) : text;
  return { path, realPath: realpathSync(path), bytes, text: plain, mode: stat.mode };
}

/** Throws FileRefusal if a file must not be replaced: it or its folder is not writable, or it has a hard link, which would keep the old text. */
export function checkWritable({ realPath }: WholeFile): void {
  const stat = lookAgain(realPath);
  const isWritable = (stat.mode & WRITE_BITS) !== 0 && isAccessible(realPath);
  if (!isWritable) throw new FileRefusal(`is read-only${toOwnerHint(realPath)}`);
  if (!isAccessible(dirname(realPath))) {
    const folder = dirname(realPath);
    throw new FileRefusal(`is in a folder that cannot be written${toOwnerHint(folder)}`);
  }
  if (stat.nlink > 1) throw new FileRefusal("has a second name (a hard link), which would keep the old text");
}

/**
 * Replaces a file's text atomically, and keeps its mode and owner. Of a link, it replaces the target.
 * Throws FileRefusal if the file is read-only, or was changed since it was read.
 */
export function replaceWholeFile(file: WholeFile, text: string): void {
  const { realPath } = file;
  const stat = lookAgain(realPath);
  checkWritable(file);
  const bytes = toFileBytes(file, text);
  removeStaleDrafts(realPath);
  const draft = toDraftPath(realPath);
  try {
    writeSafely(realPath, () => writeDraft(draft, bytes, stat));
    checkUnchanged(file);
    writeSafely(realPath, () => renameSync(draft, realPath));
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Returns the bytes of a file with another text. A byte order mark stays. */
export function toFileBytes({ bytes }: WholeFile, text: string): Buffer {
  return Buffer.from(bytes.toString("utf8", 0, 3) === BOM ? BOM + text : text, "utf8");
}

function lookAgain(realPath: string): Stats {
  const stat = quietly(() => statSync(realPath));
  if (stat === undefined) throw new FileRefusal("is not there any more");
  return stat;
}

function isAccessible(path: string): boolean {
  return quietly(() => accessSync(path, constants.W_OK) ?? true) === true;
}

function checkUnchanged({ realPath, bytes }: WholeFile): void {
  const now = quietly(() => readSmallFile(realPath, MAX_BYTES));
  if (now === undefined || !now.equals(bytes)) throw new FileRefusal("was changed by another program meanwhile");
}

function writeDraft(draft: string, bytes: Buffer, stat: Stats): void {
  const handle = openSync(draft, "wx", 0o600);
  try {
    writeFileSync(handle, bytes);
    // Unlike `openSync`, `fchmod` ignores the umask.
    fchmodSync(handle, stat.mode & 0o7777);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  const isOwn = process.getuid?.() === stat.uid && process.getgid?.() === stat.gid;
  // Throws if the owner cannot be kept.
  if (!isOwn) chownSync(draft, stat.uid, stat.gid);
}

function writeSafely(path: string, act: () => void): void {
  try {
    act();
  } catch (error) {
    const code = isRecord(error) ? String(error["code"]) : "";
    throw new FileRefusal(`cannot be written (${code === "" ? path : code})`);
  }
}

function lookAt(path: string): Stats | undefined {
  if (quietly(() => lstatSync(path)) === undefined) return undefined;
  const stat = quietly(() => statSync(path));
  if (stat === undefined) throw new FileRefusal("is a link whose target does not exist");
  return stat;
}

function quietly<Value>(act: () => Value): Value | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
