// Where there is no git: the files of a directory by size and times. It tells which ones changed, and can restore none.
import { lstat, readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { sampleFile } from "../sample-file.ts";
import type { ComparedFile } from "./compare-git.ts";

/** A snapshot. */
export interface PlainSnapshot {
  readonly kind: "plain";
  /** The directory. */
  readonly top: string;
  /** What tells two states of a file apart, by its path below the directory. */
  readonly marks: ReadonlyMap<string, string>;
}

/** More files take longer than a turn may wait. */
export const MOST_FILES = 20_000;

/** Takes one. Throws Error where the directory has too many files, and what the file system throws. */
export async function takePlainSnapshot(top: string, signal: AbortSignal): Promise<PlainSnapshot> {
  const marks = new Map<string, string>();
  const open = [top];
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    signal.throwIfAborted();
    for (const entry of await listFolder(folder, top)) {
      const path = join(folder, entry.name);
      // Git's own files change with every command of git.
      if (entry.name === ".git") continue;
      if (entry.isDirectory()) open.push(path);
      else await mark(path);
    }
    if (marks.size > MOST_FILES) throw new Error(`${top} is no git repository and has more than ${MOST_FILES} files`);
  }
  return { kind: "plain", top, marks };

  async function mark(path: string): Promise<void> {
    const stat = await lstat(path).catch(() => undefined);
    if (stat === undefined) return;
    const { size, mtimeMs, ctimeMs, mode, ino } = stat;
    marks.set(relative(top, path), [size, mtimeMs, ctimeMs, mode, ino].join(" "));
  }
}

// A folder below that may not be read is left out: Codex's commands may not read it either.
async function listFolder(folder: string, top: string) {
  return readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (folder === top) throw error;
    return [];
  });
}

/** Compares two of one directory. */
export function comparePlain(before: PlainSnapshot, after: PlainSnapshot): ComparedFile[] {
  const changed = [...after.marks].filter(([path, mark]) => before.marks.get(path) !== mark);
  const gone = [...before.marks.keys()].filter((path) => !after.marks.has(path));
  return [
    ...changed.map(([path]) => ({
      path: toBytes(path),
      kind: before.marks.has(path) ? ("update" as const) : ("add" as const),
      sample: sampleFile(Buffer.from(join(after.top, path))),
    })),
    ...gone.map((path) => ({ path: toBytes(path), kind: "delete" as const })),
  ];
}

const toBytes = (path: string): string => Buffer.from(path).toString("latin1");
