// What has moved on in a working tree since a checkpoint.
import type { Checkpoint } from "../../checkpoints/checkpoint.ts";
import { countOf } from "../../domain/count-of.ts";
import { cutText } from "../../domain/cut-text.ts";
import { listNames } from "../../domain/list-names.ts";
import { toPrintableLine } from "../../domain/printable.ts";
import type { TreeState } from "./read-tree.ts";

/** The tree now, compared with that of the checkpoint; undefined where the checkpoint knows none. */
export type TreeNow = TreeState | undefined;

const MOST_NAMED = 5;
/** Characters of a branch. */
const MOST_NAME = 250;

/** One sentence for each. Empty where all is as it was. */
export function describeMoves({ git: then }: Checkpoint, now: TreeNow): string[] {
  if (then === undefined) return ["The checkpoint does not know the state of the code."];
  if (now === undefined || "reason" in now) return [now?.reason ?? "The state of the code is not known."];
  const { git } = now;
  const branch =
    then.branch === git.branch ? [] : [`The branch was ${toName(then.branch)} and is ${toName(git.branch)} now.`];
  const head = then.head === git.head ? [] : [`HEAD was ${toShort(then.head)} and is ${toShort(git.head)} now.`];
  return [...branch, ...head, ...describeFiles(then, now)];
}

function describeFiles(
  then: NonNullable<Checkpoint["git"]>,
  { git, changes, more, isSince }: Exclude<TreeState, { reason: string }>,
): string[] {
  if (git.tree === then.tree) return [];
  const count = changes.length + more;
  // Then the changes are those against HEAD.
  if (!isSince) return ["Files have changed since, and which ones cannot be told any more."];
  if (count === 0) return ["Files have changed since."];
  return [
    `${countOf(count, "file")} changed since: ${listNames(
      changes.map(({ path }) => path),
      MOST_NAMED,
    )}.`,
  ];
}

const toName = (branch: string | undefined): string =>
  branch === undefined ? "none" : cutText(toPrintableLine(branch), MOST_NAME);
const toShort = (commit: string | undefined): string => commit?.slice(0, 8) ?? "no commit";
