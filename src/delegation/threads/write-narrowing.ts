// Writes a record to its file so that a narrowing is never undone. If the new record cannot be written and the file holds a wider one, the file
// is emptied: otherwise a bridge that starts later would use the wider record.
import { describeWidening } from "../../domain/sandbox.ts";
import type { ThreadRecord } from "../../domain/thread.ts";

/** Permanent storage of records, implemented by `state/thread-files.ts`. */
export interface RecordFiles {
  read(threadId: string): ThreadRecord | undefined;
  isDamaged(threadId: string): boolean;
  empty(threadId: string): void;
  findByName(project: string, sessionId: string): ThreadRecord | undefined;
  listNewest(project: string, most: number): readonly ThreadRecord[];
  write(record: ThreadRecord): void;
}

/** Content of a record's file after a failed write. `wider`: a record that allows more and could not be emptied. */
export type FileContent = "nothing" | "emptied" | "older" | "wider";

/** A record could not be written to its file; `cause` is the file system's error. */
export class RecordNotStoredError extends Error {
  readonly content: FileContent;

  constructor(content: FileContent, cause: unknown) {
    super(`the record was not stored; content of its file: ${content}`, { cause });
    this.name = "RecordNotStoredError";
    this.content = content;
  }
}

/** Writes a record. Throws RecordNotStoredError. */
export function storeRecord(files: RecordFiles, record: ThreadRecord): void {
  try {
    files.write(record);
  } catch (error) {
    const content = findContent(files, record);
    if (content !== "wider") throw new RecordNotStoredError(content, error);
    try {
      files.empty(record.threadId);
    } catch {
      throw new RecordNotStoredError("wider", error);
    }
    writeInRoom(files, record);
  }
}

// On a full disk, emptying the file may have made room.
function writeInRoom(files: RecordFiles, record: ThreadRecord): void {
  try {
    files.write(record);
  } catch (error) {
    throw new RecordNotStoredError("emptied", error);
  }
}

// A file that cannot be read may hold a wider record.
function findContent(files: RecordFiles, record: ThreadRecord): FileContent {
  try {
    const stored = files.read(record.threadId);
    if (stored === undefined) return files.isDamaged(record.threadId) ? "emptied" : "nothing";
    return describeWidening(stored.frame.sandbox, record.frame.sandbox).length > 0 ? "wider" : "older";
  } catch {
    return "wider";
  }
}
