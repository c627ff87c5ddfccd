// Snapshots, receipts and undo of a test's git project, without a bridge.
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { toRestorable } from "../../src/delegation/receipts/find-receipt.ts";
import { createContentReader } from "../../src/receipts/read-contents.ts";
import { toReceiptFile } from "../../src/receipts/receipt-file.ts";
import { restoreFiles } from "../../src/receipts/restore.ts";
import type { RestoreStep } from "../../src/receipts/restore-plan.ts";
import { createSnapshots, type Snapshots, type TreeChanges } from "../../src/receipts/snapshots/snapshots.ts";
import { createStagingFolders, type StagingFolders } from "../../src/receipts/staging-folders.ts";
import type { Receipt } from "../../src/state/receipt-files.ts";
import type { GitProject } from "./git-project.ts";

const { signal } = new AbortController();

export function openSnapshots({ stateDir, env }: GitProject, bridgeId = "one"): Snapshots {
  return createSnapshots({ stateDir, env, bridgeId, hidden: [stateDir], clock: Date.now });
}

/** What `act` changes, as a receipt would tell it. */
export async function changesOf(
  project: GitProject,
  act: () => unknown,
  snapshots = openSnapshots(project),
): Promise<Extract<TreeChanges, { kind: "known" }>> {
  const before = await snapshots.take(project.top, signal);
  // A time stamp is coarse.
  await new Promise((resolve) => setTimeout(resolve, 60));
  await act();
  const changes = await snapshots.compare(before, await snapshots.takeAgain(before, signal), signal);
  if (changes.kind === "unknown") throw new Error(changes.reason);
  return changes;
}

export function listChanges({ files }: Extract<TreeChanges, { kind: "known" }>): string[] {
  return files
    .map(({ kind, path, from, before, after }) =>
      [
        kind,
        from,
        Buffer.from(path, "latin1").toString(),
        before === undefined && after === undefined ? "(not kept)" : undefined,
      ]
        .filter((word) => word !== undefined)
        .join(" "),
    )
    .sort();
}

/** Where an undo makes files ready, without other bridges. */
export function openStaging({ stateDir }: GitProject): StagingFolders {
  return createStagingFolders(stateDir, {
    look: () => undefined,
    take: () => ({ kind: "taken", wasLeft: false, release: () => {} }),
  });
}

/** What an undo would do. */
export function toPlan(project: GitProject, changes: TreeChanges) {
  if (changes.kind !== "known") throw new Error(changes.reason);
  const { top, store, files } = changes;
  return toRestorable({ cwd: top, top, store, files: files.map(toReceiptFile) } as Receipt, project.stateDir);
}

/** Does it. */
export async function undo(
  project: GitProject,
  { top, store, steps }: { readonly top: string; readonly store: string; readonly steps: readonly RestoreStep[] },
): Promise<void> {
  const oids = steps.flatMap(({ before }) => before?.oid ?? []);
  const readContent = createContentReader({ store, top, env: project.env }, oids, signal);
  const staging = openStaging(project);
  await restoreFiles({ top, steps, forced: new Set(), readContent, staging, onDone: () => {} });
}

/** Every file with its mode and content, without git's own. */
export function readTree(folder: string, at = ""): Map<string, string> {
  const tree = new Map<string, string>();
  for (const name of readdirSync(folder)) {
    if (name === ".git") continue;
    const [path, shown] = [join(folder, name), join(at, name)];
    const stat = lstatSync(path);
    if (stat.isDirectory()) for (const [inner, text] of readTree(path, shown)) tree.set(inner, text);
    else if (stat.isSymbolicLink()) tree.set(shown, `link to ${readlinkSync(path)}`);
    else tree.set(shown, `${(stat.mode & 0o777).toString(8)} ${readFileSync(path, "latin1")}`);
  }
  return tree;
}
