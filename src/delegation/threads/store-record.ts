// Writes a record through to its file so that a narrowing is never undone: where the new record cannot be written, a wider one that
// stands in the file is emptied, for a bridge that starts later would go by it.
import { describeWidening } from "../../domain/sandbox.ts";
import type { ThreadRecord } from "../../domain/thread.ts";

/** Where records are kept for good; `state/thread-files.ts` is the real one. */
export interface RecordFiles {
  read(threadId: string): ThreadRecord | undefined;
  isDamaged(threadId: string): boolean;
  empty(threadId: string): void;
  findByName(project: string, sessionId: string): ThreadRecord | undefined;
  listNewest(project: string, most: number): readonly ThreadRecord[];
  write(record: ThreadRecord): void;
}

/** What stands in a record's file after it could not be written. `wider`: a record that allows more, and cannot be removed. */
export type FileContent = "nothing" | "emptied" | "older" | "wider";

/** A record that is not in its file; `cause` is what the file system said. */
export class RecordNotStoredError extends Error {
  readonly content: FileContent;

  constructor(content: FileContent, cause: unknown) {
    super(`the record is not stored, in its file is: ${content}`, { cause });
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

// On a full disk there may be room now.
function writeInRoom(files: RecordFiles, record: ThreadRecord): void {
  try {
    files.write(record);
  } catch (error) {
    throw new RecordNotStoredError("emptied", error);
  }
}

// What cannot be read may be wider.
function findContent(files: RecordFiles, record: ThreadRecord): FileContent {
  try {
    const stored = files.read(record.threadId);
    if (stored === undefined) return files.isDamaged(record.threadId) ? "emptied" : "nothing";
    return describeWidening(stored.frame.sandbox, record.frame.sandbox).length > 0 ? "wider" : "older";
  } catch {
    return "wider";
  }
}
