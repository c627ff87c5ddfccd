// Reads and replaces a file that belongs to somebody else, such that nothing of it is lost.
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
import { isRecord } from "../../../domain/guards.ts";
import { readSmallFile } from "../../../files/small-file.ts";

/** Neither a person nor Claude Code writes a larger file. */
const MAX_BYTES = 67_108_864;
const WRITE_BITS = 0o222;
const BOM = "\ufeff";

/** A file as it was read. */
export interface WholeFile {
  /** Path as it was given. */
  readonly path: string;
  /** Path behind links. */
  readonly realPath: string;
  readonly bytes: Buffer;
  /** Its text, without a byte order mark. */
  readonly text: string;
  readonly mode: number;
}

/** A file that is left as it is, with the reason in words that follow its path. */
export class FileRefusal extends Error {}

/** Reads a file; undefined where there is none. Throws FileRefusal. */
export function readWholeFile(path: string): WholeFile | undefined {
  const stat = lookAt(path);
  if (stat === undefined) return undefined;
  if (!stat.isFile()) throw new FileRefusal("is not a file");
  if (stat.size > MAX_BYTES) throw new FileRefusal(`is larger than ${MAX_BYTES} bytes`);
  const bytes = quietly(() => readSmallFile(path, MAX_BYTES));
  if (bytes === undefined) throw new FileRefusal("cannot be read");
  const text = bytes.toString("utf8");
  if (!Buffer.from(text, "utf8").equals(bytes)) throw new FileRefusal("is not UTF-8");
  const plain = text.startsWith(BOM) ? text.slice(BOM.length) : text;
  return { path, realPath: realpathSync(path), bytes, text: plain, mode: stat.mode };
}

/** Throws FileRefusal where a file is not to be replaced: read-only, not this user's to write, or under a second name that would keep the old text. */
export function checkWritable({ realPath }: WholeFile): void {
  const stat = lookAgain(realPath);
  const isWritable = (stat.mode & WRITE_BITS) !== 0 && isAccessible(realPath);
  if (!isWritable) throw new FileRefusal("is read-only");
  if (!isAccessible(dirname(realPath))) throw new FileRefusal("is in a folder that cannot be written");
  if (stat.nlink > 1) throw new FileRefusal("has a second name (a hard link), which would keep the old text");
}

/**
 * Replaces a file's text, whole or not at all, with its mode and owner kept, behind a link where it is one.
 * Throws FileRefusal where it is read-only or no longer what was read.
 */
export function replaceWholeFile(file: WholeFile, text: string): void {
  const { realPath } = file;
  const stat = lookAgain(realPath);
  checkWritable(file);
  const bytes = toFileBytes(file, text);
  const draft = `${realPath}.${process.pid}.codex-bridge.tmp`;
  try {
    writeSafely(realPath, () => writeDraft(draft, bytes, stat));
    checkUnchanged(file);
    writeSafely(realPath, () => renameSync(draft, realPath));
  } finally {
    rmSync(draft, { force: true });
  }
}

/** The bytes of a file with another text: a byte order mark stays. */
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
    // The umask has no say here.
    fchmodSync(handle, stat.mode & 0o7777);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  const isOwn = process.getuid?.() === stat.uid && process.getgid?.() === stat.gid;
  // Throws where the owner cannot be kept.
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
  if (stat === undefined) throw new FileRefusal("is a link to nowhere");
  return stat;
}

function quietly<Value>(act: () => Value): Value | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
