// The entries of an index, with what git saw of each file last.
import type { BytePath } from "./byte-path.ts";
import type { RunGit } from "./git-program.ts";

/** An index of a million files has about 100 MB. */
export const MOST_INDEX_BYTES = 268_435_456;

/** One entry. */
export interface IndexEntry {
  readonly mode: string;
  readonly oid: string;
  readonly isMerged: boolean;
  readonly path: BytePath;
  /** Of the file: the lower 32 bits. */
  readonly inode: number;
  /** Size of the file as git saw it last. */
  readonly size: number;
  readonly flags: number;
}

/** As `git ls-files --debug -s -z` writes an entry (2.39). */
const ENTRY =
  /(\d{6}) ([0-9a-f]{40,64}) (\d)\t([^\0]*)\0 {2}ctime: .*\n {2}mtime: .*\n {2}dev: \d+\tino: (\d+)\n {2}uid: .*\n {2}size: (\d+)\tflags: ([0-9a-f]+)\n/g;

/** All of them. Throws GitError. */
export async function listIndexEntries(git: RunGit): Promise<IndexEntry[]> {
  const text = (await git(["ls-files", "--debug", "-s", "-z"])).toString("latin1");
  return [...text.matchAll(ENTRY)].map(([, mode = "", oid = "", stage, path = "", inode, size, flags]) => ({
    ...{ mode, oid, path },
    isMerged: stage === "0",
    inode: Number(inode),
    size: Number(size),
    flags: Number.parseInt(flags ?? "0", 16),
  }));
}
