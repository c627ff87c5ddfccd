// Receipts of turns, one small file each: what a turn did, as the bridge saw it.
import { join } from "node:path";
import * as z from "zod";
import { createNameList, findDatedName, isDatedName, toDatedName } from "./dated-names.ts";
import { createJsonFolder, type StoredRecord } from "./json-folder.ts";

/** Form of a receipt's id. */
export const RECEIPT_ID = /^rc-[\w-]{8}$/;

const FileStateSchema = z.object({ mode: z.string(), oid: z.string() });
const ReceiptFileSchema = z.object({
  /** Relative to `top`. */
  path: z.string(),
  /** The path's bytes as base64, where they are no UTF-8. */
  bytes: z.string().optional(),
  kind: z.enum(["add", "update", "delete", "rename"]),
  from: z.string().optional(),
  fromBytes: z.string().optional(),
  before: FileStateSchema.optional(),
  after: FileStateSchema.optional(),
  added: z.number().optional(),
  deleted: z.number().optional(),
});

const ReceiptSchema = z.object({
  id: z.string().regex(RECEIPT_ID),
  /** Directory of the bridge. */
  project: z.string(),
  /** When the turn began, epoch ms. */
  createdAt: z.number(),
  durationMs: z.number(),
  outcome: z.enum(["completed", "failed", "interrupted"]),
  /** Code of the error of a failed turn. */
  error: z.string().optional(),
  agent: z.string(),
  backend: z.string(),
  threadId: z.string().optional(),
  /** The receipt that this one took back. */
  undoes: z.string().optional(),
  cwd: z.string(),
  /** The policy of the turn. */
  sandbox: z.looseObject({ mode: z.string() }),
  model: z.string().optional(),
  reasoningEffort: z.string().optional(),
  usage: z.record(z.string(), z.number()).optional(),
  commands: z.array(
    z.object({
      command: z.string(),
      exitCode: z.number().optional(),
      durationMs: z.number().optional(),
      wasRefused: z.boolean().optional(),
    }),
  ),
  /** Folder that the paths of `files` are relative to. */
  top: z.string().optional(),
  /** Folder that holds the contents of `files`; absent where none are kept. */
  store: z.string().optional(),
  files: z.array(ReceiptFileSchema),
  /** Folders below `top` that were not looked into. */
  notCovered: z.array(z.string()),
  /** Why `files` is not known. */
  unknown: z.string().optional(),
  warnings: z.array(z.string()),
});

/** A receipt as its file holds it. */
export type Receipt = z.infer<typeof ReceiptSchema>;
/** A file of a receipt. */
export type ReceiptFile = z.infer<typeof ReceiptFileSchema>;

/** Receipt files below a state folder. */
export interface ReceiptFiles {
  /** Throws what the file system throws. */
  write(receipt: Receipt): void;
  /** The path of a receipt's file. */
  toPath(receipt: Receipt): string;
  /** Looks in one project, or in all where none is given. Throws what the file system throws where it cannot be read just now. */
  find(project: string | undefined, id: string): StoredRecord<Receipt>;
  /** The newest readable ones of a project, or of all, newest first. Throws what the file system throws where the folder cannot be read. */
  listNewest(project: string | undefined, most: number): Receipt[];
  /** Removes those written before `before` (epoch ms). */
  sweep(before: number, signal?: AbortSignal): Promise<void>;
}

/** A turn can change tens of thousands of files. */
const RECEIPT_BYTES = 67_108_864;

/** Creates access; nothing is created on disk before the first write. */
export function createReceiptFiles(stateDir: string): ReceiptFiles {
  const path = join(stateDir, "receipts");
  const folder = createJsonFolder<Receipt>(path, { schema: ReceiptSchema, version: 1, maxBytes: RECEIPT_BYTES });
  const listNames = createNameList(path, folder.listOrThrow);

  // One that names another project or id was not written under this name.
  function read(name: string): StoredRecord<Receipt> {
    const stored = folder.read(name);
    return stored.kind === "record" && toDatedName(stored.value) !== name ? { kind: "damaged" } : stored;
  }

  function readQuietly(name: string): Receipt[] {
    try {
      const stored = read(name);
      return stored.kind === "record" ? [stored.value] : [];
    } catch {
      return [];
    }
  }

  return {
    write: (receipt) => folder.write(toDatedName(receipt), receipt),
    toPath: (receipt) => folder.toPath(toDatedName(receipt)),
    find: (project, id) => {
      const name = RECEIPT_ID.test(id) ? findDatedName(listNames(), project, id) : undefined;
      return name === undefined ? { kind: "absent" } : read(name);
    },
    listNewest: (project, most) => {
      const found: Receipt[] = [];
      for (const name of listNames()) {
        if (found.length >= most) break;
        if (isDatedName(name, project)) found.push(...readQuietly(name));
      }
      return found;
    },
    sweep: (before, signal) => folder.sweep(before, { signal }),
  };
}
