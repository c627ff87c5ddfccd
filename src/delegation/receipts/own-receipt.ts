// The receipt of an undo or a landing. It is there before the first file is written, so that what a kill leaves half done can be taken back.
import { FULL_ACCESS } from "../../domain/sandbox.ts";
import { keepStored, type StoredFiles, toPlannedFiles } from "../../receipts/planned-files.ts";
import { toReceiptFile } from "../../receipts/receipt-file.ts";
import type { RestoreStep } from "../../receipts/restore-plan.ts";
import { toReadablePath } from "../../receipts/snapshots/byte-path.ts";
import type { TreeSnapshot } from "../../receipts/snapshots/inner-repositories.ts";
import type { Snapshot } from "../../receipts/snapshots/snapshots.ts";
import type { Receipt, ReceiptFile } from "../../state/receipt-files.ts";
import type { ReceiptParts } from "../turns/changes/keep-receipt.ts";
import type { DelegationParts } from "../turns/delegation-parts.ts";
import { carryOn, findInterrupted, joinFiles, toPaths } from "./interrupted.ts";

/** A change that the bridge makes. */
export interface OwnChange extends Pick<Receipt, "cwd" | "threadId" | "undoes" | "lands"> {
  readonly backend: "undo" | "land";
  /** The files before it. */
  readonly before: Snapshot | undefined;
  /** Epoch ms. */
  readonly startedAt: number;
}

/** The receipt of a change that has begun. */
export interface OwnReceipt {
  /**
   * Writes what really changed and gives the receipt's id; undefined where there is none. Without `hasChanged` the receipt goes. Never throws.
   */
  end(hasChanged: boolean): Promise<string | undefined>;
}

/**
 * Writes the receipt of what the steps are going to change, as `interrupted`. One that an interrupted change of the same kind left is continued, so that the
 * new one covers both. Never throws.
 */
export async function beginOwnReceipt(
  parts: DelegationParts,
  change: OwnChange,
  steps: readonly RestoreStep[],
  signal: AbortSignal,
): Promise<OwnReceipt> {
  const { receipts, logger } = parts.options;
  const { before } = change;
  if (receipts === undefined || before === undefined) return { end: async () => undefined };
  if (before.kind === "none") return { end: async () => undefined };
  const own = createWriter(parts, receipts, change);
  if (before.kind !== "git") return { end: async (hasChanged) => (hasChanged ? own.finish(before, []) : undefined) };
  let earlier: Receipt | undefined;
  let carried: readonly ReceiptFile[] = [];
  try {
    earlier = findInterrupted(receipts.files, parts.options.baseDir, { ...change, store: before.store.folder });
    const stored = await keepStored(before, new Set([...steps.map(({ path }) => path), ...toPaths(earlier)]), signal);
    carried = carryOn(earlier, stored);
    own.plan(before, toPlanned(before, steps, stored), carried);
  } catch (error) {
    // A cancelled call writes no file either.
    logger.error({ err: error }, "a receipt was not stored before its change");
  }
  return {
    end: async (hasChanged) => {
      if (!hasChanged && carried.length === 0) return own.drop();
      const id = await own.finish(before, carried);
      if (id !== undefined && carried.length > 0 && earlier !== undefined) own.replace(earlier);
      return id;
    },
  };
}

function toPlanned({ store }: TreeSnapshot, steps: readonly RestoreStep[], stored: StoredFiles): ReceiptFile[] {
  return toPlannedFiles(store.repository.top, steps, stored).map(toReceiptFile);
}

interface Writer {
  plan(before: TreeSnapshot, files: readonly ReceiptFile[], carried: readonly ReceiptFile[]): void;
  finish(before: Exclude<Snapshot, { kind: "none" }>, carried: readonly ReceiptFile[]): Promise<string | undefined>;
  drop(): undefined;
  replace(earlier: Receipt): void;
}

function createWriter(parts: DelegationParts, receipts: ReceiptParts, change: OwnChange): Writer {
  const { clock, baseDir, logger, session } = parts.options;
  const { before: _, startedAt, ...facts } = change;
  const base = {
    ...{ id: receipts.newId(), project: baseDir, session, createdAt: startedAt, agent: "codex-bridge", ...facts },
    ...{ sandbox: { ...FULL_ACCESS }, commands: [], warnings: [] },
  };
  let planned: Receipt | undefined;
  const remove = (receipt: Receipt | undefined): undefined => {
    try {
      if (receipt !== undefined) receipts.files.remove(receipt);
    } catch (error) {
      logger.error({ err: error }, "a receipt was not removed");
    }
  };
  return {
    plan: ({ store, notCovered }, files, carried) => {
      const tree = { top: store.repository.top, store: store.folder, notCovered: notCovered.map(toReadablePath) };
      const next: Receipt = {
        ...base,
        ...tree,
        durationMs: 0,
        outcome: "interrupted",
        files: joinFiles(carried, files),
      };
      receipts.files.write(next);
      planned = next;
    },
    finish: async (before, carried) => {
      const { signal } = new AbortController();
      const after = await receipts.snapshots.takeAgain(before, signal);
      const changes = await receipts.snapshots.compare(before, after, signal);
      // The plan still takes it back.
      if (changes.kind === "unknown") return planned?.id;
      const tree = { top: changes.top, store: changes.store, notCovered: [...changes.notCovered] };
      const files = joinFiles(carried, changes.files.map(toReceiptFile));
      try {
        receipts.files.write({ ...base, ...tree, durationMs: clock() - startedAt, outcome: "completed", files });
        return base.id;
      } catch (error) {
        logger.error({ err: error }, "a receipt was not stored");
        return planned?.id;
      }
    },
    drop: () => remove(planned),
    replace: remove,
  };
}
