// What a migration has changed, with the files as they were, so that it can be undone. In the state folder: the files hold secrets.
import { createHash } from "node:crypto";
import { join } from "node:path";
import * as z from "zod";
import { readSmallFile, readSmallText } from "../../files/small-file.ts";
import { listFolder, toFileErrorCode, writePrivateFile } from "../../state/private-files.ts";
import { type Edit, isSameServer } from "./edit.ts";

/** A copy is as large as a file that migrate changes may be; a record holds what was replaced in it. */
const BACKUP_BYTES = 67_108_864;

const PathSchema = z.array(z.union([z.string(), z.number()]));
const ChangeSchema = z.object({ path: PathSchema, before: z.json().optional(), after: z.json().optional() });
const EditSchema = z.object({
  kind: z.enum(["server", "rule"]),
  prefix: z.string(),
  reach: z.string(),
  isClosing: z.boolean(),
  changes: z.array(ChangeSchema),
});
const RecordSchema = z.object({
  files: z.array(
    z.object({
      /** Path behind links. */
      path: z.string(),
      /** Name of the copy beside the record. */
      backup: z.string(),
      /** SHA-256 of the copy. */
      original: z.string(),
      /** SHA-256 of what was written. */
      written: z.string(),
      edits: z.array(EditSchema),
    }),
  ),
  undoneAt: z.number().optional(),
});

/** A file that was changed. */
export interface ChangedFile {
  readonly path: string;
  readonly before: Buffer;
  readonly after: Buffer;
  readonly edits: readonly Edit[];
}

/** A file on record; hashes are SHA-256 in hex. */
export interface RecordedFile {
  readonly path: string;
  readonly backup: string;
  readonly original: string;
  readonly written: string;
  readonly edits: readonly Edit[];
}

interface StoredRecord {
  readonly files: readonly RecordedFile[];
  readonly undoneAt?: number | undefined;
}

/** A migration on record; `files` is undefined where the record cannot be read. */
export interface MigrationRecord {
  readonly folder: string;
  readonly files: readonly RecordedFile[] | undefined;
}

/** A file of a migration, which more than one record may have. */
export interface MigratedFile {
  readonly path: string;
  readonly edits: readonly Edit[];
  /** Where the file as it was lies. */
  readonly copy: string;
  /** The file as it was, for one whose hash says that it is as it was written; undefined where the copy is gone or damaged. */
  readonly readOriginal: (hashNow: string) => string | undefined;
}

/** A migration that can be taken back; `files` is undefined where a record cannot be read. */
export interface Migration {
  readonly folders: readonly string[];
  readonly files: readonly MigratedFile[] | undefined;
}

/** Puts files on record before they are changed; gives the folder. Throws what the file system throws. */
export function writeRecord(stateDir: string, id: string, files: readonly ChangedFile[]): string {
  const folder = join(stateDir, "migrations", id);
  const entries = files.map(({ path, before, after, edits }, at) => {
    const backup = `${at}.backup`;
    writePrivateFile(join(folder, backup), before);
    return { path, backup, original: hash(before), written: hash(after), edits };
  });
  saveRecord(folder, { files: entries });
  return folder;
}

/** The migrations that are not undone, the newest first. */
export function listRecords(stateDir: string): MigrationRecord[] {
  const root = join(stateDir, "migrations");
  const ids = listFolder(root).sort().reverse();
  return ids.flatMap((id) => toOpenRecord(join(root, id)) ?? []);
}

/** The migrations, the newest first. Records of which one has a server and another its rules are one: neither goes back alone. */
export function listMigrations(stateDir: string): Migration[] {
  const records = listRecords(stateDir);
  return records.map((record) =>
    toMigration(records.filter((other) => other === record || isConnected(record, other))),
  );
}

function isConnected(a: MigrationRecord, b: MigrationRecord): boolean {
  const [edits, others] = [a, b].map(({ files = [] }) => files.flatMap((file) => file.edits));
  return edits?.some((edit) => others?.some((other) => edit.kind !== other.kind && isSameServer(edit, other))) === true;
}

function toMigration(records: readonly MigrationRecord[]): Migration {
  const folders = records.map(({ folder }) => folder);
  const damaged = records.find(({ files }) => files === undefined);
  if (damaged !== undefined) return { folders: [damaged.folder], files: undefined };
  const all = records.toReversed().flatMap((record) => (record.files ?? []).map((file) => ({ record, file })));
  const paths = [...new Set(all.map(({ file }) => file.path))];
  return { folders, files: paths.map((path) => toMigratedFile(all.filter(({ file }) => file.path === path))) };
}

// The oldest record has the file as it was, the newest one as it was written.
function toMigratedFile(all: readonly { record: MigrationRecord; file: RecordedFile }[]): MigratedFile {
  const [first, last] = [all[0], all.at(-1)];
  if (first === undefined || last === undefined) throw new Error("a migrated file without a record");
  const copy = join(first.record.folder, first.file.backup);
  return {
    path: first.file.path,
    edits: all.flatMap(({ file }) => file.edits),
    copy,
    // What came between two records is nobody's to take away.
    readOriginal: (hashNow) =>
      all.length === 1 && hashNow === last.file.written ? readCopy(copy, first.file.original) : undefined,
  };
}

function readCopy(path: string, original: string): string | undefined {
  try {
    const bytes = readSmallFile(path, BACKUP_BYTES);
    return hash(bytes) === original ? bytes.toString("utf8").replace(/^\ufeff/, "") : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps only these files of a record: the others were not changed after all, or are settled. */
export function keepInRecord(folder: string, paths: readonly string[], undoneAt?: number): void {
  const record = readRecord(folder);
  if (record === undefined || record === "damaged") return;
  saveRecord(folder, { files: record.files.filter(({ path }) => paths.includes(path)), undoneAt });
}

/** SHA-256 in hex. */
export function hash(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function toOpenRecord(folder: string): MigrationRecord | undefined {
  const record = readRecord(folder);
  if (record === "damaged") return { folder, files: undefined };
  const isOpen = record !== undefined && record.undoneAt === undefined && record.files.length > 0;
  return isOpen ? { folder, files: record.files } : undefined;
}

// A folder without a record is of a migration that ended before it changed anything.
function readRecord(folder: string): StoredRecord | "damaged" | undefined {
  try {
    return RecordSchema.parse(JSON.parse(readSmallText(join(folder, "record.json"), BACKUP_BYTES)));
  } catch (error) {
    return ["ENOENT", "ENOTDIR"].includes(String(toFileErrorCode(error))) ? undefined : "damaged";
  }
}

function saveRecord(folder: string, record: StoredRecord): void {
  writePrivateFile(join(folder, "record.json"), JSON.stringify(record, null, 2));
}
