// Files that git would not commit byte by byte as they are: those of a filter (LFS, git-crypt), and those whose line ends it changes.
import { join } from "node:path";
import { readSmallTextIfAny } from "../files/small-file.ts";
import { type BytePath, joinRecords, splitRecords } from "../receipts/snapshots/byte-path.ts";
import type { FileToCommit } from "./commit-in-place.ts";
import type { TreeGit } from "./tree-git.ts";

const FILTERS = ["filter", "ident", "working-tree-encoding"];
const LINE_ENDS = ["text", "eol", "crlf"];

/** The paths among those that are added or changed. Throws GitError. */
export async function findConverted(
  git: TreeGit,
  files: readonly FileToCommit[],
  signal: AbortSignal,
): Promise<BytePath[]> {
  const there = files.filter(({ after }) => after !== undefined && after.mode !== "120000");
  if (there.length === 0) return [];
  const args = ["check-attr", "-z", "--stdin", ...FILTERS, ...LINE_ENDS];
  const told = splitRecords(await git.store.askAttributes(args, signal, joinRecords(there.map(({ path }) => path))));
  const filtered = new Set<BytePath>();
  const text = new Set<BytePath>((await convertsAll(git, signal)) ? there.map(({ path }) => path) : []);
  // Records: path, attribute, value.
  for (let at = 0; at + 2 < told.length; at += 3) {
    const [path = "", name = "", value = ""] = told.slice(at, at + 3);
    if (value === "unspecified") continue;
    if (FILTERS.includes(name) && value !== "unset") filtered.add(path);
    else if (name !== "text" || value !== "unset") text.add(path);
  }
  const withReturns: BytePath[] = [];
  for (const { path, after } of there) {
    if (filtered.has(path) || !text.has(path) || after === undefined) continue;
    const run = git.on({ workTree: git.store.repository.top, indexFile: "" }, signal);
    if ((await run(["cat-file", "blob", after.oid])).includes("\r\n")) withReturns.push(path);
  }
  return [...filtered, ...withReturns];
}

// `core.autocrlf`, of the repository or of the user.
async function convertsAll({ store }: TreeGit, signal: AbortSignal): Promise<boolean> {
  const own = readSmallTextIfAny(join(store.repository.commonDir, "config")) ?? "";
  if (/^\s*autocrlf\s*=\s*(true|input)/im.test(own)) return true;
  const usual = await store.askAttributes(["config", "--get", "core.autocrlf"], signal).catch(() => Buffer.of());
  return /^(true|input)/i.test(usual.toString("latin1"));
}
