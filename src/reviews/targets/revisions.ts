// Commits by the names that people give them, and the base of a branch.
import { BridgeError } from "../../domain/errors.ts";
import { toPrintableLine } from "../../domain/printable.ts";
import { GitError } from "../../receipts/snapshots/git-error.ts";
import { type GitView, isShallowAt } from "./git-view.ts";

/** Id of the commit that a name means; undefined if there is none. Throws GitError only where git cannot be run. */
export async function findCommit({ git }: GitView, name: string): Promise<string | undefined> {
  // What begins with a dash would be an option.
  if (name === "" || name.startsWith("-") || /[\u0000-\u001f]/.test(name)) return undefined;
  try {
    const id = (await git(["rev-parse", "--verify", "--quiet", `${name}^{commit}`])).toString("latin1").trim();
    return /^[0-9a-f]{40,64}$/.test(id) ? id : undefined;
  } catch (error) {
    if (error instanceof GitError) return undefined;
    throw error;
  }
}

/** Name of the branch that is checked out; undefined if HEAD is detached. */
export async function findBranch({ git }: GitView): Promise<string | undefined> {
  const name = await git(["symbolic-ref", "--quiet", "HEAD"]).catch(() => undefined);
  return name
    ?.toString("utf8")
    .trim()
    .replace(/^refs\/heads\//, "");
}

/** A commit with the name that it is known by. */
export interface NamedCommit {
  readonly name: string;
  readonly commit: string;
}

/** The commit of a branch's base, by the name that is given or found. Throws INVALID_ARGUMENT. */
export async function findBase(
  view: GitView,
  branch: string | undefined,
  told: string | undefined,
): Promise<NamedCommit> {
  const names = told === undefined ? await listCandidates(view, branch) : [told];
  for (const name of names) {
    const commit = await findCommit(view, name);
    if (commit !== undefined) return { name: name.replace(/^refs\/(?:heads|remotes)\//, ""), commit };
  }
  const known = await listBranches(view);
  const message =
    told === undefined
      ? "No base of this branch was found: it has no upstream, and there is no other branch that is origin/HEAD, main or master."
      : `There is no commit or branch ${JSON.stringify(toPrintableLine(told))}.`;
  throw new BridgeError("INVALID_ARGUMENT", `${message} ${known}`, { nextStep: "Name a branch or commit in `base`." });
}

/**
 * In this order: the upstream, unless it is only the pushed copy of the branch; the default branch of `origin`; main; master. On such a branch itself
 * the copy that was pushed.
 */
async function listCandidates(view: GitView, branch: string | undefined): Promise<string[]> {
  const upstream = branch === undefined ? undefined : await findUpstream(view, branch);
  const isCopy = upstream?.endsWith(`/${branch}`) === true;
  const own = `refs/heads/${branch}`;
  const usual = ["refs/remotes/origin/HEAD", "refs/heads/main", "refs/remotes/origin/main", "refs/heads/master"];
  const all = [...(isCopy ? [] : [upstream]), ...usual, "refs/remotes/origin/master", ...(isCopy ? [upstream] : [])];
  return all.filter((name) => name !== undefined && name !== own).map(String);
}

// The configuration is read as a file: nothing in it takes effect.
async function findUpstream({ git, configFile }: GitView, branch: string): Promise<string | undefined> {
  const get = async (key: string): Promise<string | undefined> => {
    const args = ["config", "--file", configFile, "--no-includes", "--get", `branch.${branch}.${key}`];
    return (await git(args).catch(() => undefined))?.toString("utf8").trim();
  };
  const [remote, merge] = [await get("remote"), await get("merge")];
  const name = merge?.replace(/^refs\/heads\//, "");
  if (remote === undefined || name === undefined) return undefined;
  return remote === "." ? `refs/heads/${name}` : `refs/remotes/${remote}/${name}`;
}

const MOST_SHOWN = 10;

async function listBranches({ git }: GitView): Promise<string> {
  const args = ["for-each-ref", "--sort=-committerdate", `--count=${MOST_SHOWN}`, "--format=%(refname:short)"];
  const told = await git([...args, "refs/heads", "refs/remotes"]).catch(() => undefined);
  const names =
    told
      ?.toString("utf8")
      .split("\n")
      .filter((name) => name !== "") ?? [];
  return names.length === 0 ? "There are no branches." : `Newest branches: ${names.map(toPrintableLine).join(", ")}.`;
}

/** The commit where two histories parted. Throws INVALID_ARGUMENT where they have nothing in common. */
export async function findMergeBase(view: GitView, head: string, base: NamedCommit): Promise<string> {
  const told = await view.git(["merge-base", head, base.commit]).catch(() => undefined);
  const commit = told?.toString("latin1").split("\n")[0]?.trim();
  if (commit !== undefined && commit !== "") return commit;
  const isShallow = (await view.git(["rev-parse", "--is-shallow-repository"])).toString("latin1").trim() === "true";
  throw new BridgeError(
    "INVALID_ARGUMENT",
    `The branch and ${toPrintableLine(base.name)} have no commit in common${isShallow ? " in this shallow clone" : ""}.`,
    {
      nextStep: isShallow
        ? "Ask the user to run `git fetch --unshallow`, or name another `base`."
        : "Name another `base`, or review the commits one by one.",
    },
  );
}

/** Id of the first parent's tree; undefined for a first commit. Throws INVALID_ARGUMENT where the parent is not in a shallow clone. */
export async function findParent(view: GitView, commit: string): Promise<string | undefined> {
  const parent = await findCommit(view, `${commit}^1`);
  if (parent !== undefined || !isShallowAt(view.repository, commit)) return parent;
  throw new BridgeError("INVALID_ARGUMENT", "The parent of this commit is not in this shallow clone.", {
    nextStep: "Ask the user to run `git fetch --deepen=1`, then call again.",
  });
}
