// An undo or a landing that was killed half way, and then done again: the receipt of the second covers what the first one had done.
import { isSame, type StoredFiles } from "../../receipts/planned-files.ts";
import { toBytePaths } from "../../receipts/receipt-file.ts";
import type { BytePath } from "../../receipts/snapshots/byte-path.ts";
import type { Receipt, ReceiptFile, ReceiptFiles } from "../../state/receipt-files.ts";

/** How many receipts are looked through for it. */
const MOST_READ = 50;

/** What both have in common. */
export interface SameChange extends Pick<Receipt, "backend" | "undoes" | "lands"> {
  /** Folder of the store that is used now: a receipt names one. */
  readonly store: string;
}

/** The receipt that an interrupted one left. The caller holds the lock of the tree, so none of them is still at work. */
export function findInterrupted(
  files: Pick<ReceiptFiles, "listNewest">,
  project: string,
  { backend, undoes, lands, store }: SameChange,
): Receipt | undefined {
  const found = files
    .listNewest(project, MOST_READ)
    .find((receipt) => receipt.backend === backend && receipt.undoes === undoes && receipt.lands === lands);
  return found?.outcome === "interrupted" && found.store === store ? found : undefined;
}

/**
 * The id of the receipt of a landing that had written everything when its bridge was killed; undefined where there is none, or it was undone. Throws what
 * the file system throws.
 */
export function findLanding(
  files: Pick<ReceiptFiles, "listNewest">,
  project: string,
  lands: string,
): string | undefined {
  const receipts = files.listNewest(project, MOST_READ);
  const found = receipts.find((receipt) => receipt.lands === lands);
  return found === undefined || receipts.some(({ undoes }) => undoes === found.id) ? undefined : found.id;
}

/** The paths of its files. */
export function toPaths(earlier: Receipt | undefined): BytePath[] {
  return (earlier?.files ?? []).map((file) => toBytePaths(file).path);
}

/** The files that are as it left them, by their states now. One that somebody has changed since is theirs. */
export function carryOn(earlier: Receipt | undefined, now: StoredFiles): ReceiptFile[] {
  return (earlier?.files ?? []).filter((file) => {
    const { before, after } = file;
    if (before === undefined && after === undefined) return false;
    const state = now.get(toBytePaths(file).path);
    return isSame(state, after) && !isSame(state, before);
  });
}

/** The changes of both together, as one. */
export function joinFiles(carried: readonly ReceiptFile[], files: readonly ReceiptFile[]): ReceiptFile[] {
  const earlier = new Map(carried.map((file) => [toBytePaths(file).path, file]));
  const joined = files.flatMap((file): ReceiptFile[] => {
    const path = toBytePaths(file).path;
    const first = earlier.get(path);
    if (first === undefined) return [file];
    earlier.delete(path);
    return join(first, file);
  });
  return [...earlier.values(), ...joined];
}

function join({ before }: ReceiptFile, { path, bytes, after }: ReceiptFile): ReceiptFile[] {
  if (isSame(before, after)) return [];
  const kind = before === undefined ? "add" : after === undefined ? "delete" : "update";
  return [{ path, bytes, kind, before, after }];
}
