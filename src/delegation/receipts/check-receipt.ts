// Runs a check on what a turn left, and writes its result into the turn's receipt.
import { countOf } from "../../domain/count-of.ts";
import type { Receipt, ReceiptFiles } from "../../state/receipt-files.ts";
import type { CallContext } from "../requests.ts";
import { keepCheck } from "../turns/checks/keep-check.ts";
import type { CheckDone } from "../turns/checks/run-check.ts";
import type { DelegationParts } from "../turns/delegation-parts.ts";
import { checkDepth } from "../turns/depth.ts";
import { findCheckFrame } from "./check-frame.ts";

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
  checkDepth(parts.options.readDepth(call));
  await findCheckFrame(parts, receipt, call);
  const permit = await takePermit(parts, receipt, call);
  try {
    const done = await parts.runCheck({ command, frame: await findCheckFrame(parts, receipt, call) }, call);
    const kept = keepCheck({ files, logger: parts.options.logger }, receipt, done.check);
    return { ...done, warnings: [...permit.warnings, ...done.warnings, ...kept] };
  } finally {
    await permit.release();
  }
}

interface Permit {
  readonly warnings: readonly string[];
  release(): Promise<void> | void;
}

/** Waits for the turns of the receipt's thread and for a slot. Throws SESSION_BUSY and CANCELLED. */
export async function takePermit(parts: DelegationParts, { threadId }: Receipt, call: CallContext): Promise<Permit> {
  const takeSlot = () => parts.takeSlot(call);
  if (threadId === undefined) return { warnings: [], release: await takeSlot() };
  const onWait = (ahead: number) => call.report(`Waiting for ${countOf(ahead, "earlier turn")} of this thread`);
  return parts.permits.acquire(threadId, { signal: call.signal, onWait, takeSlot });
}
