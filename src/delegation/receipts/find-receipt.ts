// Finds a receipt, and trusts nothing in it that leads elsewhere: its file could have been edited.
import { lstatSync } from "node:fs";
import { dirname, join } from "node:path";
import { BridgeError } from "../../domain/errors.ts";
import { toPrintableLine } from "../../domain/printable.ts";
import { isInside } from "../../domain/sandbox.ts";
import { isRealPath } from "../../files/real-path.ts";
import { describeDiffStat } from "../../receipts/diff-stat.ts";
import { toBytePaths } from "../../receipts/receipt-file.ts";
import { type RestoreStep, toRestoreSteps } from "../../receipts/restore-plan.ts";
import type { StoredState } from "../../receipts/snapshots/compare-git.ts";
import { STORES_FOLDER } from "../../receipts/snapshots/snapshot-store.ts";
import type { Receipt, ReceiptFile, ReceiptFiles } from "../../state/receipt-files.ts";
import { describeAge } from "../threads/thread-titles.ts";

/** Where receipts are looked for. */
export interface ReceiptSearch {
  readonly files: Pick<ReceiptFiles, "find" | "listNewest" | "toPath">;
  /** Directory of the bridge: its receipts are looked through. */
  readonly baseDir: string;
  /** Names this session in its receipts. */
  readonly session: string;
}

/** How many receipts are read to find the newest with changes. */
const MOST_READ = 50;

/**
 * The receipt with an id; without one the newest of this session whose turn changed files. Where this session has none, that of another one, or with
 * `isOwn` none: to act on another session's turn it has to be named. Throws RECEIPT_NOT_FOUND.
 */
export function findReceipt(
  { files, baseDir, session }: ReceiptSearch,
  id: string | undefined,
  isOwn = false,
): Receipt {
  if (id === undefined) {
    const receipts = files.listNewest(baseDir, MOST_READ);
    const undone = listUndone(receipts);
    // The worktree of an isolated turn may be gone.
    const isThere = (top: string | undefined): boolean => top === undefined || isFolder(top);
    const standing = receipts.filter(
      ({ id, undoes, files, top }) => files.length > 0 && undoes === undefined && !undone.has(id) && isThere(top),
    );
    const found = standing.find((receipt) => receipt.session === session) ?? (isOwn ? undefined : standing[0]);
    if (found !== undefined) return found;
    if (standing.length === 0)
      throw new BridgeError(
        "RECEIPT_NOT_FOUND",
        `No turn of this project has a receipt with changes that still stand.${describeLastUndo(receipts, undone)}`,
      );
    throw new BridgeError(
      "RECEIPT_NOT_FOUND",
      `No turn of this session changed files. The newest of other sessions in this project: ${listReceipts(standing)}.`,
      { nextStep: "Pass the `receipt` that is meant; if that is not sure, ask the user." },
    );
  }
  const stored = files.find(baseDir, id);
  if (stored.kind === "record") return stored.value;
  const reason = stored.kind === "absent" ? "There is no receipt" : "The receipt cannot be read:";
  throw new BridgeError("RECEIPT_NOT_FOUND", `${reason} ${JSON.stringify(id.slice(0, 40))} in this project.`);
}

// The newest come first, so an undo that was itself undone is known by then. One that was killed half way has undone nothing as a whole.
function listUndone(receipts: readonly Receipt[]): ReadonlySet<string> {
  const undone = new Set<string>();
  for (const { id, undoes, outcome } of receipts) {
    if (undoes !== undefined && outcome === "completed" && !undone.has(id)) undone.add(undoes);
  }
  return undone;
}

function describeLastUndo(receipts: readonly Receipt[], undone: ReadonlySet<string>): string {
  const last = receipts.find(({ id, undoes }) => undoes !== undefined && !undone.has(id));
  if (last === undefined) return "";
  return toPrintableLine(` The newest undo is ${last.id}, of ${last.undoes}: codex-undo with its id takes it back.`);
}

const MOST_LISTED = 5;

function listReceipts(receipts: readonly Receipt[]): string {
  const lines = receipts.slice(0, MOST_LISTED).map(({ id, createdAt, files, threadId }) => {
    const thread = threadId === undefined ? "" : `, thread ${threadId}`;
    return toPrintableLine(`${id} (${describeAge(Date.now() - createdAt)}, ${describeDiffStat(files)}${thread})`);
  });
  return lines.join("; ");
}

/** A receipt whose contents are kept: what undo needs of it. */
export interface Restorable {
  readonly top: string;
  readonly store: string;
  readonly steps: readonly RestoreStep[];
  /** Paths below `top` of files without a kept content. */
  readonly left: readonly string[];
}

/** What can be restored of a receipt. Throws UNDO_IMPOSSIBLE where no content is kept, or where the receipt is not as the bridge writes it. */
export function toRestorable(receipt: Receipt, stateDir: string): Restorable {
  const { cwd, top, store, files } = receipt;
  if (top === undefined || store === undefined) {
    throw refuse("no contents were kept: the directory is not in a git repository, or git was not found");
  }
  const isOwn = dirname(store) === join(stateDir, STORES_FOLDER) && isFolder(store);
  if (!isOwn) throw refuse("the kept contents are gone");
  if (!isRealPath(top) || !isFolder(top)) throw refuse(`${top} is gone`);
  if (!isInside(cwd, top)) throw refuse("the receipt was edited: its turn ran outside the directory that it names");
  const steps = files.flatMap(toSteps);
  const bad = steps.find(({ path }) => !isBelow(path));
  if (bad !== undefined) throw refuse("the receipt was edited: it names a file outside its directory");
  if (steps.some(({ before, after }) => [before, after].some((state) => state !== undefined && !isState(state)))) {
    throw refuse("the receipt was edited: it names contents that no store has");
  }
  return { top, store, steps, left: files.filter(isUnstored).map(({ path }) => path) };
}

const isUnstored = ({ before, after }: ReceiptFile): boolean => before === undefined && after === undefined;

const toSteps = (file: ReceiptFile): RestoreStep[] => toRestoreSteps({ ...file, ...toBytePaths(file) });

function isBelow(path: string): boolean {
  const names = path.split("/");
  return !names.some((name) => name === "" || name === "." || name === ".." || name.toLowerCase() === ".git");
}

function isState({ mode, oid, permissions = "644" }: StoredState): boolean {
  const isKnown = /^[0-7]{3}$/.test(permissions);
  return isKnown && /^(100644|100755|120000)$/.test(mode) && /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(oid);
}

function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function refuse(reason: string): BridgeError {
  return new BridgeError("UNDO_IMPOSSIBLE", `The turn cannot be undone: ${reason}.`);
}
