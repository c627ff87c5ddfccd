// The record of a job of this bridge: in memory from the start, on disk once the job is kept.
import { BridgeError, toBridgeError } from "../../domain/errors.ts";
import type { Logger } from "../../domain/logger.ts";
import type { JobFiles, StoredJob } from "../../state/job-files.ts";
import { isUnowned, toLine } from "./job-record.ts";

/** Options of KeptRecord. */
export interface KeptRecordOptions {
  readonly files: Pick<JobFiles, "write" | "renew">;
  readonly clock: () => number;
  readonly logger: Logger;
}

/** How often a record is renewed though nothing has changed, so that bridges in other containers see that its owner lives. */
const RENEW_MS = 10_000;

/** A record. A failed write loses nothing: the record stays in memory and is written again with the next `flush`. */
export class KeptRecord {
  readonly #options: KeptRecordOptions;
  #value: StoredJob;
  #isKept = false;
  /** Whether the record in memory is newer than the file. */
  #isDirty = false;
  /** Whether the last write has failed. */
  #hasFailed = false;
  /** When the file was last written or renewed, on a monotonic clock. */
  #savedAt = 0;

  constructor(first: StoredJob, options: KeptRecordOptions & { readonly isKept?: boolean }) {
    this.#value = first;
    this.#options = options;
    this.#isKept = options.isKept === true;
    this.#savedAt = performance.now();
  }

  get value(): StoredJob {
    return this.#value;
  }

  get isKept(): boolean {
    return this.#isKept;
  }

  /** Whether the job has ended, or is parked: nothing of this bridge changes it any more. */
  get hasEnded(): boolean {
    return isUnowned(this.#value.state);
  }

  /** Whether the job has ended and its file says so. */
  get isSettled(): boolean {
    return this.hasEnded && !this.#isDirty;
  }

  /** Writes the record for the first time. Throws MACHINE_LIMIT or CONFIG_INVALID. */
  keep(): void {
    try {
      this.#options.files.write(this.#value);
    } catch (error) {
      throw toKeepError(error);
    }
    this.#isKept = true;
    this.#savedAt = performance.now();
  }

  /** Changes the record at once. Gives false for a job that has ended: its end stays. */
  change(change: Partial<StoredJob>): boolean {
    if (this.hasEnded) return false;
    this.replace({ ...this.#value, ...change, updatedAt: this.#options.clock() });
    return true;
  }

  /** Notes a line of progress, which is written with the next `flush`. */
  tell(message: string): void {
    if (this.hasEnded) return;
    this.#value = { ...this.#value, activity: toLine(message), updatedAt: this.#options.clock() };
    this.#isDirty = true;
  }

  /** Notes the place in the queue, which is written with the next `flush`. */
  move(position: number | undefined): void {
    if (this.hasEnded) return;
    this.#value = { ...this.#value, position };
    this.#isDirty = true;
  }

  /** Replaces the record by that of the parked job, on disk. Throws what the file system throws; then the record is what it was. */
  park(parked: StoredJob): void {
    this.#options.files.write(parked);
    this.#value = parked;
    this.#isKept = true;
    this.#isDirty = false;
  }

  /** Replaces the record, even if the job has ended. */
  replace(value: StoredJob): void {
    this.#value = value;
    this.#save();
  }

  /**
   * Writes what is not on disk yet, if `mayWrite`, or shows that this bridge lives. To be called every few seconds. Returns whether it has
   * written. Never throws.
   */
  flush(mayWrite: boolean): boolean {
    const isWriting = this.#isDirty && mayWrite;
    if (isWriting) this.#save();
    else if (performance.now() - this.#savedAt >= RENEW_MS) this.#renew();
    return isWriting;
  }

  #save(): void {
    if (!this.#isKept) return;
    const { files, logger } = this.#options;
    this.#savedAt = performance.now();
    try {
      files.write(this.#value);
      this.#isDirty = false;
      this.#hasFailed = false;
    } catch (error) {
      if (!this.#hasFailed) logger.error({ err: error, job: this.#value.id }, "job not on record: tried again soon");
      this.#isDirty = true;
      this.#hasFailed = true;
    }
  }

  #renew(): void {
    this.#savedAt = performance.now();
    try {
      this.#options.files.renew(this.#value);
    } catch {
      // The file is gone, so it must be written again.
      this.#isDirty = true;
    }
  }
}

function toKeepError(error: unknown): BridgeError {
  const known = toBridgeError(error);
  if (known.code !== "INTERNAL") return known;
  const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
  return new BridgeError("CONFIG_INVALID", `The job cannot be put on record in the bridge's state folder (${code}).`, {
    nextStep:
      "Ask the user to make that folder writable (`codex-bridge doctor` names it); a call that waits for its answer needs no record.",
    cause: error,
  });
}
