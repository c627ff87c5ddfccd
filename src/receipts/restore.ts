// Puts files back into the state that a receipt has for the time before its turn.
import { chmod, mkdir, rename, rm, rmdir, symlink, writeFile } from "node:fs/promises";
import { look } from "./file-state.ts";
import { findBlock, listFolders, type RestoreStep } from "./restore-plan.ts";
import { type BytePath, toFilePath } from "./snapshots/byte-path.ts";
import type { StoredState } from "./snapshots/compare-git.ts";
import type { StagingFolders } from "./staging-folders.ts";

/** Reads a content by its id. */
export type ReadContent = (oid: string) => Promise<Buffer>;

/** What is to be restored. */
export interface RestoreRequest {
  readonly top: string;
  readonly steps: readonly RestoreStep[];
  /** Paths that are restored though they have changed. */
  readonly forced: ReadonlySet<BytePath>;
  readonly readContent: ReadContent;
  /** Where contents are made ready. */
  readonly staging: Pick<StagingFolders, "make">;
  /** Called after each step that was taken. */
  readonly onDone: (step: RestoreStep) => void;
}

/**
 * Restores. First every content is written to a folder of its own within `top`, so that a full disk or a missing content changes nothing; then
 * the files are put in place one by one. Each place is looked at once more just before: one that has changed since the plan was made is left.
 * Throws what the file system and `readContent` throw.
 */
export async function restoreFiles({
  top,
  steps,
  forced,
  readContent,
  staging,
  onDone,
}: RestoreRequest): Promise<void> {
  const isFree = async (step: RestoreStep): Promise<boolean> => {
    const block = await findBlock(top, step, NONE);
    return block === undefined || (block === "changed" && forced.has(step.path));
  };
  const folder = await staging.make(top);
  try {
    const drafts = await writeDrafts(folder.path, steps, readContent);
    for (const step of steps) {
      if (step.before !== undefined || !(await isFree(step))) continue;
      await removeFile(top, step.path);
      onDone(step);
    }
    for (const { step, draft } of drafts) {
      if (!(await isFree(step))) continue;
      await putInPlace(top, step, draft);
      onDone(step);
    }
  } finally {
    await folder.remove();
  }
}

const NONE: ReadonlySet<BytePath> = new Set();

interface Draft {
  readonly step: RestoreStep;
  readonly draft: Buffer;
}

async function writeDrafts(staging: Buffer, steps: readonly RestoreStep[], readContent: ReadContent): Promise<Draft[]> {
  const drafts: Draft[] = [];
  for (const [number, step] of steps.entries()) {
    const { before } = step;
    if (before === undefined) continue;
    const draft = Buffer.concat([staging, Buffer.from(`/${number}`)]);
    const content = await readContent(before.oid);
    if (before.mode === "120000") await symlink(content, draft);
    else await writeDraft(draft, content, before);
    drafts.push({ step, draft });
  }
  return drafts;
}

async function writeDraft(draft: Buffer, content: Buffer, { mode, permissions }: StoredState): Promise<void> {
  await writeFile(draft, content, { mode: mode === "100755" ? 0o777 : 0o666, flag: "wx" });
  const wanted = permissions === undefined ? undefined : Number.parseInt(permissions, 8);
  // Where a file system knows no permissions, each attempt to set some is an error.
  const now = look(draft);
  if (wanted !== undefined && now !== undefined && (now.mode & 0o777) !== wanted) await chmod(draft, wanted);
}

// The folders that the turn made for it go with it.
async function removeFile(top: string, path: BytePath): Promise<void> {
  await rm(toFilePath(top, path), { force: true });
  for (const folder of listFolders(path)) {
    const isRemoved = await rmdir(toFilePath(top, folder)).then(
      () => true,
      () => false,
    );
    if (!isRemoved) return;
  }
}

async function putInPlace(top: string, { path, before }: RestoreStep, draft: Buffer): Promise<void> {
  const file = toFilePath(top, path);
  const [folder] = listFolders(path);
  // The permissions of a folder are not kept. One that is made for a file that nobody else may read is closed to them.
  const isPrivate = before?.permissions?.endsWith("00") === true;
  const mode = isPrivate ? 0o700 : 0o777;
  if (folder !== undefined) await mkdir(toFilePath(top, folder), { recursive: true, mode });
  if (before?.permissions === undefined) await keepPermissions(file, draft);
  await rename(draft, file);
}

// An older receipt knows only whether a file may be run. The rest of its permissions stays as it is now.
async function keepPermissions(file: Buffer, draft: Buffer): Promise<void> {
  const [now, next] = [look(file), look(draft)];
  if (now?.isFile() !== true || next?.isFile() !== true) return;
  const others = now.mode & 0o666;
  await chmod(draft, (next.mode & 0o100) === 0 ? others : others | ((others & 0o444) >> 2));
}
