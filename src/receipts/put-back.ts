// Puts back at once what changed between two snapshots of one tree.
import { createContentReader } from "./read-contents.ts";
import { type RestoreRequest, restoreFiles } from "./restore.ts";
import { type RestoreStep, toRestoreSteps } from "./restore-plan.ts";
import { toReadablePath } from "./snapshots/byte-path.ts";
import type { TreeChanges } from "./snapshots/snapshots.ts";

/** The changes of a tree whose contents are kept. */
export type KnownChanges = Extract<TreeChanges, { kind: "known" }>;

/**
 * Restores the earlier snapshot. Returns the paths, relative to `top`, that could not be restored: no content of them is kept, or somebody has
 * changed them meanwhile. Throws what `restoreFiles` throws.
 */
export async function putBack(
  { top, store, files }: KnownChanges,
  { env, staging }: { readonly env: Readonly<Record<string, string | undefined>> } & Pick<RestoreRequest, "staging">,
  signal: AbortSignal,
): Promise<string[]> {
  const steps = store === undefined ? [] : files.flatMap(toRestoreSteps);
  const done = new Set<RestoreStep>();
  if (store !== undefined && steps.length > 0) {
    const oids = steps.flatMap(({ before }) => before?.oid ?? []);
    const readContent = createContentReader({ store, top, env }, oids, signal);
    await restoreFiles({ top, steps, forced: new Set(), readContent, staging, onDone: (step) => done.add(step) });
  }
  const restorable = new Set(steps.map(({ path }) => path));
  const left = [...files.filter(({ path }) => !restorable.has(path)), ...steps.filter((step) => !done.has(step))];
  return left.map(({ path }) => toReadablePath(path));
}
