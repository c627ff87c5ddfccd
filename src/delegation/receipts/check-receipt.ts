// Runs a check on what a turn left, and writes its result into the turn's receipt.
import { countOf } from "../../domain/count-of.ts";
import type { Receipt, ReceiptCheck, ReceiptFiles } from "../../state/receipt-files.ts";
import type { CallContext } from "../requests.ts";
import type { DelegationParts } from "../turns/delegation-parts.ts";
import { checkDepth } from "../turns/depth.ts";
import { findCheckFrame } from "./check-frame.ts";
import { type CheckDone, runCheck } from "./run-check.ts";

/** Most checks that a receipt keeps, the newest ones. */
const MOST_CHECKS = 20;

/**
 * Runs the check. It waits for the turns of the receipt's thread and for a free slot, as a turn does. Throws SESSION_BUSY, DEPTH_EXCEEDED, and
 * as `findCheckFrame` and `runCheck` do.
 */
export async function checkReceipt(
  parts: DelegationParts,
  files: Pick<ReceiptFiles, "find" | "write">,
  { receipt, command }: { readonly receipt: Receipt; readonly command: string },
  call: CallContext,
): Promise<CheckDone> {
  checkDepth(parts.options.readDepth());
  // A check that is refused does not wait first.
  await findCheckFrame(parts, receipt);
  const permit = await takePermit(parts, receipt, call);
  try {
    const done = await runCheck(parts, { command, frame: await findCheckFrame(parts, receipt) }, call);
    const warnings = [...permit.warnings, ...done.warnings];
    return { ...done, warnings: [...warnings, ...keepCheck(parts, files, receipt, done.check)] };
  } finally {
    await permit.release();
  }
}

interface Permit {
  readonly warnings: readonly string[];
  release(): Promise<void> | void;
}

async function takePermit(parts: DelegationParts, { threadId }: Receipt, call: CallContext): Promise<Permit> {
  const takeSlot = () => parts.takeSlot(call);
  if (threadId === undefined) return { warnings: [], release: await takeSlot() };
  const onWait = (ahead: number) => call.report(`Waiting for ${countOf(ahead, "earlier turn")} of this thread`);
  return parts.permits.acquire(threadId, { signal: call.signal, onWait, takeSlot });
}

// The newest state of the receipt: it may have changed since it was found. A check that ran keeps its result, whatever becomes of the file.
function keepCheck(
  { options }: DelegationParts,
  files: Pick<ReceiptFiles, "find" | "write">,
  { id, project }: Receipt,
  check: ReceiptCheck,
): string[] {
  try {
    const stored = files.find(project, id);
    if (stored.kind !== "record") return ["The receipt is gone meanwhile, so the check is not kept in it."];
    const checks = [...(stored.value.checks ?? []), check].slice(-MOST_CHECKS);
    files.write({ ...stored.value, checks });
    return [];
  } catch (error) {
    options.logger.error({ err: error, receipt: id }, "a check is not kept in its receipt");
    const reason = error instanceof Error ? error.message : String(error);
    return [`The check could not be kept in the receipt: ${reason}.`];
  }
}
