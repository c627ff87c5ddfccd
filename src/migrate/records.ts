// What a migration has changed, with the files as they were, so that it can be undone. In the state folder: the files hold secrets.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { listFolder, writePrivateFile } from "../state/private-files.ts";
import type { JsonChange } from "./json-edit.ts";

const PathSchema = z.array(z.union([z.string(), z.number()]));
const RecordSchema = z.object({
  files: z.array(
    z.object({
      /** Path behind links. */
      path: z.string(),
      /** Name of the copy beside the record. */
      backup: z.string(),
      /** SHA-256 of what was written. */
      written: z.string(),
      changes: z.array(z.object({ path: PathSchema, before: z.json().optional(), after: z.json().optional() })),
    }),
  ),
  undoneAt: z.number().optional(),
});

/** A file that was changed. */
export interface ChangedFile {
  readonly path: string;
  readonly before: Buffer;
  readonly after: Buffer;
  readonly changes: readonly JsonChange[];
}

interface StoredRecord {
  readonly files: readonly {
    readonly path: string;
    readonly backup: string;
    readonly written: string;
    readonly changes: readonly JsonChange[];
  }[];
  readonly undoneAt?: number | undefined;
}

/** A migration on record. */
export interface MigrationRecord extends StoredRecord {
  readonly folder: string;
}

/** Puts files on record before they are changed; gives the folder. Throws what the file system throws. */
export function writeRecord(stateDir: string, id: string, files: readonly ChangedFile[]): string {
  const folder = join(stateDir, "migrations", id);
  const entries = files.map(({ path, before, after, changes }, at) => {
    const backup = `${at}.backup`;
    writePrivateFile(join(folder, backup), before);
    return { path, backup, written: hash(after), changes };
  });
  saveRecord(folder, { files: entries });
  return folder;
}

/** The newest migration that is not undone; undefined where there is none. */
export function findLastRecord(stateDir: string): MigrationRecord | undefined {
  const root = join(stateDir, "migrations");
  const records = listFolder(root)
    .sort()
    .reverse()
    .flatMap((id) => readRecord(join(root, id)) ?? []);
  return records.find(({ undoneAt, files }) => undoneAt === undefined && files.length > 0);
}

/** Keeps only these files of a record: the others were not changed after all, or are as they were again. */
export function keepInRecord(folder: string, paths: readonly string[], undoneAt?: number): void {
  const record = readRecord(folder);
  if (record === undefined) return;
  saveRecord(folder, { files: record.files.filter(({ path }) => paths.includes(path)), undoneAt });
}

/** The copy of a file as it was. */
export function readBackup({ folder }: MigrationRecord, backup: string): Buffer {
  return readFileSync(join(folder, backup));
}

/** SHA-256 in hex. */
export function hash(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function readRecord(folder: string): MigrationRecord | undefined {
  try {
    return { ...RecordSchema.parse(JSON.parse(readFileSync(join(folder, "record.json"), "utf8"))), folder };
  } catch {
    return undefined;
  }
}

function saveRecord(folder: string, record: StoredRecord): void {
  writePrivateFile(join(folder, "record.json"), JSON.stringify(record, null, 2));
}
