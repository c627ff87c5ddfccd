// Receipts of turns: finding one, comparing it with the files now, and taking back what its turn changed.

import type { CheckResult } from "../../domain/check.ts";
import type { Receipt } from "../../state/receipt-files.ts";
import type { CallContext } from "../requests.ts";

/** A file of a receipt, and how it stands now. */
export interface CheckedFile {
  /** Absolute path. */
  readonly path: string;
  /** `as it was left`, or what is different now. */
  readonly now: "as left" | "as before" | "changed since" | "unknown";
}

/** A receipt beside the files now. */
export interface Verified {
  readonly receipt: Receipt;
  /** File of the receipt. */
  readonly path: string;
  /** Before the check ran. */
  readonly files: readonly CheckedFile[];
  /** The check that was asked for. */
  readonly check?: CheckResult | undefined;
  readonly warnings: readonly string[];
}

/** What was taken back. */
export interface Undone {
  readonly receipt: Receipt;
  /** Id of the receipt of the undo itself, by which it can be undone. */
  readonly undoId: string | undefined;
  /** Absolute paths of the files that were restored. */
  readonly restored: readonly string[];
  /** Files of the turn that cannot be restored, since no content of them is kept. */
  readonly left: readonly string[];
  readonly warnings: readonly string[];
}

/** What can be done with receipts. */
export interface Receipts {
  /**
   * Compares the files of a receipt (the newest with changes where none is named) with what is there now. Then runs the shell command `check`,
   * where one is given, in the sandbox of the receipt's turn, and adds its result to the receipt. Throws RECEIPT_NOT_FOUND, and for a check
   * SESSION_BUSY, SANDBOX_DENIED, CANCELLED and the errors of `AgentBackend.runInSandbox`.
   */
  verify(id: string | undefined, check: string | undefined, call: CallContext): Promise<Verified>;
  /**
   * Restores what a turn changed. Throws RECEIPT_NOT_FOUND; UNDO_CONFLICT where a file has changed since and is not in `force` (absolute paths, or
   * relative to the turn's directory), and then nothing is changed; SESSION_BUSY while a turn of the thread runs.
   */
  undo(id: string | undefined, force: readonly string[], call: CallContext): Promise<Undone>;
}
