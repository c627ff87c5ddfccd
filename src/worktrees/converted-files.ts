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

// `core.autocrlf`, of the repository or of the user. What a configuration includes is not followed: a turn could have written it, and git decides by the
// folder. It may say anything.
async function convertsAll({ store, on }: TreeGit, signal: AbortSignal): Promise<boolean> {
  const { top, commonDir, gitDir } = store.repository;
  const run = on({ workTree: top, indexFile: "" }, signal);
  for (const path of [join(commonDir, "config"), join(gitDir, "config.worktree")]) {
    const own = readSmallTextIfAny(path) ?? "";
    if (INCLUDES.test(own)) return true;
    if (await isOn(run([...["config", "-f", "-", "--no-includes"], ...ASKED], Buffer.from(own)))) return true;
  }
  if (await isOn(store.askAttributes(["config", ...ASKED], signal))) return true;
  const named = store.askAttributes(["config", "--name-only", "--get-regexp", "^includeif\\."], signal);
  return (await named.catch(() => Buffer.of())).length > 0;
}

const INCLUDES = /^\s*\[\s*include(?:if)?\b/im;
const ASKED = ["--default", "false", "--get", "core.autocrlf"];

// A configuration that git cannot read may say anything too.
async function isOn(asked: Promise<Buffer>): Promise<boolean> {
  const value = (await asked.catch(() => Buffer.from("true"))).toString("latin1").trim();
  return !/^(?:false|no|off|0)$/i.test(value);
}
