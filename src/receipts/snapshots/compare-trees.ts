// What changed between two snapshots of a repository and of those within it.
import { look } from "../file-state.ts";
import { type BytePath, splitRecords, toFilePath } from "./byte-path.ts";
import { type ComparedFile, compareGit } from "./compare-git.ts";
import { type InnerSnapshot, type TreeSnapshot, toNothing } from "./inner-repositories.ts";
import { keepContents } from "./keep-contents.ts";
import { findPlantedGit } from "./planted-git.ts";

/** What changed. Paths are relative to the outermost repository. */
export interface TreeComparison {
  readonly files: readonly ComparedFile[];
  /** Repositories within it of which the changes are not known. */
  readonly notCovered: readonly BytePath[];
  /** Folders within it whose `.git` was made, removed or replaced. */
  readonly gitChanged: readonly BytePath[];
}

/** Compares two, and keeps what restores the earlier one in the store of the outermost repository. Throws GitError. */
export async function compareTrees(
  before: TreeSnapshot,
  after: TreeSnapshot,
  signal: AbortSignal,
): Promise<TreeComparison> {
  const { store } = after;
  const [all, planted] = await Promise.all([compareGit(before, after, signal), findPlanted(before, after, signal)]);
  const pairs = toPairs(before, after);
  const paths = pairs.map(({ path }) => path);
  const isWithin = (path: BytePath): boolean => paths.some((folder) => path.startsWith(folder));
  // A repository whose `.git` has gone: its files come to light in the outer one. They are told by its own comparison.
  const files = all.filter(({ path }) => !isWithin(path));
  await keepContents(store, files, signal);
  const notCovered = new Set([...before.notCovered, ...after.notCovered]);
  for (const { path } of pairs.filter(({ was }) => was === undefined)) {
    // Of the outer repository before, of this one now: nobody compares them.
    if (all.some((file) => (file.before ?? file.kind === "delete") && file.path.startsWith(path))) notCovered.add(path);
  }
  for (const pair of pairs) {
    const found = await compareInner(pair, before, signal).catch(() => listGone(pair, signal));
    if (found === undefined || isMoved(pair, before)) notCovered.add(pair.path);
    const named = (found ?? []).map((file) => below(pair.path, file));
    const own = named.filter(({ path }) => paths.findLast((folder) => path.startsWith(folder)) === pair.path);
    files.push(...(await keepInner(own, pair, store.folder, signal)));
  }
  const gitChanged = new Set([...pairs.filter(isGitChanged).map(({ path }) => path), ...planted]);
  return { files, notCovered: [...notCovered], gitChanged: [...gitChanged] };
}

async function findPlanted(before: TreeSnapshot, after: TreeSnapshot, signal: AbortSignal): Promise<BytePath[]> {
  const all = await findPlantedGit(after, before.startedAt, signal);
  for (const { path, snapshot, mark } of after.inner) {
    // Its git folder has gone.
    if (mark === undefined) continue;
    const found = await findPlantedGit(snapshot, before.startedAt, signal).catch(() => []);
    all.push(...found.map((folder) => `${path}${folder}`));
  }
  return all;
}

interface Pair {
  readonly path: BytePath;
  readonly was: InnerSnapshot | undefined;
  readonly is: InnerSnapshot | undefined;
}

// A repository in which others lie comes before them.
function toPairs(before: TreeSnapshot, after: TreeSnapshot): Pair[] {
  const find = (inner: readonly InnerSnapshot[], path: BytePath) => inner.find((one) => one.path === path);
  const paths = new Set([...before.inner, ...after.inner].map(({ path }) => path));
  return [...paths].sort().map((path) => ({ path, was: find(before.inner, path), is: find(after.inner, path) }));
}

async function compareInner({ was, is }: Pair, outer: TreeSnapshot, signal: AbortSignal) {
  if (is === undefined) return undefined;
  return compareGit(was?.snapshot ?? toNothing(is.snapshot, outer.startedAt), is.snapshot, signal);
}

// Its folder is gone, and its git folder with what was stored there. The index of its last snapshot still has the names.
async function listGone({ was, is }: Pair, signal: AbortSignal): Promise<ComparedFile[] | undefined> {
  if (was === undefined || is === undefined || is.mark !== undefined) return undefined;
  const { store } = was.snapshot;
  if (look(Buffer.from(store.repository.top)) !== undefined) return undefined;
  const git = store.toStoredGit(signal);
  const paths = splitRecords(await git(["ls-files", "-z"]).catch(() => Buffer.of()));
  return paths.length === 0 ? undefined : paths.map((path) => ({ path, kind: "delete" }));
}

async function keepInner(files: readonly ComparedFile[], { is }: Pair, keeper: string, signal: AbortSignal) {
  if (is === undefined) return files;
  return keepContents(is.snapshot.store, files, signal, keeper).then(
    () => files,
    () => files.map((file) => (file.before === undefined ? file : { ...file, before: undefined, after: undefined })),
  );
}

// Moved there from elsewhere, or ignored before: what of it the turn changed, nobody knows.
function isMoved({ path, was, is }: Pair, outer: TreeSnapshot): boolean {
  if (was !== undefined || is === undefined) return false;
  const folder = look(toFilePath(outer.store.repository.top, path.slice(0, -1)));
  return folder === undefined || folder.birthtimeMs < outer.startedAt;
}

const isGitChanged = ({ was, is }: Pair): boolean => is !== undefined && was?.mark !== is.mark;

function below(folder: BytePath, { path, from, ...file }: ComparedFile): ComparedFile {
  return { ...file, path: `${folder}${path}`, from: from === undefined ? undefined : `${folder}${from}` };
}
