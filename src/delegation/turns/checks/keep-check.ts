// Writes the result of a check into the receipt of its turn.

import type { CheckResult } from "../../../domain/check.ts";
import type { Logger } from "../../../domain/logger.ts";
import { sayThrown } from "../../../domain/printable.ts";
import type { Receipt, ReceiptFiles } from "../../../state/receipt-files.ts";

/** Most checks that a receipt keeps, the newest ones. */
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
  { files, logger }: CheckKeeping,
  { id, project }: Pick<Receipt, "id" | "project">,
  { changed, ...check }: CheckResult,
): string[] {
  try {
    const stored = files.find(project, id);
    if (stored.kind !== "record") return ["The receipt is gone meanwhile, so the check is not kept in it."];
    const kept = { ...check, ...(changed === undefined ? {} : { changed: [...changed] }) };
    files.write({ ...stored.value, checks: [...(stored.value.checks ?? []), kept].slice(-MOST_CHECKS) });
    return [];
  } catch (error) {
    logger.error({ err: error, receipt: id }, "a check is not kept in its receipt");
    const reason = sayThrown(error);
    return [`The check could not be kept in the receipt: ${reason}.`];
  }
}
