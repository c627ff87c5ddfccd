// Takes back what a turn changed. The undo is a change like a turn's: it has a receipt, by which it can be undone.
import { isAbsolute, join, relative, resolve } from "node:path";
import { countOf } from "../../domain/count-of.ts";
import { BridgeError } from "../../domain/errors.ts";
import { toPrintableLine } from "../../domain/printable.ts";
import { FULL_ACCESS } from "../../domain/sandbox.ts";
import { createContentReader } from "../../receipts/read-contents.ts";
import { toReceiptFile } from "../../receipts/receipt-file.ts";
import { restoreFiles } from "../../receipts/restore.ts";
import { type BlockedStep, findBlocked, type RestoreStep } from "../../receipts/restore-plan.ts";
import { toReadablePath } from "../../receipts/snapshots/byte-path.ts";
import type { Snapshot } from "../../receipts/snapshots/snapshots.ts";
import type { Receipt } from "../../state/receipt-files.ts";
import type { OtherTurn } from "../../state/writing-turns.ts";
import type { CallContext } from "../requests.ts";
import { checkRoots } from "../threads/directories.ts";
import { findCap } from "../threads/frame-sandbox.ts";
import { type DelegationParts, readScope } from "../turns/delegation-parts.ts";
import { checkDepth } from "../turns/depth.ts";
import { nameTurns } from "../turns/note-writing.ts";
import { findReceipt, type ReceiptSearch, type Restorable, toRestorable } from "./find-receipt.ts";
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
  checkDepth(parts.options.readDepth());
  const receipt = findReceipt(options, asked.id, true);
  const restorable = toRestorable(receipt, options.stateDir);
  await checkMayWrite(parts, receipt, restorable.top);
  const { writing: writes } = parts.options;
  const areas = [restorable.top];
  refuseWhileWritten(restorable.top, writes?.writing.findRunning(areas) ?? []);
  const permit = receipt.threadId === undefined ? undefined : await parts.permits.acquireIdle(receipt.threadId);
  const lock = takeLock(parts, restorable.top);
  const writing = writes?.writing.begin({ areas, what: `an undo of ${receipt.id}` });
  try {
    // One may have begun meanwhile. From now on it is told of the undo.
    refuseWhileWritten(restorable.top, writing?.findRunning() ?? []);
    const forced = await refuseChanged(restorable, receipt, asked.force);
    const { undoId, done } = await restoreWithReceipt(parts, options, { receipt, restorable, forced, call });
    const warnings = [
      ...(permit?.warnings ?? []),
      ...(undoId === undefined ? ["This undo has no receipt, so it cannot be undone."] : []),
      ...tellThread(parts, receipt, done.length),
    ];
    const toPath = (path: string): string => join(restorable.top, path);
    const taken = new Set(done.map(({ path }) => path));
    const missed = restorable.steps.filter(({ path }) => !taken.has(path)).map(({ path }) => toReadablePath(path));
    const restored = done.map(({ path }) => toPath(toReadablePath(path)));
    return { receipt, undoId, restored, left: [...restorable.left, ...missed].map(toPath), warnings };
  } finally {
    writing?.end();
    lock.release();
    await permit?.release();
  }
}

// The caller asks the bridge for it, so the user's limit must allow writing, whatever the thread's sandbox is.
async function checkMayWrite(parts: DelegationParts, { cwd }: Receipt, top: string): Promise<void> {
  checkRoots("The receipt's directory", top, parts.options.limits.roots);
  if (findCap(await readScope(parts, {}, cwd)) !== "read-only") return;
  throw new BridgeError(
    "SANDBOX_DENIED",
    "The user's limit is read-only (BRIDGE_MAX_SANDBOX), so nothing is restored.",
  );
}

// Two undos at once, here or in two bridges, would each take the other's work for somebody's changes.
function takeLock({ options }: DelegationParts, top: string): { release(): void } {
  const attempt = options.locks.take(`undo-${Buffer.from(top).toString("hex").slice(-200)}`);
  if (attempt.kind === "taken") return attempt;
  throw new BridgeError("SESSION_BUSY", `Another undo runs in ${top}.`, {
    nextStep: "Wait a moment, then call again.",
  });
}

// A turn that goes on would work on files that change under it, and its receipt would have what was restored.
function refuseWhileWritten(top: string, others: readonly OtherTurn[]): void {
  if (others.length === 0) return;
  throw new BridgeError(
    "SESSION_BUSY",
    `A turn that may write runs in ${top}: ${nameTurns(others)}. Nothing was restored.`,
    {
      nextStep: "Wait until it has ended (agent_job shows background jobs), or cancel it, then call again.",
    },
  );
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
  const keep = (): Promise<string | undefined> => keepUndo(parts, restoring.receipt, { before, startedAt });
  try {
    const readContent = createContentReader({ store, top, env: options.env }, oids, call.signal);
    await restoreFiles({ top, steps, forced, readContent, onDone: (step) => done.push(step) });
  } catch (error) {
    const undoId = done.length === 0 ? undefined : await keep();
    const back = undoId === undefined ? "" : ` codex-undo with receipt ${undoId} takes that back.`;
    const reason = error instanceof Error ? error.message : String(error);
    const message = `The undo stopped after ${done.length} of ${countOf(steps.length, "file")}: ${reason}.${back}`;
    throw new BridgeError("UNDO_IMPOSSIBLE", message, { cause: error });
  }
  return { done, undoId: await keep() };
}

interface UndoStart {
  readonly before: Snapshot | undefined;
  readonly startedAt: number;
}

// undefined where there is none.
async function keepUndo(parts: DelegationParts, { id: undoes, ...receipt }: Receipt, { before, startedAt }: UndoStart) {
  const { receipts, clock, baseDir, logger } = parts.options;
  if (receipts === undefined || before === undefined) return undefined;
  const { signal } = new AbortController();
  const changes = await receipts.snapshots.compare(before, await receipts.snapshots.takeAgain(before, signal), signal);
  if (changes.kind === "unknown") return undefined;
  const id = receipts.newId();
  const { top, store, files, notCovered } = changes;
  try {
    receipts.files.write({
      ...{ id, project: baseDir, createdAt: startedAt, durationMs: clock() - startedAt, outcome: "completed" },
      ...{ agent: "codex-bridge", backend: "undo", cwd: receipt.cwd, sandbox: { ...FULL_ACCESS } },
      ...{ threadId: receipt.threadId, session: parts.options.session, undoes, commands: [], warnings: [] },
      ...{ top, store, files: files.map(toReceiptFile), notCovered: [...notCovered] },
    });
    return id;
  } catch (error) {
    logger.error({ err: error }, "receipt of an undo not stored");
    return undefined;
  }
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
