// Gives objects of the bridge's store to the user's repository.
import { randomBytes } from "node:crypto";
import { closeSync, constants, copyFileSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { removeFile, toFileErrorCode } from "../state/private-files.ts";
import type { TreeGit } from "./tree-git.ts";

/**
 * Gives commits to the user's repository, as one pack. What it has already is left out (`--local`): it is lent to the store. Throws GitError, and what
 * the file system throws.
 */
export async function giveObjects(git: TreeGit, commits: readonly string[], signal: AbortSignal): Promise<void> {
  const { store } = git;
  const run = git.on({ workTree: store.repository.top, indexFile: "" }, signal);
  const ids = new Set<string>(commits);
  for (const commit of commits) {
    ids.add((await run(["rev-parse", "--verify", `${commit}^{tree}`])).toString("latin1").trim());
    const listed = (await run(["ls-tree", "-r", "-t", "-z", commit])).toString("latin1");
    for (const [, oid = ""] of listed.matchAll(/(?:^|\0)\d{6} (?:blob|tree) ([0-9a-f]+)\t/g)) ids.add(oid);
  }
  const here = await leaveOutMissing(run, [...ids]);
  const input = Buffer.from(here.map((id) => `${id}\n`).join(""));
  const folder = join(store.folder, `given-${randomBytes(6).toString("hex")}`);
  mkdirSync(folder, { mode: 0o700 });
  try {
    const options = ["-q", "--local", "--non-empty", "--window=0"];
    const named = await run(["-c", "core.fsync=objects", "pack-objects", ...options, join(folder, "pack")], input);
    const name = /^[0-9a-f]+$/m.exec(named.toString("latin1"))?.[0];
    if (name !== undefined) putPack(folder, join(store.repository.commonDir, "objects/pack"), `pack-${name}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The index comes last: git takes a pack for one as soon as it sees that. Without the third part (`.rev`) git makes it when it needs it. */
const PARTS = [".pack", ".idx"];

// Git itself could only rename it from folder to folder, and the user's repository may be on another file system than the bridge's.
function putPack(from: string, to: string, name: string): void {
  for (const part of PARTS) {
    const [made, place] = [join(from, `${name}${part}`), join(to, `${name}${part}`)];
    try {
      renameSync(made, place);
    } catch (error) {
      if (toFileErrorCode(error) !== "EXDEV") throw error;
      copyInto(made, to, place);
    }
  }
}

// `git gc` removes what begins with `tmp_` and was never finished.
function copyInto(made: string, folder: string, place: string): void {
  const draft = join(folder, `tmp_pack_${randomBytes(6).toString("hex")}`);
  try {
    copyFileSync(made, draft, constants.COPYFILE_EXCL);
    const file = openSync(draft, "r");
    try {
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(draft, place);
  } catch (error) {
    removeFile(draft);
    throw error;
  }
}

// A partial clone lacks some; they are the server's.
async function leaveOutMissing(run: ReturnType<TreeGit["on"]>, ids: readonly string[]): Promise<string[]> {
  const input = Buffer.from(ids.map((id) => `${id}\n`).join(""));
  const told = (await run(["cat-file", "--batch-check=%(objectname)"], input)).toString("latin1");
  return told.split("\n").filter((line) => /^[0-9a-f]+$/.test(line));
}
