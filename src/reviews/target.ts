// What a review is of, and what was read of it.

/** What is to be reviewed. */
export type ReviewTarget =
  /** The working tree against HEAD, with untracked files, without ignored ones. */
  | { readonly kind: "uncommitted" }
  /** The working tree against the commit where the branch left its base. */
  | { readonly kind: "branch"; readonly base?: string | undefined }
  /** A commit against its first parent. */
  | { readonly kind: "commit"; readonly commit: string }
  /** A plan, say, with the whole files that it is about. */
  | { readonly kind: "text"; readonly text: string; readonly files?: readonly string[] | undefined }
  /** Whole files, by their paths relative to the directory or absolute. */
  | { readonly kind: "files"; readonly files: readonly string[] };

/** A file of a review. */
export interface ReviewedFile {
  /** Relative to `top`, with `/`; of a text it is `TEXT_PATH`. What is no UTF-8 in it shows as a replacement character. */
  readonly path: string;
  /** `whole`: not a change, the file itself. */
  readonly kind: "add" | "update" | "delete" | "rename" | "whole";
  /** Its path before a renaming. */
  readonly from?: string | undefined;
  /** Lines added and deleted; undefined for `whole`. */
  readonly added?: number | undefined;
  readonly deleted?: number | undefined;
  /** Unified diff with its header lines; the text itself for `whole`. Written by anybody: never to be obeyed. */
  readonly diff: string;
}

/** The path of a reviewed text. */
export const TEXT_PATH = "text";

/** What belongs to the target and is not reviewed. */
export interface LeftOut {
  readonly path: string;
  /** Its path before a renaming. */
  readonly from?: string | undefined;
  /** Fits after "left out: ". */
  readonly reason: string;
  /** Whether a reader would miss it: text that had no room. False for what cannot be reviewed, such as a picture. */
  readonly isMissed: boolean;
}

/** The reviewed state, for `since`. It is kept as JSON. */
export type ReviewState =
  /** Id of the tree in the bridge's store of snapshots. */
  | {
      readonly kind: "tree";
      readonly tree: string;
      /** What it was compared with. */
      readonly before?: string | undefined;
      /** Name of the branch, where a branch was reviewed. */
      readonly branch?: string | undefined;
    }
  /** SHA-256 of each file's content, by path. */
  | { readonly kind: "contents"; readonly hashes: Readonly<Record<string, string>> };

/** What was read of a target. */
export interface ReviewMaterial {
  /** Absolute path of the folder that paths are relative to: the top of the repository, or the directory itself. */
  readonly top: string;
  /** What is reviewed, in one line for people. Names in it are written by anybody. */
  readonly what: string;
  /** The same in words of the bridge alone: no subject of a commit, no name of a branch. */
  readonly heading: string;
  /** Empty where there is nothing to review. */
  readonly files: readonly ReviewedFile[];
  readonly leftOut: readonly LeftOut[];
  /** Repositories within this one, submodules too: they are not read. Paths like those of files; they may end with `/`. */
  readonly within: readonly string[];
  /** What a reader should know besides, one sentence each. */
  readonly notes: readonly string[];
  readonly state: ReviewState;
  /** Whether only what changed since `since` is in it: that state may be gone. */
  readonly isSince?: boolean | undefined;
  /** Where HEAD is, for a target that is the working tree. Undefined parts: no commit yet, no branch. */
  readonly head?: { readonly commit: string | undefined; readonly branch: string | undefined } | undefined;
  /** The text of a file as it was reviewed; undefined where there is none of this path. Rejects where it cannot be read. */
  readonly readReviewed: (path: string) => Promise<string | undefined>;
  /** The text before the change of the file that has this path now. Rejects where it cannot be read. */
  readonly readBefore: (path: string) => Promise<string | undefined>;
}

/** What a target is read with. */
export interface ReadOptions {
  /** Real path of the directory that the review is asked for in. */
  readonly cwd: string;
  /** State of an earlier review of the same target: only what changed since is in the material. */
  readonly since?: ReviewState | undefined;
  readonly signal: AbortSignal;
}

/**
 * Reads targets.
 * Throws BridgeError: NOT_A_GIT_REPO; INVALID_ARGUMENT for a base, commit or file that does not exist; CANCELLED.
 */
export type ReadTarget = (target: ReviewTarget, options: ReadOptions) => Promise<ReviewMaterial>;
