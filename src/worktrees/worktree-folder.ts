// The folder of a worktree, and its entry in the user's repository: made file by file as git's own documentation of its layout says (gitrepository-layout),
// since `git worktree add` would read the project's configuration and run its hooks.
import { chmodSync, lstatSync, readdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isInside } from "../domain/sandbox.ts";
import { findRealPath } from "../files/real-path.ts";
import { readSmallTextIfAny } from "../files/small-file.ts";
import { makePrivateFolder, removeFile, toFileErrorCode } from "../state/private-files.ts";
import { PROPOSAL_ID, type Proposal } from "../state/proposal-files.ts";
import { requireFolder } from "./links-out.ts";

/** Where the worktree of a proposal lies: its folder has the name of the user's. */
export function toWorktreePath(folder: string, id: string, top: string): string {
  return join(folder, id, basename(top) || "root");
}

/** The entry of a worktree in the user's repository. */
export function toEntryPath({ commonDir, id }: Pick<Proposal, "commonDir" | "id">): string {
  return join(commonDir, "worktrees", id);
}

/** Makes the folder, for this user alone, and its entry, without files. Throws what the file system throws. */
export function makeFolders(proposal: Pick<Proposal, "commonDir" | "id" | "worktree" | "branch">): void {
  const { worktree, branch } = proposal;
  const entry = toEntryPath(proposal);
  makePrivateFolder(worktree);
  makePrivateFolder(entry);
  writeFileSync(join(entry, "commondir"), "../..\n");
  writeFileSync(join(entry, "HEAD"), `ref: refs/heads/${branch}\n`);
  writeFileSync(join(entry, "gitdir"), `${worktree}/.git\n`);
  writeFileSync(join(worktree, ".git"), `gitdir: ${entry}\n`);
}

/**
 * Removes the folder of a worktree and its entry. It trusts nothing of a record: `folder` is where worktrees lie, and the id names what is removed there.
 * Throws what the file system throws.
 */
export async function removeFolders(folder: string, proposal: Pick<Proposal, "id" | "commonDir">): Promise<void> {
  await removeFiles(folder, proposal);
  removeEntry(folder, proposal);
}

/** Removes the folder alone, as `removeFolders` does: the entry is what tells that the removal is not finished. Throws what the file system throws. */
export async function removeFiles(folder: string, { id }: Pick<Proposal, "id">): Promise<void> {
  if (!PROPOSAL_ID.test(id)) throw new Error(`${JSON.stringify(id.slice(0, 40))} is no id of a proposal`);
  await removeTree(join(folder, id));
}

/** Whether somebody has moved a worktree elsewhere (`git worktree move`): it is theirs from then on. In doubt it is. */
export function isMoved(folder: string, { id, commonDir }: Pick<Proposal, "id" | "commonDir">): boolean {
  try {
    const place = readSmallTextIfAny(join(toEntryPath({ commonDir, id }), "gitdir"))?.trim();
    if (place === undefined || isInside(place, join(folder, id))) return false;
    return lstatSync(place, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}

/** Removes the entry. Only one that is a worktree's: a record that was edited must not remove anything else. Throws what the file system throws. */
export function removeEntry(folder: string, { commonDir, id }: Pick<Proposal, "id" | "commonDir">): void {
  const entry = toEntryPath({ commonDir, id });
  // A folder on the way may have become a link: what it leads to is no entry of this repository.
  if (findRealPath(entry) !== toEntryPath({ commonDir: findRealPath(commonDir) ?? "", id })) return;
  if (lstatSync(join(entry, "gitdir"), { throwIfNoEntry: false })?.isFile() !== true) return;
  if (isMoved(folder, { commonDir, id })) return;
  rmSync(entry, { recursive: true, force: true });
  try {
    rmdirSync(dirname(entry));
  } catch {
    // The user has other worktrees.
  }
}

async function removeTree(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true, maxRetries: 2 });
  } catch (error) {
    if (toFileErrorCode(error) !== "EACCES") throw error;
    // Some package managers make folders that their owner cannot write.
    openFolders(path);
    await rm(path, { recursive: true, force: true, maxRetries: 2 });
  }
}

function openFolders(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return;
  chmodSync(path, 0o700);
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.isDirectory()) openFolders(join(path, entry.name));
  }
}

/** Replaces the index of a worktree as git does, or leaves it where somebody else is about to write it. Throws ISOLATION_FAILED where a link leads out. */
export function putIndex(entry: string, content: Buffer): void {
  for (const path of [dirname(entry), entry]) requireFolder(path);
  const lock = join(entry, "index.lock");
  try {
    writeFileSync(lock, content, { flag: "wx" });
  } catch (error) {
    if (toFileErrorCode(error) === "EEXIST") return;
    removeFile(lock);
    throw error;
  }
  renameSync(lock, join(entry, "index"));
}
