// Which changed files are not shown to a reviewer, and why.
import type { ComparedFile } from "../../receipts/snapshots/compare-git.ts";
import type { RunGit } from "../../receipts/snapshots/git-program.ts";
import { isBinaryName, isCode, isMissedText } from "../rank-files.ts";
import { isInSecretFolder, isSecretName } from "../secret-names.ts";
import { LARGE_BYTES } from "./git-view.ts";

/** Those that a program obeys: a shell runs `.envrc`, and `.npmrc` says where packages come from. */
const ACTS = /(?:^|\/)\.(?:envrc|npmrc|pypirc)$/i;

/** Why a file is not shown; `isMissed` as in LeftOut. undefined for one that is. Paths as they are shown. */
export function findWhyLeftOut(
  { before, after, added }: ComparedFile,
  { path, from = path }: { readonly path: string; readonly from?: string | undefined },
  sizes: ReadonlyMap<string, number>,
): { readonly reason: string; readonly isMissed: boolean } | undefined {
  if ([before, after].some((state) => state?.mode === GITLINK)) return { reason: "it is a submodule", isMissed: true };
  if (isSecretName(path)) {
    // Anything may lie in a folder, also what a program obeys.
    const isMissed = isCode(path) || ACTS.test(path) || isInSecretFolder(path);
    return { reason: "its name says that it may hold secrets", isMissed };
  }
  if (isSecretName(from)) return { reason: "the name that it had says that it may hold secrets", isMissed: true };
  if (added !== undefined) return undefined;
  const largest = Math.max(...[before, after].map((state) => sizes.get(state?.oid ?? "") ?? 0));
  // One byte makes a text binary to git.
  const canRun = after?.mode === EXECUTABLE;
  if (largest <= LARGE_BYTES) return { reason: "it is binary", isMissed: canRun || !isBinaryName(path) };
  return { reason: "it is larger than 1 MB", isMissed: canRun || (isMissedText(path) && !isBinaryName(path)) };
}

const EXECUTABLE = "100755";

/** Mode of a submodule's entry. */
export const GITLINK = "160000";

/** Sizes of contents in bytes. What is missing, as in a partial clone, has none. Throws GitError. */
export async function readSizes(git: RunGit, files: readonly ComparedFile[]): Promise<Map<string, number>> {
  const states = files.flatMap(({ before, after }) => [before, after].filter((state) => state !== undefined));
  const ids = [...new Set(states.filter(({ mode }) => mode !== GITLINK).map(({ oid }) => oid))];
  if (ids.length === 0) return new Map();
  const input = Buffer.from(ids.map((id) => `${id}\n`).join(""));
  const lines = (await git(["cat-file", "--batch-check=%(objectname) %(objectsize)"], input)).toString("latin1");
  const sizes = lines.split("\n").map((line) => line.split(" "));
  return new Map(sizes.flatMap(([id = "", size = ""]) => (/^\d+$/.test(size) ? [[id, Number(size)] as const] : [])));
}

/** A pointer of Git LFS has some 130 bytes. */
const MOST_POINTER = 1_024;
const POINTER = /^version https:\/\/git-lfs\.github\.com\/spec\/v1\n(?:.*\n)*?size (\d{1,15})$/m;

/** Sizes of the files that pointers of Git LFS stand for, by the pointer's id. Throws GitError. */
export async function readPointers(
  git: RunGit,
  files: readonly ComparedFile[],
  sizes: ReadonlyMap<string, number>,
): Promise<Map<string, number>> {
  const oids = files.flatMap(({ before, after }) => [before?.oid, after?.oid]).filter((oid) => oid !== undefined);
  const small = [...new Set(oids)].filter((oid) => (sizes.get(oid) ?? MOST_POINTER) < MOST_POINTER);
  if (small.length === 0) return new Map();
  const input = Buffer.from(small.map((id) => `${id}\n`).join(""));
  const output = (await git(["cat-file", "--batch"], input)).toString("latin1");
  const pointers = new Map<string, number>();
  for (let at = 0; at < output.length; ) {
    const end = output.indexOf("\n", at);
    const [id = "", , size = ""] = output.slice(at, end === -1 ? undefined : end).split(" ");
    const length = /^\d+$/.test(size) ? Number(size) : -1;
    const told = POINTER.exec(output.slice(end + 1, end + 1 + Math.max(0, length)))?.[1];
    if (told !== undefined) pointers.set(id, Number(told));
    if (end === -1) break;
    at = end + 1 + (length === -1 ? 0 : length + 1);
  }
  return pointers;
}
