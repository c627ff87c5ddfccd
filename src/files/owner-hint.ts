// Why a file or folder of the user's cannot be read or written: most often a program that ran as root has made it.
import { statSync } from "node:fs";
import { toShellWords } from "../domain/shell-words.ts";

/** ` (it belongs to another user, …)` with the command that changes that; empty where it is this user's own, or where nothing can be found out. */
export function toOwnerHint(path: string, uid: number | undefined = process.getuid?.()): string {
  const owner = findOwner(path);
  if (uid === undefined || owner === undefined || owner === uid) return "";
  return ` (it belongs to another user, uid ${owner}: \`${toShellWords(["sudo", "chown", String(uid), path])}\` makes it yours)`;
}

function findOwner(path: string): number | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })?.uid;
  } catch {
    return undefined;
  }
}
