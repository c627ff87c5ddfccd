// Runs one check in the validation worker, with limits on its time and memory. The worker ends with the check.
import { Worker } from "node:worker_threads";
import { isRecord } from "../domain/guards.ts";
import type { ValidationJob, Verdict } from "./expectation.ts";

/** Result of a check. `unknown` means that the worker itself failed. */
export type JudgementEnd =
  | Verdict
  | { readonly kind: "out of time" }
  | { readonly kind: "out of memory" }
  | { readonly kind: "cancelled" }
  | { readonly kind: "unknown"; readonly cause: unknown };

/** Options of a check. */
export interface JudgementRun {
  /** Path of the worker's bundle. */
  readonly workerFile: string;
  /** Ends the check at once. */
  readonly signal: AbortSignal;
  /** Time limit for the worker, in ms, without its start. */
  readonly limitMs: number;
}

/** A busy machine can take seconds to start a thread. */
const START_LIMIT_MS = 20_000;
/** Limit for a schema that fills the memory. An answer of 4 million characters takes about 100 MB as objects. */
const MEMORY_LIMITS = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 };

/** Runs a check. Never rejects. */
export function runJudgement(job: ValidationJob, { workerFile, signal, limitMs }: JudgementRun): Promise<JudgementEnd> {
  if (signal.aborted) return Promise.resolve({ kind: "cancelled" });
  return new Promise((resolve) => {
    const worker = start(workerFile, job);
    if (!(worker instanceof Worker)) {
      resolve(worker);
      return;
    }
    const end = (result: JudgementEnd): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", cancel);
      resolve(result);
      void worker.terminate();
    };
    const cancel = (): void => end({ kind: "cancelled" });
    let timer = setTimeout(() => end({ kind: "unknown", cause: "the worker did not start" }), START_LIMIT_MS);
    signal.addEventListener("abort", cancel, { once: true });
    worker.on("message", (message: unknown) => {
      clearTimeout(timer);
      if (message === "ready") timer = setTimeout(() => end({ kind: "out of time" }), limitMs);
      else end(toVerdict(message));
    });
    worker.on("error", (error) =>
      end(isOutOfMemory(error) ? { kind: "out of memory" } : { kind: "unknown", cause: error }),
    );
    worker.on("exit", () => end({ kind: "unknown", cause: "the worker ended without a verdict" }));
  });
}

function start(file: string, job: ValidationJob): Worker | JudgementEnd {
  try {
    return new Worker(file, {
      workerData: job,
      // The worker gets nothing of the server's: no secrets, no flags, and not its stdout, which belongs to the protocol.
      env: {},
      argv: [],
      execArgv: [],
      stdout: true,
      stderr: true,
      resourceLimits: MEMORY_LIMITS,
    });
  } catch (error) {
    return { kind: "unknown", cause: error };
  }
}

function toVerdict(message: unknown): JudgementEnd {
  if (isRecord(message)) {
    const { kind, reason } = message;
    if (kind === "fits") return { kind };
    if ((kind === "misfit" || kind === "unusable") && typeof reason === "string") return { kind, reason };
  }
  return { kind: "unknown", cause: message };
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
}
