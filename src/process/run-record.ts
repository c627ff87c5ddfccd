// A run on record, and where records are kept.
import type { RunIdentity } from "./run-processes.ts";

/** A run on record. */
export interface RunRecord extends RunIdentity {
  readonly id: string;
  /** The boot in which pids and start times are valid. */
  readonly bootId: string;
  /** The bridge that started it; `namespace` as ProcessIdentity's. */
  readonly owner: { readonly pid: number; readonly start: number; readonly namespace?: string | undefined };
  /** Directories that it writes in. */
  readonly areas?: readonly string[] | undefined;
  /** Names in them that were absent before it, and that its sandbox may leave empty. They are removed once nothing of the run is alive. */
  readonly absent?: readonly string[] | undefined;
}

/** What else is known of a run before its program starts. `helperWords` and `laterMark`: see RunIdentity. */
export type RunFacts = Pick<RunRecord, "areas" | "absent" | "helperWords" | "laterMark">;

/** Storage of records. */
export interface RunStore {
  write(record: RunRecord): void;
  remove(id: string): void;
  /** Names of the records. Killed bridges may have left thousands. */
  names(): readonly string[];
  /** undefined for a record that is damaged, gone, or not readable just now. */
  read(name: string): RunRecord | undefined;
}
