// Receipts of turns: finding one, comparing it with the files now, and taking back what its turn changed.

import type { CheckResult } from "../../domain/check.ts";
import type { MeasureResult } from "../../domain/measure.ts";
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
  /** The measurement that was asked for; absent where the check failed. */
  readonly measure?: MeasureResult | undefined;
  readonly warnings: readonly string[];
}

/** Shell commands to run on what a turn left. */
export interface VerifyCommands {
  readonly check?: string | undefined;
  /** Timed on the state that the turn's proposal began with and on its new one. Not run where the check fails. */
  readonly measure?: string | undefined;
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
   * Compares the files of a receipt (the newest with changes where none is named) with what is there now. Then runs the shell commands
   * that are given in the sandbox of the receipt's turn, and adds their results to the receipt. Throws RECEIPT_NOT_FOUND, and for a command
   * SESSION_BUSY, SANDBOX_DENIED, CANCELLED and the errors of `AgentBackend.runInSandbox`; for a measurement also INVALID_ARGUMENT where there is no
   * open proposal, and the errors of making a worktree.
   */
  verify(id: string | undefined, commands: VerifyCommands, call: CallContext): Promise<Verified>;
  /**
   * Restores what a turn changed. Throws RECEIPT_NOT_FOUND; UNDO_CONFLICT where a file has changed since and is not in `force` (absolute paths, or
   * relative to the turn's directory), and then nothing is changed; SESSION_BUSY while a turn of the thread runs.
   */
  undo(id: string | undefined, force: readonly string[], call: CallContext): Promise<Undone>;
}
