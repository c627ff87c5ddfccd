// Git on a user's repository for worktrees of the bridge's own. It reads no configuration of the project, runs no hook and no filter: the git folders
// are the bridge's, and the user's objects and branches are lent to them.
import { mkdirSync, readlinkSync, rmSync, symlinkSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { BridgeError } from "../domain/errors.ts";
import { toPrintableLine } from "../domain/printable.ts";
import { findOnPath, leaveOutProject } from "../files/find-on-path.ts";
import { readSmallText, readSmallTextIfAny } from "../files/small-file.ts";
import { splitRecords } from "../receipts/snapshots/byte-path.ts";
import { createGit, type GitScope, type RunGit } from "../receipts/snapshots/git-program.ts";
import { findRepository, type Repository } from "../receipts/snapshots/repository.ts";
import { readExtension } from "../receipts/snapshots/repository-format.ts";
import { findDoubt } from "../receipts/snapshots/repository-proof.ts";
import { openStore, type SnapshotStore, toConfig, toGitEnv } from "../receipts/snapshots/snapshot-store.ts";
import { writePrivateFile } from "../state/private-files.ts";
import { refuseLinksOut } from "./links-out.ts";

/** What worktrees are made with. */
export interface TreeGitOptions {
  readonly stateDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Name of this bridge's indexes. */
  readonly bridgeId: string;
  /** Folders that no snapshot contains. Real paths. */
  readonly hidden: readonly string[];
  readonly clock: () => number;
  /** Name of the store to open; undefined for that of now. */
  readonly name?: string | undefined;
}

/** Git on one repository of the user's. */
export interface TreeGit {
  /** The store of snapshots of the user's working tree. */
  readonly store: SnapshotStore;
  /** Runs git on the store, with an index and a working tree of the caller's choice. */
  readonly on: (place: { readonly workTree: string; readonly indexFile: string }, signal: AbortSignal) => RunGit;
  /** Runs git on the user's branches. */
  readonly onBranches: (signal: AbortSignal) => RunGit;
}

/** All files of a large repository may be written. */
const TIMEOUT_MS = 300_000;

/**
 * Opens it for the repository of a directory (a real path). Throws NOT_A_GIT_REPO, INVALID_ARGUMENT, ISOLATION_FAILED (its git folder may be planted),
 * or what the file system throws.
 */
export async function openTreeGit(
  options: TreeGitOptions,
  directory: string,
  signal: AbortSignal,
  what = "isolation",
): Promise<TreeGit> {
  const repository = requireRepository(directory, options.env["HOME"], what);
  const gitFile = findOnPath("git", leaveOutProject(options.env["PATH"] ?? "", repository.top));
  if (gitFile === undefined) {
    throw new BridgeError("INVALID_ARGUMENT", `${what} needs git, and there is none on PATH.`, { nextStep: WITHOUT });
  }
  const store = await openStore({ ...options, gitFile, repository }, signal);
  const limits = { file: gitFile, env: toGitEnv(options.env), timeoutMs: TIMEOUT_MS };
  await refuseWithinTracked(store, limits, signal);
  const branches = makeBranchFolder(store);
  const lent = { ...limits, env: { ...limits.env, ...NOBODY }, gitDir: branches, indexFile: join(branches, "index") };
  return {
    store,
    on: (place, signal) => createGit({ ...limits, ...place, gitDir: store.folder }, signal),
    onBranches: (signal) => createGit({ ...lent, workTree: repository.top }, signal),
  };
}

const WITHOUT = "Leave `isolation` out; the turn then works in the directory itself.";

function requireRepository(directory: string, home: string | undefined, what: string): Repository {
  const repository = findRepository(directory);
  if (repository === undefined) {
    throw new BridgeError("NOT_A_GIT_REPO", `${what} needs a git repository, and ${directory} is in none.`, {
      nextStep: WITHOUT,
    });
  }
  // Its untracked files are everything that the user has.
  if (repository.top === home && directory !== home) {
    throw new BridgeError("INVALID_ARGUMENT", "The directory belongs to the repository of the home folder.", {
      nextStep: WITHOUT,
    });
  }
  refuseFormat(repository, what);
  const doubt = findDoubt(repository);
  if (doubt !== undefined) throw refusePlanted(doubt, repository);
  refuseLinksOut(repository);
  return repository;
}

// In such a repository even refs/heads is no folder, so it is looked for first.
function refuseFormat({ top, commonDir }: Repository, what: string): void {
  const config = readSmallTextIfAny(join(commonDir, "config")) ?? "";
  const format = readExtension(config, "refstorage") ?? "files";
  if (format === "files") return;
  const message = `${what} needs a repository that keeps its branches as files; ${top} has the format ${format}.`;
  throw new BridgeError("INVALID_ARGUMENT", toPrintableLine(message), {
    nextStep: `${WITHOUT} The format can be changed: \`git refs migrate --ref-format=files\` (git 2.48 and later).`,
  });
}

/**
 * Why nothing can be isolated or committed in a directory (a real path); undefined where nothing stands in the way, or there is no repository. Throws what
 * the file system throws.
 */
export function findObstacle(directory: string, home: string | undefined): BridgeError | undefined {
  try {
    requireRepository(directory, home, "`isolation` or `commit`");
    return undefined;
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    return error.code === "NOT_A_GIT_REPO" ? undefined : error;
  }
}

// A sound repository that a command has made in a folder of the user's own one: a commit there would not be in the one that the user looks at.
async function refuseWithinTracked(
  { folder, repository }: SnapshotStore,
  limits: Pick<GitScope, "file" | "env" | "timeoutMs">,
  signal: AbortSignal,
): Promise<void> {
  const outer = findRepository(dirname(repository.top));
  if (outer === undefined || outer.top === repository.top) return;
  const below = `${relative(outer.top, repository.top)}/`;
  const place = { gitDir: folder, workTree: outer.top, indexFile: join(outer.gitDir, "index") };
  const listed = await createGit({ ...limits, ...place }, signal)(["ls-files", "-z", "--", `:(literal)${below}`]);
  // A submodule is an entry of its own, not one below it.
  if (!splitRecords(listed).some((path) => path.startsWith(Buffer.from(below).toString("latin1")))) return;
  const own = "If both are the user's own, the outer one must stop tracking these files (`git rm --cached`).";
  throw refusePlanted(`The repository ${outer.top} tracks files within ${repository.top}`, repository, own);
}

function refusePlanted(doubt: string, { top, gitDir }: Repository, own = proveOwn(top, gitDir)): BridgeError {
  const message = `${doubt}. The bridge writes nothing by ${gitDir}, since a command of an earlier turn may have made it.`;
  return new BridgeError("ISOLATION_FAILED", message, { nextStep: `Ask the user to look at it. ${own}` });
}

function proveOwn(top: string, gitDir: string): string {
  return `If the repository is the user's own, \`git --git-dir=${gitDir} config core.worktree ${top}\` proves it (for a linked working tree: \`git worktree repair\` in the main one).`;
}

/** Where a branch has a log, it says who moved it. */
const NOBODY = {
  GIT_COMMITTER_NAME: "codex-bridge",
  GIT_COMMITTER_EMAIL: "codex-bridge@localhost",
};

const BRANCHES = "branches.git";
/** What is lent by links, as git's own `git-new-workdir` does it. A linked working tree has a log of HEAD of its own. */
const LENT = ["refs", "packed-refs", "logs/refs"];
const LOG_OF_HEAD = "logs/HEAD";

// A git folder whose branches are the user's, and whose configuration and hooks are not.
function makeBranchFolder(store: SnapshotStore): string {
  const { gitDir, commonDir } = store.repository;
  const folder = join(store.folder, BRANCHES);
  mkdirSync(join(folder, "objects/info"), { recursive: true, mode: 0o700 });
  // An earlier version lent the whole folder of logs.
  if (readLinkIfAny(join(folder, "logs")) !== undefined) rmSync(join(folder, "logs"));
  mkdirSync(join(folder, "logs"), { recursive: true, mode: 0o700 });
  for (const name of LENT) lend(join(commonDir, name), join(folder, name));
  lend(join(gitDir, LOG_OF_HEAD), join(folder, LOG_OF_HEAD));
  const objects = [join(commonDir, "objects"), join(store.folder, "objects")];
  writePrivateFile(join(folder, "objects/info/alternates"), `${objects.join("\n")}\n`);
  writePrivateFile(join(folder, "config"), `${toConfig(store.repository)}[core]\nlogAllRefUpdates = false\n`);
  writePrivateFile(join(folder, "HEAD"), readSmallText(join(gitDir, "HEAD")));
  return folder;
}

// A link of an earlier time may lead elsewhere: where the git folder was replaced since, it would be another repository's.
function lend(target: string, path: string): void {
  if (readLinkIfAny(path) === target) return;
  rmSync(path, { recursive: true, force: true });
  symlinkSync(target, path);
}

function readLinkIfAny(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
