// The bridge's records that are neither locks, runs nor jobs.
import { OUTPUT_FOLDER } from "../delegation/turns/answers/output-file.ts";
import { createAttemptFiles } from "../state/attempt-files.ts";
import { createChainFiles } from "../state/chain-files.ts";
import { createGateRuns } from "../state/gate-runs.ts";
import type { LockFiles } from "../state/lock-files.ts";
import { createMessageFiles } from "../state/message-files.ts";
import { createReceiptFiles } from "../state/receipt-files.ts";
import { createReviewFiles } from "../state/review-files.ts";
import { createScratchFiles } from "../state/scratch-files.ts";
import { createThreadFiles } from "../state/thread-files.ts";

/** Creates access to them; nothing is created on disk before the first write. */
export function createStores(stateDir: string, locks: Pick<LockFiles, "whileFree">) {
  return {
    threadFiles: createThreadFiles(stateDir),
    chainFiles: createChainFiles(stateDir, locks),
    attempts: createAttemptFiles(stateDir),
    results: createScratchFiles(stateDir, "results"),
    outputs: createScratchFiles(stateDir, OUTPUT_FOLDER),
    schemas: createScratchFiles(stateDir, "schemas"),
    receiptFiles: createReceiptFiles(stateDir),
    reviewFiles: createReviewFiles(stateDir),
    messageFiles: createMessageFiles(stateDir),
    gateRuns: createGateRuns(stateDir),
  };
}
