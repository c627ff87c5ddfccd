// The state of a file now, in the terms of a snapshot.
import { createHash } from "node:crypto";
import { constants, lstatSync, type Stats } from "node:fs";
import { open, readlink } from "node:fs/promises";
import type { StoredState } from "./snapshots/compare-git.ts";

/** `other`: something that no snapshot stores, such as a folder. */
export type FileNow = { readonly kind: "stored"; readonly state: StoredState } | { readonly kind: "absent" | "other" };

/** Looks at a file. Its `oid` is what the store would call its content. Throws what the file system throws. */
export async function readFileNow(path: Buffer, format: "sha1" | "sha256"): Promise<FileNow> {
  const stat = look(path);
  if (stat === undefined) return { kind: "absent" };
  // As git names a content.
  const hash = createHash(format).update(`blob ${stat.size}\0`);
  if (stat.isSymbolicLink()) {
    hash.update(await readlink(path, { encoding: "buffer" }));
    return { kind: "stored", state: { mode: "120000", oid: hash.digest("hex") } };
  }
  if (!stat.isFile()) return { kind: "other" };
  // Something else may stand there by now: a FIFO would be waited for, a link be followed.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  try {
    if (!(await file.stat()).isFile()) return { kind: "other" };
    for await (const piece of file.createReadStream({ autoClose: false })) hash.update(piece);
  } finally {
    await file.close();
  }
  const mode = (stat.mode & 0o100) === 0 ? "100644" : "100755";
  return { kind: "stored", state: { mode, oid: hash.digest("hex"), permissions: toPermissions(stat.mode) } };
}

/** Whether a file is in a state; undefined stands for absent. */
export function isInState(now: FileNow, state: StoredState | undefined): boolean {
  if (now.kind !== "stored") return now.kind === "absent" && state === undefined;
  if (state === undefined || now.state.mode !== state.mode || now.state.oid !== state.oid) return false;
  return state.permissions === undefined || now.state.permissions === state.permissions;
}

/** The hash of a store's ids. */
export function toFormat({ oid }: Pick<StoredState, "oid">): "sha1" | "sha256" {
  return oid.length === 64 ? "sha256" : "sha1";
}

/** What stands at a path; undefined where nothing does, or where a folder above is none. */
export function look(path: Buffer): Stats | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}

/** Permissions from a file's mode: nine bits as three octal digits, such as `644`. */
export function toPermissions(mode: number): string {
  return (mode & 0o777).toString(8).padStart(3, "0");
}
