// Keeps a record of each set-up with copies of the files as they were, for undo. They are in the state folder, since they may hold secrets.
import { createHash } from "node:crypto";
import { join } from "node:path";
import * as z from "zod";
import { readSmallFile, readSmallText } from "../../../files/small-file.ts";
import { parseRecord } from "../../../state/json-folder.ts";
import { listFolder, writePrivateFile } from "../../../state/private-files.ts";
import { type BlockMarks, HASH_MARKS, MARKDOWN_MARKS } from "./marked-block.ts";
import type { PlannedFile } from "./planned-files.ts";
import { toBytes } from "./write-files.ts";

/** The largest file that is changed, see whole-file.ts. */
const MAX_BYTES = 67_108_864;
const MARKS = { markdown: MARKDOWN_MARKS, hash: HASH_MARKS } as const;

const ChangeSchema = z.object({
  path: z.array(z.union([z.string(), z.number()])),
  before: z.json().optional(),
  after: z.json().optional(),
});
const FileSchema = z.object({
  /** Real path, with links resolved. */
  path: z.string(),
  /** Name of the copy beside the record; absent for a file that was made. */
  backup: z.string().optional(),
  /** SHA-256 of the written file, in hex. */
  written: z.string(),
  changes: z.array(ChangeSchema),
  marks: z.enum(["markdown", "hash"]).optional(),
  table: z.object({ path: z.tuple([z.string(), z.string()]), body: z.string() }).optional(),
});
const RecordSchema = z.object({
  files: z.array(FileSchema),
  /** Folders that were made, the outer ones first. */
  folders: z.array(z.string()),
  /** Root of the project in which it was made. */
  root: z.string(),
  undoneAt: z.number().optional(),
});
const SHAPE = { schema: RecordSchema, version: 1 };

/** A file of a set-up on record. */
export interface RecordedFile extends Pick<PlannedFile, "changes" | "marks" | "table"> {
  readonly path: string;
  /** Path of the copy; undefined for a file that was made. */
  readonly copy: string | undefined;
  /** Whether these bytes are what was written. */
  readonly isAsWritten: (bytes: Buffer) => boolean;
}

/** A set-up on record; `files` is undefined where the record cannot be read. */
export interface SetUp {
  readonly folder: string;
  readonly files: readonly RecordedFile[] | undefined;
  readonly folders: readonly string[];
  /** Root of the project in which it was made; "" where the record cannot be read. */
  readonly root: string;
}

/** Records files before they are written; returns the folder of the record. Throws what the file system throws. */
export function writeRecord(
  stateDir: string,
  id: string,
  planned: readonly PlannedFile[],
  { folders, root }: Pick<SetUp, "folders" | "root">,
): string {
  const folder = join(stateDir, "set-ups", id);
  const files = planned.map(({ path, before, text, changes, marks, table }, at) => {
    const backup = before === undefined ? undefined : `${at}.backup`;
    if (before !== undefined) writePrivateFile(join(folder, `${at}.backup`), before.bytes);
    return {
      path: before?.realPath ?? path,
      ...(backup === undefined ? {} : { backup }),
      written: hash(toBytes(before, text)),
      changes,
      ...(marks === undefined ? {} : { marks: marks === MARKDOWN_MARKS ? "markdown" : "hash" }),
      ...(table === undefined ? {} : { table }),
    };
  });
  save(folder, { files, folders, root });
  return folder;
}

/** The set-ups that are not undone, the newest first. */
export function listSetUps(stateDir: string): SetUp[] {
  const root = join(stateDir, "set-ups");
  return listFolder(root)
    .sort()
    .reverse()
    .flatMap((name) => toSetUp(join(root, name)));
}

/** Marks a set-up as undone (epoch ms), except for the files at these paths. */
export function settleRecord(folder: string, remaining: readonly string[], now: number): void {
  const record = readRecord(folder);
  if (record === undefined || record === "damaged") return;
  const files = record.files.filter(({ path }) => remaining.includes(path));
  save(folder, { ...record, files, ...(files.length === 0 ? { undoneAt: now } : {}) });
}

function toSetUp(folder: string): SetUp[] {
  const record = readRecord(folder);
  if (record === "damaged") return [{ folder, files: undefined, folders: [], root: "" }];
  if (record === undefined || record.undoneAt !== undefined) return [];
  const files = record.files.map(({ path, backup, written, changes, marks, table }) => ({
    path,
    changes,
    table,
    marks: marks === undefined ? undefined : (MARKS[marks] satisfies BlockMarks),
    copy: backup === undefined ? undefined : join(folder, backup),
    isAsWritten: (bytes: Buffer) => hash(bytes) === written,
  }));
  return [{ folder, files, folders: record.folders, root: record.root }];
}

/** The bytes of a copy; undefined where it cannot be read. */
export function readCopy(path: string): Buffer | undefined {
  try {
    return readSmallFile(path, MAX_BYTES);
  } catch {
    return undefined;
  }
}

function hash(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

// A folder without a record belongs to a set-up that ended before it wrote anything.
function readRecord(folder: string): z.infer<typeof RecordSchema> | "damaged" | undefined {
  let text: string;
  try {
    text = readSmallText(join(folder, "record.json"), MAX_BYTES);
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && ["ENOENT", "ENOTDIR"].includes(String(error.code));
    return isMissing ? undefined : "damaged";
  }
  const parsed = parseRecord(text, SHAPE);
  return parsed.kind === "record" ? parsed.value : "damaged";
}

function save(folder: string, record: object): void {
  writePrivateFile(join(folder, "record.json"), JSON.stringify({ ...record, version: SHAPE.version }, null, 2));
}
