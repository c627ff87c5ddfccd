// The state of the working tree for a checkpoint, and what changed in it since one.
import type { Checkpoint, CodeChange } from "../../checkpoints/checkpoint.ts";
import { BridgeError } from "../../domain/errors.ts";
import type { ReadTarget, ReviewMaterial, ReviewTarget } from "../../reviews/target.ts";

/** A state of it, or why it cannot be told, as a sentence. */
export type TreeState =
  | {
      readonly git: NonNullable<Checkpoint["git"]>;
      /** Absolute path of the folder that the paths of the changes are relative to. */
      readonly top: string;
      readonly changes: CodeChange[];
      /** Changed files beyond those. */
      readonly more: number;
      /** Whether they are those since an earlier state. */
      readonly isSince: boolean;
      readonly notes: readonly string[];
    }
  | { readonly reason: string };

/** Files of a checkpoint. */
const MOST_CHANGES = 200;

/**
 * Reads it. The changes are counted from the commit `base` where it is an ancestor of HEAD, otherwise from HEAD; with `since`, from the working tree of that
 * checkpoint. Throws CANCELLED.
 */
export async function readTree(
  { readTarget, project }: { readonly readTarget: ReadTarget; readonly project: string },
  base: string | undefined,
  signal: AbortSignal,
  since?: Checkpoint["git"],
): Promise<TreeState> {
  const options = {
    ...{ cwd: project, signal },
    ...(since === undefined ? {} : { since: { kind: "tree" as const, tree: since.tree, before: since.before } }),
  };
  const read = (target: ReviewTarget): Promise<ReviewMaterial> => readTarget(target, options);
  try {
    const material =
      base === undefined
        ? await read({ kind: "uncommitted" })
        : // The commit may be gone after a rebase.
          await read({ kind: "branch", base }).catch((error: unknown) =>
            isCancel(error) ? Promise.reject(error) : read({ kind: "uncommitted" }),
          );
    return toState(material, base);
  } catch (error) {
    if (!(error instanceof BridgeError) || isCancel(error)) throw error;
    // Nothing is to be reviewed here.
    const why = error.message.replace(/, so it has no changes to review\.$/, ".");
    return { reason: `What changed in the code is not known: ${why}` };
  }
}

const isCancel = (error: unknown): boolean => error instanceof BridgeError && error.code === "CANCELLED";

function toState(
  { top, state, head, files, leftOut, isSince = false, notes }: ReviewMaterial,
  base: string | undefined,
): TreeState {
  if (state.kind !== "tree") return { reason: "What changed in the code is not known." };
  const changes = [
    ...files.map(({ path, kind, from, added, deleted }) => ({
      ...{ path, kind },
      ...(from === undefined ? {} : { from }),
      ...(added === undefined ? {} : { added }),
      ...(deleted === undefined ? {} : { deleted }),
    })),
    ...leftOut.map(({ path }) => ({ path, kind: "update" })),
  ];
  const { commit, branch } = head ?? {};
  return {
    git: {
      tree: state.tree,
      ...(branch === undefined ? {} : { branch }),
      ...(commit === undefined ? {} : { head: commit }),
      ...((base ?? commit) === undefined ? {} : { base: base ?? commit }),
      ...(state.before === undefined ? {} : { before: state.before }),
    },
    top,
    changes: changes.slice(0, MOST_CHANGES),
    more: Math.max(0, changes.length - MOST_CHANGES),
    isSince,
    notes,
  };
}
