// Reads what a review is of.
import { BridgeError } from "../../domain/errors.ts";
import { GitError } from "../../receipts/snapshots/git-error.ts";
import { findRepository } from "../../receipts/snapshots/repository.ts";
import { findDoubt } from "../../receipts/snapshots/repository-proof.ts";
import type { Snapshots } from "../../receipts/snapshots/snapshots.ts";
import type { ReadOptions, ReadTarget, ReviewMaterial } from "../target.ts";
import { isPartial, openGitView } from "./git-view.ts";
import { type GitTarget, readGitTarget } from "./read-git-target.ts";
import { readFilesTarget, readTextTarget } from "./read-plain-target.ts";

/** What targets are read with. */
export interface TargetReaderOptions {
  /** The bridge's own: two of them would write one index at once. */
  readonly snapshots: Pick<Snapshots, "take">;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Makes a reader. */
export function createTargetReader(options: TargetReaderOptions): ReadTarget {
  return async (target, read) => {
    const top = () => findRepository(read.cwd)?.top ?? read.cwd;
    if (target.kind === "text") return readTextTarget(target, top, read);
    if (target.kind === "files") return readFilesTarget(target.files, top(), read);
    return readRepositoryTarget(target, read, options);
  };
}

async function readRepositoryTarget(
  target: GitTarget,
  read: ReadOptions,
  { snapshots, env }: TargetReaderOptions,
): Promise<ReviewMaterial> {
  const { cwd, signal } = read;
  const snapshot = await snapshots.take(cwd, signal);
  if (signal.aborted) throw cancelled();
  if (snapshot.kind === "plain") throw noRepository(cwd);
  if (snapshot.kind === "none") throw unreadable(snapshot.reason);
  const doubt = findDoubt(snapshot.store.repository);
  if (doubt !== undefined) throw unreadable(`${doubt}; a command of an earlier turn may have made it`);
  const view = openGitView(snapshot.store, env, signal);
  try {
    return await readGitTarget(target, { view, snapshot, options: read });
  } catch (error) {
    if (signal.aborted) throw cancelled();
    if (!(error instanceof GitError)) throw error;
    throw isPartial(view.repository) ? missing(error) : unreadable(error.message, error);
  } finally {
    view.close();
  }
}

const cancelled = (): BridgeError => new BridgeError("CANCELLED", "The review was cancelled before it began.");

function noRepository(cwd: string): BridgeError {
  return new BridgeError(
    "NOT_A_GIT_REPO",
    `${cwd} is in no git repository that can be read, so it has no changes to review.`,
    {
      nextStep: "Name `files`, or give the text itself. Changes can be reviewed in a git repository only.",
    },
  );
}

function missing(cause: GitError): BridgeError {
  const reason = `The changes could not be read from git: ${cause.message.slice(0, 500)}. This is a partial clone, which may lack contents.`;
  return new BridgeError("NOT_A_GIT_REPO", reason, {
    cause,
    nextStep: "Ask the user to run `git diff` for these changes once, which fetches what is missing. Then call again.",
  });
}

function unreadable(reason: string, cause?: unknown): BridgeError {
  return new BridgeError("NOT_A_GIT_REPO", `The changes could not be read from git: ${reason.slice(0, 500)}.`, {
    cause,
    nextStep: "Ask the user to look at the repository with `git status`. Whole files can be reviewed by `files`.",
  });
}
