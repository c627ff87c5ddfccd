// What the turns of one call changed, as the files of one commit.

import { toBytePaths } from "../../../receipts/receipt-file.ts";
import type { BytePath } from "../../../receipts/snapshots/byte-path.ts";
import type { Receipt, ReceiptFile } from "../../../state/receipt-files.ts";
import type { FileToCommit, PlaceCommit } from "../../../worktrees/commit-in-place.ts";

/** A commit that is not made. */
export type Refused = Extract<PlaceCommit, { kind: "refused" }>;

/** The files, and the folder of their repository; or why they cannot be committed whole. */
export type Collected =
  | { readonly kind: "collected"; readonly top: string; readonly files: readonly FileToCommit[] }
  | Refused;

/** Collects the files of receipts, oldest first. */
export function collectFiles(receipts: readonly Receipt[]): Collected {
  if (receipts.some(({ unknown }) => unknown !== undefined)) return refuse("what the turn changed is not known");
  const notCovered = receipts.flatMap((receipt) => receipt.notCovered);
  if (notCovered.length > 0) return refuse("some repositories within this one could not be compared", notCovered);
  const files = receipts.flatMap((receipt) => receipt.files);
  if (files.length === 0) return refuse("the turn changed no file");
  const lost = files.filter(({ before, after }) => before === undefined && after === undefined);
  if (lost.length > 0) return refuse("no copy of some files is kept", lost.map(toPath));
  const [top, ...others] = new Set(receipts.map((receipt) => receipt.top));
  if (top === undefined || others.length > 0) return refuse("the directory is in no git repository");
  return joinFiles(top, files);
}

const toPath = ({ path }: ReceiptFile): string => path;

function refuse(reason: string, paths: readonly string[] = []): Refused {
  return { kind: "refused", reason, paths: [...new Set(paths)] };
}

// A file that two turns changed is committed as the last one left it, unless somebody else changed it in between.
function joinFiles(top: string, files: readonly ReceiptFile[]): Collected {
  const joined = new Map<BytePath, FileToCommit>();
  const torn: string[] = [];
  for (const file of files) {
    for (const next of toFiles(file)) {
      const { before, after } = joined.get(next.path) ?? { before: next.before, after: next.before };
      if (!isSame(after, next.before)) torn.push(file.path);
      joined.set(next.path, { ...next, before });
    }
  }
  if (torn.length > 0) return refuse("some files were changed by somebody else between the turns of the call", torn);
  const changed = [...joined.values()].filter(({ before, after }) => !isSame(before, after));
  if (changed.length === 0) return refuse("the turns changed no file in the end");
  return { kind: "collected", top, files: changed };
}

// A renaming is two files: the old path goes, the new one comes.
function toFiles(file: ReceiptFile): FileToCommit[] {
  const { path, from } = toBytePaths(file);
  const { before, after } = file;
  if (from === undefined) return [{ path, before, after }];
  return [
    { path: from, before, after: undefined },
    { path, before: undefined, after },
  ];
}

function isSame(one: FileToCommit["before"], two: FileToCommit["before"]): boolean {
  return one?.mode === two?.mode && one?.oid === two?.oid;
}
