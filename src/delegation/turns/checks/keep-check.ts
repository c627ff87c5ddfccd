// Writes the result of a check, or of a measurement, into the receipt of its turn.

import type { CheckResult } from "../../../domain/check.ts";
import type { Logger } from "../../../domain/logger.ts";
import type { MeasuredState, MeasureResult } from "../../../domain/measure.ts";
import { sayThrown } from "../../../domain/printable.ts";
import type { Receipt, ReceiptFiles } from "../../../state/receipt-files.ts";

/** Most checks that a receipt keeps, and most measurements: the newest ones. */
const MOST_CHECKS = 20;

/** What it is written with. */
export interface CheckKeeping {
  readonly files: Pick<ReceiptFiles, "find" | "write">;
  readonly logger: Logger;
}

/**
 * Adds a check to the newest state of a receipt, which may have changed since it was found. Returns warnings; never throws: a check that ran keeps
 * its result, whatever becomes of the file.
 */
export function keepCheck(
  keeping: CheckKeeping,
  receipt: Pick<Receipt, "id" | "project">,
  { changed, ...check }: CheckResult,
): string[] {
  const kept = { ...check, ...(changed === undefined ? {} : { changed: [...changed] }) };
  return keep(keeping, receipt, "check", ({ checks = [] }) => ({ checks: [...checks, kept].slice(-MOST_CHECKS) }));
}

/** Adds a measurement, as `keepCheck` adds a check. */
export function keepMeasure(
  keeping: CheckKeeping,
  receipt: Pick<Receipt, "id" | "project">,
  measure: MeasureResult,
): string[] {
  const toRuns = (state: MeasuredState | undefined) =>
    state === undefined ? undefined : { ...state, runsMs: [...state.runsMs] };
  const kept = { ...measure, old: toRuns(measure.old), new: toRuns(measure.new) };
  return keep(keeping, receipt, "measurement", ({ measures = [] }) => ({
    measures: [...measures, kept].slice(-MOST_CHECKS),
  }));
}

function keep(
  { files, logger }: CheckKeeping,
  { id, project }: Pick<Receipt, "id" | "project">,
  what: string,
  change: (receipt: Receipt) => Partial<Receipt>,
): string[] {
  try {
    const stored = files.find(project, id);
    if (stored.kind !== "record") return [`The receipt is gone meanwhile, so the ${what} is not kept in it.`];
    files.write({ ...stored.value, ...change(stored.value) });
    return [];
  } catch (error) {
    logger.error({ err: error, receipt: id }, `a ${what} is not kept in its receipt`);
    const reason = sayThrown(error);
    return [`The ${what} could not be kept in the receipt: ${reason}.`];
  }
}
