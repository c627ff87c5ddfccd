// Whether what the bridge writes in a git folder stays there. The bridge writes outside the sandbox, and a command of an earlier turn may have made
// the git folder of a subfolder: a link in it would lead the write elsewhere, and a FIFO would hold it up.
import { lstatSync } from "node:fs";
import { join } from "node:path";
import { BridgeError } from "../domain/errors.ts";
import type { Repository } from "../receipts/snapshots/repository.ts";

const FOLDERS = ["refs", "refs/heads", "logs", "logs/refs", "logs/refs/heads", "objects", "objects/pack", "worktrees"];
const FILES = ["HEAD", "packed-refs", "config"];

/** Throws ISOLATION_FAILED if a part of the git folder that is written is no plain file or folder. */
export function refuseLinksOut({ gitDir, commonDir }: Pick<Repository, "gitDir" | "commonDir">): void {
  for (const name of FOLDERS) requireFolder(join(commonDir, name));
  for (const name of FILES) requireFile(join(commonDir, name));
  for (const name of ["HEAD", "index"]) requireFile(join(gitDir, name));
  requireFolder(join(gitDir, "logs"));
  requireLog(join(gitDir, "logs/HEAD"));
}

/** The same for what moves with a branch: its file, and its log where there is one. */
export function refuseBranchLinks(commonDir: string, branch: string): void {
  for (const base of ["refs/heads", "logs/refs/heads"]) {
    const names = branch.split("/");
    for (const [index] of names.entries()) {
      const path = join(commonDir, base, ...names.slice(0, index + 1));
      // A folder is no branch, but git itself says so.
      if (index < names.length - 1 || isFolder(path)) requireFolder(path);
      else if (base === "refs/heads") requireFile(path);
      else requireLog(path);
    }
  }
}

const look = (path: string) => lstatSync(path, { throwIfNoEntry: false });
const isFolder = (path: string): boolean => look(path)?.isDirectory() === true;

/** Throws ISOLATION_FAILED for anything but a folder, or nothing. */
export function requireFolder(path: string): void {
  const stat = look(path);
  if (stat?.isDirectory() === false) throw refuse(path, stat.isSymbolicLink() ? "a link" : "no folder");
}

function requireFile(path: string): void {
  const stat = look(path);
  if (stat?.isFile() === false) throw refuse(path, stat.isSymbolicLink() ? "a link" : "no file");
}

// The only files that are written in place, so a second name of the file would get the line too.
function requireLog(path: string): void {
  requireFile(path);
  if ((look(path)?.nlink ?? 1) > 1) throw refuse(path, "a file with several names (hard links)");
}

function refuse(path: string, what: string): BridgeError {
  const message = `${path} is ${what}. The bridge writes only in git folders that lead nowhere else, since a command of an earlier turn may have made it.`;
  return new BridgeError("ISOLATION_FAILED", message, {
    nextStep: "Ask the user to look at it. Without `isolation` and `commit` the turn runs all the same.",
  });
}
