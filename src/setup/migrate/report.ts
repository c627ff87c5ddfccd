// What a migration reports.
import { JsonEditError } from "./edit/json-value.ts";
import { FileRefusal } from "./write/whole-file.ts";

/** One thing in a file: `change` was done (or is planned), `already` needs nothing, `left` stays on purpose, `failed` was not possible, `note` is worth knowing. */
export interface Finding {
  readonly kind: "change" | "already" | "left" | "failed" | "note";
  readonly text: string;
}

/** What became of a file. */
export interface FileReport {
  readonly file: string;
  readonly findings: readonly Finding[];
  /** Unified diff, secrets masked; absent where nothing changes. */
  readonly diff?: string;
}

/** What became of all of it. */
export interface MigrateReport {
  readonly files: readonly FileReport[];
  /** Folder with the files as they were; undefined where nothing was written. */
  readonly backup: string | undefined;
}

/** Why a file is left as it is, in words that follow its path. Anything unexpected is thrown on. */
export function toReason(error: unknown): string {
  if (error instanceof FileRefusal || error instanceof JsonEditError) return error.message;
  throw error;
}
