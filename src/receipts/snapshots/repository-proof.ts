// Whether a git folder belongs to the working tree in which its `.git` was found. Codex protects only the `.git` of a turn's own directory, so a
// command of an earlier turn may have put one into a subfolder, and it may name any repository of this machine.
import { lstatSync, type Stats, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { findRealPath } from "../../files/real-path.ts";
import { readSmallTextIfAny } from "../../files/small-file.ts";
import type { Repository } from "./repository.ts";

/**
 * Says in words why a repository is not known to be the working tree's; undefined if it is. A `.git` that is a folder belongs to what it lies in.
 * One that leads elsewhere is proved by the place that it leads to, as git leaves it there: the entry of a linked working tree names the `.git` file
 * (`gitdir`), the git folder of a submodule names its working tree (`core.worktree`).
 */
export function findDoubt({ top, gitDir, commonDir }: Repository): string | undefined {
  const git = join(top, ".git");
  const [own, common] = [findRealPath(gitDir), findRealPath(commonDir)];
  if (own === undefined || common === undefined) return `${git} leads to a folder that cannot be found`;
  if (own === git) return common === own ? undefined : `${git} has the file commondir, which leads to ${common}`;
  const isProved = common === own ? isOwnFolder(top, git, own) : isLinked(git, own, common);
  return isProved ? undefined : `${git} leads to ${own}, which does not name ${top} as its working tree`;
}

function isLinked(git: string, entry: string, common: string): boolean {
  const back = readSmallTextIfAny(join(entry, "gitdir"))?.trim() ?? "";
  return dirname(entry) === join(common, "worktrees") && back !== "" && findRealPath(resolve(entry, back)) === git;
}

function isOwnFolder(top: string, git: string, own: string): boolean {
  const config = readSmallTextIfAny(join(own, "config")) ?? "";
  // `git sparse-checkout` moves it to the second file.
  const named = readWorktree(readSmallTextIfAny(join(own, "config.worktree")) ?? "") ?? readWorktree(config);
  if (named !== undefined) return findRealPath(resolve(own, named)) === top;
  return (
    !/^\s*(?:\[core\]\s*)?bare\s*(?:$|=\s*"?(?:true|yes|on|[1-9])|[#;])/im.test(config) && isMadeTogether(git, own)
  );
}

// The last `core.worktree` of a configuration, as git writes it.
function readWorktree(config: string): string | undefined {
  const found = [...config.matchAll(/^\s*\[([^\]]*)\]|^\s*worktree\s*=[ \t]*(.*?)[ \t]*$/gim)];
  let section = "";
  let value: string | undefined;
  for (const [, header, text] of found) {
    if (header !== undefined) section = header.trim().toLowerCase();
    else if (section === "core") value = text?.replace(/^"(.*)"$/, "$1").replace(/\\(["\\])/g, "$1");
  }
  return value;
}

/** `git init` and `git clone` write the file as soon as they have made the folder. */
const TOGETHER_MS = 10_000;

// `--separate-git-dir` leaves no trace in the git folder (git 2.39). But nobody can set the time of a file's last change (ctime), nor when a folder was
// made: who plants a file today cannot name a repository of yesterday. A folder `.git` belongs to what it lies in.
function isMadeTogether(git: string, own: string): boolean {
  const file = look(() => lstatSync(git));
  const folder = look(() => statSync(own));
  if (file?.isFile() !== true || folder === undefined || basename(own) === ".git") return false;
  return folder.birthtimeMs > 0 && Math.abs(file.ctimeMs - folder.birthtimeMs) < TOGETHER_MS;
}

function look(act: () => Stats): Stats | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
