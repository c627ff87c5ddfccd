// What changed between two snapshots of one repository.
import { type BytePath, splitRecords } from "./byte-path.ts";
import type { RunGit } from "./git-program.ts";
import type { GitSnapshot, UnstoredFile } from "./git-snapshot.ts";

/** A stored state of a file. */
export interface StoredState {
  /** Git's mode: `100644`, `100755` (may be run), `120000` (a symbolic link). */
  readonly mode: string;
  /** Id of its content in the store. */
  readonly oid: string;
}

/** A file that changed. */
export interface ComparedFile {
  readonly path: BytePath;
  readonly kind: "add" | "update" | "delete" | "rename";
  /** Its path before a renaming. */
  readonly from?: BytePath | undefined;
  /** undefined where it did not exist, or is not stored. */
  readonly before?: StoredState | undefined;
  readonly after?: StoredState | undefined;
  /** Lines added and deleted; undefined for a binary file and for one that is not stored. */
  readonly added?: number | undefined;
  readonly deleted?: number | undefined;
}

/** Compares two snapshots of one store. Throws GitError. */
export async function compareGit(
  before: GitSnapshot,
  after: GitSnapshot,
  signal: AbortSignal,
): Promise<ComparedFile[]> {
  const git = after.store.toGit(signal);
  const files = before.tree === after.tree ? [] : await compareTrees(git, before.tree, after.tree);
  return [...files, ...compareUnstored(before.unstored, after.unstored, files)];
}

async function compareTrees(git: RunGit, before: string, after: string): Promise<ComparedFile[]> {
  const options = ["-r", "-z", "-M", "-l1000", "--raw", "--numstat", "--no-ext-diff", "--no-textconv"];
  const records = splitRecords(await git(["diff-tree", ...options, before, after]));
  const raw: ComparedFile[] = [];
  let at = 0;
  for (; records[at]?.startsWith(":") === true; ) {
    const { file, next } = readRaw(records, at);
    raw.push(file);
    at = next;
  }
  const counts = readCounts(records.slice(at));
  return raw.map((file) => ({ ...file, ...counts.get(file.path) }));
}

const ABSENT = "000000";

// `:MODE MODE OID OID STATUS`, then one path; two with a renaming.
function readRaw(records: readonly string[], at: number): { readonly file: ComparedFile; readonly next: number } {
  const [beforeMode = "", afterMode = "", beforeOid = "", afterOid = "", status = ""] = (records[at] ?? "")
    .slice(1)
    .split(" ");
  const isRename = status.startsWith("R");
  const [first = "", second = ""] = records.slice(at + 1, at + 3);
  const before = beforeMode === ABSENT ? undefined : { mode: beforeMode, oid: beforeOid };
  const afterState = afterMode === ABSENT ? undefined : { mode: afterMode, oid: afterOid };
  const kind = isRename ? "rename" : before === undefined ? "add" : afterState === undefined ? "delete" : "update";
  return {
    file: { path: isRename ? second : first, kind, from: isRename ? first : undefined, before, after: afterState },
    next: at + (isRename ? 3 : 2),
  };
}

type Counts = Pick<ComparedFile, "added" | "deleted">;

// `ADDED DELETED PATH`, separated by tabs; with a renaming the path is empty, and the two paths follow.
function readCounts(records: readonly string[]): Map<BytePath, Counts> {
  const counts = new Map<BytePath, Counts>();
  for (let at = 0; at < records.length; at += 1) {
    const [added, deleted, ...rest] = (records[at] ?? "").split("\t");
    const name = rest.join("\t");
    if (name === "") at += 2;
    counts.set(name === "" ? (records[at] ?? "") : name, { added: toCount(added), deleted: toCount(deleted) });
  }
  return counts;
}

// A binary file has `-`.
const toCount = (text: string | undefined): number | undefined => (text === "-" ? undefined : Number(text));

function compareUnstored(
  before: readonly UnstoredFile[],
  after: readonly UnstoredFile[],
  stored: readonly ComparedFile[],
): ComparedFile[] {
  const old = new Map(before.map((file) => [file.path, file.mark]));
  const now = new Map(after.map((file) => [file.path, file.mark]));
  const known = new Set(stored.map(({ path }) => path));
  const changed = [...now].filter(([path, mark]) => old.get(path) !== mark);
  const gone = [...old.keys()].filter((path) => !now.has(path));
  return [
    ...changed.map(([path]) => ({ path, kind: old.has(path) ? ("update" as const) : ("add" as const) })),
    ...gone.map((path) => ({ path, kind: "delete" as const })),
  ].filter(({ path }) => !known.has(path));
}
