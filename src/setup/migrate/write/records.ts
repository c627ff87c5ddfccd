// Keeps a record of each migration with copies of the original files, for undo. They are in the state folder, since they may hold secrets.
import { createHash } from "node:crypto";
import { join } from "node:path";
import * as z from "zod";
import { readSmallFile, readSmallText } from "../../../files/small-file.ts";
import { parseRecord } from "../../../state/json-folder.ts";
import { listFolder, toFileErrorCode, writePrivateFile } from "../../../state/private-files.ts";
import { toFileBytes, type WholeFile } from "../../files/whole-file.ts";
import type { Edit } from "../edit/edit.ts";

/** Size limit of copies and records: the largest file that `migrate` changes, see whole-file.ts. */
const BACKUP_BYTES = 67_108_864;

const PathSchema = z.array(z.union([z.string(), z.number()]));
const ChangeSchema = z.object({ path: PathSchema, before: z.json().optional(), after: z.json().optional() });
const EditSchema = z.object({
  kind: z.enum(["server", "rule"]),
  prefix: z.string(),
  reach: z.string(),
  isClosing: z.boolean(),
  beside: z.string().optional(),
  changes: z.array(ChangeSchema),
});
const FileSchema = z.object({
  /** Real path, with links resolved. */
  path: z.string(),
  /** Name of the copy beside the record. */
  backup: z.string(),
  /** SHA-256 of the copy, in hex. */
  original: z.string(),
  /** SHA-256 of the written file, in hex. */
  written: z.string(),
  edits: z.array(EditSchema),
});
const RecordSchema = z.object({ files: z.array(FileSchema), undoneAt: z.number().optional() });
const SHAPE = { schema: RecordSchema, version: 1 };

/** A file that is about to be changed. */
export interface ChangedFile {
  readonly file: WholeFile;
  readonly text: string;
  readonly edits: readonly Edit[];
}

/** A file of a migration. */
export interface MigratedFile {
  /** Real path, with links resolved. */
  readonly path: string;
  readonly edits: readonly Edit[];
  /** Path of the copy of the original file. */
  readonly copy: string;
  /** Returns the original text if the file is still as the migration wrote it; undefined if not, or if the copy is missing or damaged. */
  readonly readOriginal: (now: Buffer) => string | undefined;
}

/** A migration on record; `files` is undefined if the record cannot be read. */
export interface Migration {
  readonly folder: string;
  readonly files: readonly MigratedFile[] | undefined;
}

/** Records files before they are changed; returns the folder of the record. Throws what the file system throws. */
export function writeRecord(stateDir: string, id: string, files: readonly ChangedFile[]): string {
  const folder = join(stateDir, "migrations", id);
  const entries = files.map(({ file, text, edits }, at) => {
    const backup = `${at}.backup`;
    writePrivateFile(join(folder, backup), file.bytes);
    return { path: file.realPath, backup, original: hash(file.bytes), written: hash(toFileBytes(file, text)), edits };
  });
  saveRecord(folder, { files: entries });
  return folder;
}

/** Lists the migrations that are not undone, newest first. */
export function listMigrations(stateDir: string): Migration[] {
  const root = join(stateDir, "migrations");
  const ids = listFolder(root).sort().reverse();
  return ids.flatMap((id) => toMigration(join(root, id)) ?? []);
}

/** Keeps only these files in a record: the others are unchanged or restored. `undoneAt` (epoch ms) marks the migration as undone. */
export function keepInRecord(folder: string, paths: readonly string[], undoneAt?: number): void {
  const record = readRecord(folder);
  if (record === undefined || record === "damaged") return;
  saveRecord(folder, { files: record.files.filter(({ path }) => paths.includes(path)), undoneAt });
}

function toMigration(folder: string): Migration | undefined {
  const record = readRecord(folder);
  if (record === "damaged") return { folder, files: undefined };
  if (record === undefined || record.undoneAt !== undefined || record.files.length === 0) return undefined;
  const files = record.files.map(({ path, backup, original, written, edits }) => {
    const copy = join(folder, backup);
    return {
      path,
      edits,
      copy,
      readOriginal: (now: Buffer) => (hash(now) === written ? readCopy(copy, original) : undefined),
    };
  });
  return { folder, files };
}

function readCopy(path: string, original: string): string | undefined {
  try {
    const bytes = readSmallFile(path, BACKUP_BYTES);
    return hash(bytes) === original ? bytes.toString("utf8").replace(/^\ufeff/, "") : undefined;
  } catch {
    return undefined;
  }
}

function hash(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

// A folder without a record belongs to a migration that ended before it changed anything.
function readRecord(folder: string): z.infer<typeof RecordSchema> | "damaged" | undefined {
  try {
    const parsed = parseRecord(readSmallText(join(folder, "record.json"), BACKUP_BYTES), SHAPE);
    return parsed.kind === "record" ? parsed.value : "damaged";
  } catch (error) {
    return ["ENOENT", "ENOTDIR"].includes(String(toFileErrorCode(error))) ? undefined : "damaged";
  }
}

function saveRecord(
  folder: string,
  record: { readonly files: readonly object[]; readonly undoneAt?: number | undefined },
): void {
  writePrivateFile(join(folder, "record.json"), JSON.stringify({ ...record, version: SHAPE.version }, null, 2));
}
