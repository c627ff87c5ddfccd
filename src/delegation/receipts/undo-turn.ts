// Takes back what a turn changed. The undo is a change like a turn's: it has a receipt, by which it can be undone.
import { isAbsolute, join, relative, resolve } from "node:path";
import { countOf } from "../../domain/count-of.ts";
import { BridgeError } from "../../domain/errors.ts";
import { sayThrown, toPrintableLine } from "../../domain/printable.ts";
import { createContentReader } from "../../receipts/read-contents.ts";
import { restoreFiles } from "../../receipts/restore.ts";
import { type BlockedStep, findBlocked, type RestoreStep } from "../../receipts/restore-plan.ts";
import { toReadablePath } from "../../receipts/snapshots/byte-path.ts";
import type { Receipt } from "../../state/receipt-files.ts";
import type { CallContext } from "../requests.ts";
import type { DelegationParts } from "../turns/delegation-parts.ts";
import { checkDepth } from "../turns/depth.ts";
import { findReceipt, type ReceiptSearch, type Restorable, toRestorable } from "./find-receipt.ts";
import { checkMayWrite, lockTree, refuseWhileWritten } from "./own-changes.ts";
import { beginOwnReceipt } from "./own-receipt.ts";
import type { Undone } from "./receipts.ts";

/** What an undo needs besides the parts of delegation. */
export interface UndoOptions extends ReceiptSearch {
  readonly stateDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** An undo that was asked for. */
export interface UndoRequest {
  /** Id of the receipt; undefined takes the newest with changes. */
  readonly id: string | undefined;
  /** Files that are restored though they have changed since: absolute paths, or relative to the turn's directory. */
  readonly force: readonly string[];
}

/** More paths than this are not listed in an error. */
const MOST_LISTED = 20;

/** Undoes a turn, as `Receipts.undo` says. */
export async function undoTurn(
  parts: DelegationParts,
  options: UndoOptions,
  asked: UndoRequest,
  call: CallContext,
): Promise<Undone> {
  checkDepth(parts.options.readDepth(call));
  const receipt = findReceipt(options, asked.id, true);
  const restorable = toRestorable(receipt, options.stateDir);
  await checkMayWrite(parts, { what: "The receipt's directory", cwd: receipt.cwd, top: restorable.top }, call);
  refuseWhileWritten(parts, restorable.top);
  const permit = receipt.threadId === undefined ? undefined : await parts.permits.acquireIdle(receipt.threadId);
  try {
    const undone = await undoLocked(parts, options, { receipt, restorable, force: asked.force, call });
    return { ...undone, warnings: [...(permit?.warnings ?? []), ...undone.warnings] };
  } finally {
    await permit?.release();
  }
}

interface Undoing extends Pick<Restoring, "receipt" | "restorable" | "call"> {
  readonly force: readonly string[];
}

async function undoLocked(parts: DelegationParts, options: UndoOptions, undoing: Undoing): Promise<Undone> {
  const { receipt, restorable, force, call } = undoing;
  const lock = lockTree(parts, restorable.top, `an undo of ${receipt.id}`);
  try {
    await parts.options.staging.sweep(restorable.top);
    const forced = await refuseChanged(restorable, receipt, force);
    const { undoId, done } = await restoreWithReceipt(parts, options, { receipt, restorable, forced, call });
    const warnings = [
      ...(receipt.commit === undefined
        ? []
        : [`The commit ${receipt.commit.id.slice(0, 12)} of the turn stays: \`git revert\` takes it back.`]),
      ...(undoId === undefined ? ["This undo has no receipt, so it cannot be undone."] : []),
      ...tellThread(parts, receipt, done.length),
    ];
    const toPath = (path: string): string => join(restorable.top, path);
    const taken = new Set(done.map(({ path }) => path));
    const missed = restorable.steps.filter(({ path }) => !taken.has(path)).map(({ path }) => toReadablePath(path));
    const restored = done.map(({ path }) => toPath(toReadablePath(path)));
    return { receipt, undoId, restored, left: [...restorable.left, ...missed].map(toPath), warnings };
  } finally {
    lock.release();
  }
}

// Gives the changed files that may be overwritten.
async function refuseChanged({ top, steps }: Restorable, { cwd }: Receipt, force: readonly string[]) {
  const named = new Set(force.map((path) => relative(top, isAbsolute(path) ? path : resolve(cwd, path))));
  const blocked = await findBlocked(top, steps);
  const mayGo = ({ path, canForce }: BlockedStep): boolean => canForce && named.has(toReadablePath(path));
  const kept = blocked.filter((step) => !mayGo(step)).map(({ path }) => toReadablePath(path));
  if (kept.length === 0) return new Set(blocked.map(({ path }) => path));
  const names = kept.slice(0, MOST_LISTED).map(toPrintableLine).join(", ");
  throw new BridgeError(
    "UNDO_CONFLICT",
    `${countOf(kept.length, "file")} changed after the turn: ${names}${kept.length > MOST_LISTED ? ", …" : ""}. Nothing was restored.`,
    { details: { changed: kept.slice(0, MOST_LISTED).map((path) => join(top, path)) } },
  );
}

interface Restoring {
  readonly receipt: Receipt;
  readonly restorable: Restorable;
  readonly forced: ReadonlySet<string>;
  readonly call: CallContext;
}

interface Restored {
  readonly done: readonly RestoreStep[];
  readonly undoId: string | undefined;
}

// What was restored has a receipt also if the rest fails.
async function restoreWithReceipt(
  parts: DelegationParts,
  options: UndoOptions,
  restoring: Restoring,
): Promise<Restored> {
  const { receipts, clock } = parts.options;
  const { restorable, forced, call } = restoring;
  const { top, store, steps } = restorable;
  const startedAt = clock();
  const before = await receipts?.snapshots.take(top, call.signal);
  if (forced.size > 0 && (before === undefined || before.kind === "none")) {
    throw new BridgeError(
      "UNDO_IMPOSSIBLE",
      "The files named in force would be lost: no copy of them can be kept now.",
    );
  }
  const oids = steps.flatMap((step) => step.before?.oid ?? []);
  const done: RestoreStep[] = [];
  const { id: undoes, cwd, threadId } = restoring.receipt;
  const change = { backend: "undo", before, startedAt, cwd, threadId, undoes } as const;
  const own = await beginOwnReceipt(parts, change, steps, call.signal);
  const { staging } = parts.options;
  try {
    const readContent = createContentReader({ store, top, env: options.env }, oids, call.signal);
    await restoreFiles({ top, steps, forced, readContent, staging, onDone: (step) => done.push(step) });
  } catch (error) {
    const undoId = await own.end(done.length > 0);
    const back = undoId === undefined ? "" : ` codex-undo with receipt ${undoId} takes that back.`;
    const reason = sayThrown(error);
    const message = `The undo stopped after ${done.length} of ${countOf(steps.length, "file")}: ${reason}.${back}`;
    throw new BridgeError("UNDO_IMPOSSIBLE", message, { cause: error });
  }
  return { done, undoId: await own.end(true) };
}

// The agent still believes that its changes are there.
function tellThread({ options }: DelegationParts, { threadId, id }: Receipt, count: number): string[] {
  const record = threadId === undefined ? undefined : options.sessions.get(threadId);
  if (record === undefined) return [];
  const told = record.notice === undefined ? "" : `${record.notice}\n`;
  const notice = `${told}[codex-bridge: the changes of an earlier turn of this thread (receipt ${id}, ${countOf(count, "file")}) were undone. Look at the files again before you rely on them.]`;
  try {
    options.sessions.put({ ...record, notice });
    return [];
  } catch (error) {
    options.logger.error({ err: error, threadId }, "the thread is not told of the undo");
    return ["The thread could not be told of it. Say so in the next prompt."];
  }
}
