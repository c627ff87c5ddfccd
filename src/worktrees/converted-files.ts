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
  const paths = joinRecords(there.map(({ path }) => path));
  const ask = (options: readonly string[]): Promise<Buffer> =>
    git.store.askAttributes([...options, "check-attr", "-z", "--stdin", ...FILTERS, ...LINE_ENDS], signal, paths);
  const told = splitRecords(Buffer.concat(await Promise.all((await nameAttributes(git, signal)).map(ask))));
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

// Options by which git reads the files of attributes that configurations name, each in its turn: which of them counts depends on settings that are not
// read. Git takes the user's file by itself, and the machine's only where the user has none.
async function nameAttributes({ store, on }: TreeGit, signal: AbortSignal): Promise<string[][]> {
  const run = on({ workTree: store.repository.top, indexFile: "" }, signal);
  const asked = ["--path", "--get", "core.attributesFile"];
  const read = async (answer: Promise<Buffer>): Promise<string | undefined> =>
    (await answer.catch(() => undefined))?.toString("utf8").replace(/\n$/, "");
  const [users, machines, ...own] = await Promise.all([
    read(store.askAttributes(["config", ...asked], signal)),
    read(askMachine(store, asked, signal)),
    ...readOwnConfigs(store.repository).map((text) =>
      read(run(["config", "-f", "-", "--no-includes", ...asked], Buffer.from(text))),
    ),
  ]);
  const named = [users === undefined ? machines : undefined, ...own].filter((path) => path !== undefined);
  return [[], ...named.map((path) => ["-c", `core.attributesFile=${path}`])];
}

const askMachine = ({ askAttributes, repository }: TreeGit["store"], asked: readonly string[], signal: AbortSignal) =>
  askAttributes(["--git-dir", repository.gitDir, "config", "--system", "--includes", ...asked], signal);

// Of the repository, then of this working tree, which counts more.
const readOwnConfigs = ({ commonDir, gitDir }: TreeGit["store"]["repository"]): string[] =>
  [join(commonDir, "config"), join(gitDir, "config.worktree")].map((path) => readSmallTextIfAny(path) ?? "");

// `core.autocrlf`, of the repository, the user or the machine. What the repository's configuration includes is not followed: a turn could have written it,
// and git decides by the folder. It may say anything.
async function convertsAll({ store, on }: TreeGit, signal: AbortSignal): Promise<boolean> {
  const run = on({ workTree: store.repository.top, indexFile: "" }, signal);
  for (const own of readOwnConfigs(store.repository)) {
    if (INCLUDES.test(own)) return true;
    if (await isOn(run([...["config", "-f", "-", "--no-includes"], ...ASKED], Buffer.from(own)))) return true;
  }
  if (await isOn(store.askAttributes(["config", ...ASKED], signal))) return true;
  if (await isOn(askMachine(store, ASKED, signal))) return true;
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
