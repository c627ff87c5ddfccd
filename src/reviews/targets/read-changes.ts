// The changes between two trees as a reviewer reads them.
import { type ComparedFile, diffTrees } from "../../receipts/snapshots/compare-git.ts";
import type { RunGit } from "../../receipts/snapshots/git-program.ts";
import { findWhyLast, isMissedText } from "../rank-files.ts";
import { toShownPath } from "../shown-path.ts";
import type { LeftOut, ReviewedFile } from "../target.ts";
import type { GitView } from "./git-view.ts";
import { findWhyLeftOut, GITLINK, readPointers, readSizes } from "./left-out.ts";
import { diffPairs } from "./pair-diffs.ts";
import { findSparsePaths } from "./sparse-paths.ts";

/** What changed. */
export interface Changes {
  readonly files: readonly ReviewedFile[];
  readonly leftOut: readonly LeftOut[];
  readonly submodules: readonly string[];
  readonly notes: readonly string[];
  /** Ids of the contents before and after, by path. */
  readonly contents: ReadonlyMap<string, { readonly before: string | undefined; readonly after: string | undefined }>;
}

type Trees = readonly [before: string, after: string];

/** Most files and characters of diff that are read: far more than is reviewed at once. */
const MOST_FILES = 3_000;
const MOST_CHARACTERS = 8_000_000;

/**
 * Reads them. `isWorkingTree`: the later tree is a snapshot of a working tree, which holds neither submodules, nor what filters make of a file, nor
 * what a sparse checkout leaves out. Throws GitError.
 */
export async function readChanges(view: GitView, trees: Trees, isWorkingTree: boolean): Promise<Changes> {
  const { git } = view;
  const told = trees[0] === trees[1] ? [] : await diffTrees(git, ...trees);
  const all = isWorkingTree ? await withoutSparse(view, trees, told) : told;
  const isSkipped = ({ before, after }: ComparedFile): boolean =>
    isWorkingTree && [before, after].some((state) => state?.mode === GITLINK);
  const found = all.filter((file) => !isSkipped(file));
  const sizes = await readSizes(git, found);
  const pointers = await readPointers(git, found, sizes);
  const leftOut: LeftOut[] = [];
  const shown: ComparedFile[] = [];
  for (const file of found) {
    const path = toShownPath(file.path);
    if (pointers.size > 0 && isPointed(file, pointers)) {
      if (!isUntouched(file, pointers, sizes))
        leftOut.push({ path, from: toShownFrom(file), reason: "it is kept by Git LFS", isMissed: isMissedText(path) });
      continue;
    }
    const why = findWhyLeftOut(file, { path, from: toShownFrom(file) }, sizes);
    if (why === undefined) shown.push(file);
    else leftOut.push({ path, from: toShownFrom(file), ...why });
  }
  const read = await readFiles(git, shown);
  const submodules = all.filter(isSkipped).map(({ path }) => toShownPath(path));
  return {
    files: read.files,
    leftOut: [...read.leftOut, ...leftOut],
    submodules,
    notes: [...read.notes, ...(submodules.length > 0 ? ["Submodules are not part of the review."] : [])],
    contents: new Map(
      found.map((file) => [toShownPath(file.path), { before: file.before?.oid, after: file.after?.oid }]),
    ),
  };
}

async function withoutSparse(view: GitView, trees: Trees, files: ComparedFile[]): Promise<ComparedFile[]> {
  if (!files.some(({ kind }) => kind === "delete" || kind === "rename")) return files;
  const sparse = await findSparsePaths(view);
  const isShown = ({ kind, path }: ComparedFile): boolean => kind !== "delete" || !sparse.has(path);
  // Git takes one that is left out and a new one like it for a renaming.
  const isMistaken = files.some(({ from }) => from !== undefined && sparse.has(from));
  return (isMistaken ? await diffTrees(view.git, ...trees, false) : files).filter(isShown);
}

const toShownFrom = ({ from }: ComparedFile): string | undefined =>
  from === undefined ? undefined : toShownPath(from);

const isPointed = ({ before, after }: ComparedFile, pointers: ReadonlyMap<string, number>): boolean =>
  [before, after].some((state) => state !== undefined && pointers.has(state.oid));

// The working tree has the content itself, where the commit has the pointer.
function isUntouched(
  { before, after }: ComparedFile,
  pointers: ReadonlyMap<string, number>,
  sizes: ReadonlyMap<string, number>,
): boolean {
  if (before === undefined || after === undefined) return false;
  const size = pointers.get(before.oid);
  return size !== undefined && !pointers.has(after.oid) && size === sizes.get(after.oid);
}

type Read = Pick<Changes, "files" | "leftOut" | "notes">;

async function readFiles(git: RunGit, shown: readonly ComparedFile[]): Promise<Read> {
  // Where not everything can be read, what people write comes first.
  const isLast = (file: ComparedFile): boolean => findWhyLast(toShownPath(file.path), "") !== undefined;
  const ranked =
    shown.length <= MOST_FILES ? shown : [...shown].sort((one, two) => Number(isLast(one)) - Number(isLast(two)));
  const hunks = await diffPairs(git, ranked.slice(0, MOST_FILES), MOST_CHARACTERS);
  const leftOut = ranked.slice(hunks.length).map((file) => ({
    ...{ path: toShownPath(file.path), reason: "the change is too large to be read" },
    from: toShownFrom(file),
    isMissed: isMissedText(toShownPath(file.path)),
  }));
  let sameLines = 0;
  const files = hunks.flatMap((text, index) => {
    const file = ranked[index];
    if (file === undefined) return [];
    if (text === "" && file.kind === "update" && file.before?.mode === file.after?.mode) {
      sameLines += 1;
      return [];
    }
    return [toReviewed(file, text)];
  });
  const notes =
    sameLines === 0 ? [] : [`${sameLines} ${sameLines === 1 ? "file differs" : "files differ"} only in line ends.`];
  return { files, leftOut, notes };
}

function toReviewed(file: ComparedFile, hunks: string): ReviewedFile {
  const path = toShownPath(file.path);
  const from = toShownFrom(file);
  const lines = hunks.split("\n");
  return {
    ...{ path, kind: file.kind },
    ...(from === undefined ? {} : { from }),
    added: lines.filter((line) => line.startsWith("+")).length,
    deleted: lines.filter((line) => line.startsWith("-")).length,
    diff: `${toHead(file, path, from)}${hunks}`,
  };
}

function toHead({ before, after }: ComparedFile, path: string, from: string | undefined): string {
  const [old, fresh] = [`a/${from ?? path}`, `b/${path}`];
  const mode =
    before === undefined
      ? [`new file mode ${after?.mode}`]
      : after === undefined
        ? [`deleted file mode ${before.mode}`]
        : before.mode === after.mode
          ? []
          : [`old mode ${before.mode}`, `new mode ${after.mode}`];
  const rename = from === undefined ? [] : [`rename from ${from}`, `rename to ${path}`];
  const names = [`--- ${before === undefined ? "/dev/null" : old}`, `+++ ${after === undefined ? "/dev/null" : fresh}`];
  return `${[`diff --git ${old} ${fresh}`, ...mode, ...rename, ...names].join("\n")}\n`;
}
