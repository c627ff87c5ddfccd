// What changed between two snapshots of one repository.
import { look } from "../file-state.ts";
import type { FileSample } from "../sample-file.ts";
import { type BytePath, splitRecords, toFilePath } from "./byte-path.ts";
import { addPermissions, comparePermissions } from "./compare-permissions.ts";
import type { RunGit } from "./git-program.ts";
import type { GitSnapshot, UnstoredFile } from "./git-snapshot.ts";

/** A stored state of a file. */
export interface StoredState {
  /** Git's mode: `100644`, `100755` (may be run), `120000` (a symbolic link). */
  readonly mode: string;
  /** Id of its content in the store. */
  readonly oid: string;
  /** Three octal digits, such as `644`; undefined for a link, and where they are not known. */
  readonly permissions?: string | undefined;
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
  /** What is known of its state afterwards where that is not stored. */
  readonly sample?: FileSample | undefined;
  /** Lines added and deleted; undefined for a binary file and for one that is not stored. */
  readonly added?: number | undefined;
  readonly deleted?: number | undefined;
}

/** Compares two snapshots of one store. A file without a stored state cannot be restored. Throws GitError. */
export async function compareGit(
  before: GitSnapshot,
  after: GitSnapshot,
  signal: AbortSignal,
): Promise<ComparedFile[]> {
  const git = after.store.toStoredGit(signal);
  const changed = before.tree === after.tree ? [] : await diffTrees(git, before.tree, after.tree);
  const files = [
    ...changed.map((file) => addPermissions(file, before.permissions, after.permissions)),
    ...(await comparePermissions(git, before, after, new Set(changed.map(({ path }) => path)))),
  ];
  const unstored = new Set([...before.unstored, ...after.unstored].map(({ path }) => path));
  const stored = files.filter(({ path }) => !unstored.has(path));
  const { top } = after.store.repository;
  const known = { startedAt: before.startedAt, isIgnoreChanged: files.some(isIgnoreFile), moved: after.moved };
  return [
    ...stored.flatMap((file) => (file.kind === "rename" ? judgeRenamed(top, file, known) : judgeNew(top, file, known))),
    ...compareUnstored(before, after, files),
  ];
}

/** The clock of file times is a little behind. */
const COARSE_MS = 50;

interface Known {
  readonly startedAt: number;
  readonly isIgnoreChanged: boolean;
  /** Paths of files that stood elsewhere before. */
  readonly moved: ReadonlySet<BytePath>;
}

const isIgnoreFile = ({ path, from = path }: ComparedFile): boolean =>
  [path, from].some((name) => /(?:^|\/)\.gitignore$/.test(name));

// What is new to the snapshot may have been there all the time, and come to light by a change of .gitignore, say. Undo must not remove it.
function judgeNew(top: string, file: ComparedFile, { startedAt, moved }: Known): ComparedFile[] {
  const stat = file.kind === "add" ? look(toFilePath(top, file.path)) : undefined;
  if (stat === undefined || stat.birthtimeMs >= startedAt - COARSE_MS) return [file];
  if (stat.ctimeMs < startedAt - COARSE_MS) return [];
  if (moved.has(file.path)) return [file];
  return [{ ...file, before: undefined, after: undefined }];
}

// Git takes a file that is gone and a new one like it for a renaming. A file that came to light by a change of .gitignore was not renamed, as far as can
// be seen: a renamed one keeps its time of birth too.
function judgeRenamed(top: string, file: ComparedFile, known: Known): ComparedFile[] {
  const { path, from, before, after } = file;
  if (from === undefined || !known.isIgnoreChanged) return [file];
  const added = judgeNew(top, { path, kind: "add", after }, known);
  return added.some((one) => one.after !== undefined) ? [file] : [{ path: from, kind: "delete", before }, ...added];
}

/** Compares two trees of a store, with renamings unless `renames` is false. Throws GitError. */
export async function diffTrees(git: RunGit, before: string, after: string, renames = true): Promise<ComparedFile[]> {
  const found = renames ? ["-M", "-l1000"] : ["--no-renames"];
  const options = ["-r", "-z", ...found, "--raw", "--numstat", "--no-ext-diff", "--no-textconv"];
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

// Files of which at least one of the two states is not stored.
function compareUnstored(before: GitSnapshot, after: GitSnapshot, files: readonly ComparedFile[]): ComparedFile[] {
  const old = new Map(before.unstored.map((file) => [file.path, file]));
  const now = new Map(after.unstored.map((file) => [file.path, file]));
  const inTrees = new Map(files.map((file) => [file.path, file]));
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((path) => {
    const [was, is] = [old.get(path), now.get(path)];
    if (was !== undefined && is !== undefined && toMark(was) === toMark(is)) return [];
    const stored = inTrees.get(path);
    const wasThere = was !== undefined || stored?.before !== undefined;
    const isThere = is !== undefined || stored?.after !== undefined;
    return [{ path, kind: !wasThere ? "add" : isThere ? "update" : "delete", sample: is?.sample }];
  });
}

// Where it cannot be read, its time.
const toMark = ({ sample, ctimeMs }: UnstoredFile): string => sample?.hash ?? `ctime ${ctimeMs}`;
