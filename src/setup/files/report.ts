// What a set-up, a migration or an undo says of a file.
import { JsonEditError } from "./json-value.ts";
import { FileRefusal } from "./whole-file.ts";

/**
 * A line of the report on a file. `change`: done, or planned in a dry run. `already`: nothing to do. `left`: stays on purpose. `failed`: could not
 * be done. `note`: worth knowing.
 */
export interface Finding {
  readonly kind: "change" | "already" | "left" | "failed" | "note";
  readonly text: string;
}

/** The report on one file. */
export interface FileReport {
  readonly file: string;
  readonly findings: readonly Finding[];
  /** Unified diff with secrets masked; absent if nothing changes. */
  readonly diff?: string;
}

/** The whole report. */
export interface MigrateReport {
  readonly files: readonly FileReport[];
  /** Folder with copies of the original files; undefined if nothing was written. */
  readonly backup: string | undefined;
}

/** Returns why a file stays as it is, worded to follow its path. Rethrows unexpected errors. */
export function toReason(error: unknown): string {
  if (error instanceof FileRefusal || error instanceof JsonEditError) return error.message;
  throw error;
}
