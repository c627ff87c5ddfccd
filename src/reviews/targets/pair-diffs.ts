// Diffs of files by their contents alone. Each pair of contents becomes two trees with one entry, so that no name of the project goes through git's
// arguments or its output, and a renaming is what the caller says it is.
import type { ComparedFile, StoredState } from "../../receipts/snapshots/compare-git.ts";
import type { RunGit } from "../../receipts/snapshots/git-program.ts";

/** Files of one command: git takes no larger file than 1 MB, so their output is bounded. */
const CHUNK = 40;
const OPTIONS = ["-r", "-p", "--no-ext-diff", "--no-textconv", "--no-renames", "--no-color", "--ignore-cr-at-eol"];

/**
 * The hunks of each file, from its first `@@` on; "" where only the name, the mode or line ends differ. Stops once `maxCharacters` are reached: the
 * list is then shorter. Throws GitError.
 */
export async function diffPairs(git: RunGit, files: readonly ComparedFile[], maxCharacters: number): Promise<string[]> {
  const hunks: string[] = [];
  let characters = 0;
  for (let at = 0; at < files.length && characters <= maxCharacters; at += CHUNK) {
    for (const text of await diffChunk(git, files.slice(at, at + CHUNK))) {
      hunks.push(text);
      characters += text.length;
    }
  }
  return hunks;
}

async function diffChunk(git: RunGit, files: readonly ComparedFile[]): Promise<string[]> {
  const empty = await makeTrees(git, "");
  const states = files.flatMap(({ before, after }) => [before, after]);
  const present = states.filter((state) => state !== undefined);
  const ids = await makeTrees(git, present.map((state) => `${toEntry(state)}\n\n`).join(""));
  let next = 0;
  const trees = states.map((state) => (state === undefined ? empty[0] : ids[next++]) ?? "");
  const pairs = files.map((_, index) => [trees[2 * index] ?? "", trees[2 * index + 1] ?? ""] as const);
  // git prints nothing for two trees that are the same.
  const asked = [...new Set(pairs.filter(([one, two]) => one !== two).map((pair) => pair.join(" ")))];
  const input = Buffer.from(asked.map((pair) => `${pair}\n`).join(""));
  const output = asked.length === 0 ? "" : (await git(["diff-tree", "--stdin", ...OPTIONS], input)).toString("utf8");
  const texts = splitOutput(output, asked);
  return pairs.map((pair) => texts.get(pair.join(" ")) ?? "");
}

// A submodule is named by its commit.
const toEntry = ({ mode, oid }: StoredState): string => `${mode} ${mode === "160000" ? "commit" : "blob"} ${oid}\tf`;

async function makeTrees(git: RunGit, entries: string): Promise<string[]> {
  const args = entries === "" ? ["mktree"] : ["mktree", "--batch", "--missing"];
  return (await git(args, Buffer.from(entries))).toString("latin1").trim().split("\n");
}

// The lines of a diff begin with a mark, so a line that is a pair of ids is none of them.
function splitOutput(output: string, asked: readonly string[]): Map<string, string> {
  const texts = new Map<string, string>();
  const known = new Set(asked);
  let pair: string | undefined;
  let lines: string[] = [];
  for (const line of output.split("\n")) {
    if (!known.has(line)) {
      lines.push(line);
      continue;
    }
    if (pair !== undefined) texts.set(pair, toHunks(lines));
    pair = line;
    lines = [];
  }
  if (pair !== undefined) texts.set(pair, toHunks(lines));
  return texts;
}

// Without the heads. A change of kind, from a file to a link, has two.
function toHunks(lines: readonly string[]): string {
  let isHead = true;
  const kept = lines.filter((line) => {
    if (line.startsWith("diff --git ")) isHead = true;
    else if (line.startsWith("@@ ")) isHead = false;
    return !isHead;
  });
  while (kept.at(-1) === "") kept.pop();
  return kept.map((line) => `${line}\n`).join("");
}
