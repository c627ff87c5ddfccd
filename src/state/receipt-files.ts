// Receipts of turns, one small file each: what a turn did, as the bridge saw it.
import { join } from "node:path";
import * as z from "zod";
import { createDatedRecords, type DatedRecords } from "./dated-records.ts";

/** Form of an id. */
const RECEIPT_ID = /^rc-[\w-]{8}$/;

const FileStateSchema = z.object({
  mode: z.string(),
  oid: z.string(),
  /** Three octal digits, such as `644`. */
  permissions: z.string().optional(),
});
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
  /** Of a file that is not stored: its size and a hash of its beginning and end. */
  sample: z.object({ size: z.number(), hash: z.string(), mtimeMs: z.number() }).optional(),
  added: z.number().optional(),
  deleted: z.number().optional(),
});

const ReceiptCheckSchema = z.object({
  command: z.string(),
  /** When it began, epoch ms. */
  at: z.number(),
  durationMs: z.number(),
  /** Absent if its time was up. */
  exitCode: z.number().optional(),
  timedOut: z.boolean().optional(),
  /** The end of what it printed, without secrets. */
  output: z.string(),
  /** Whether the beginning of the output is missing. */
  isCut: z.boolean().optional(),
  /** Absolute paths of files that it changed, the first ones, and how many more there are. */
  changed: z.array(z.string()).optional(),
  moreChanged: z.number().optional(),
  /** Whether they were put back. */
  isPutBack: z.boolean().optional(),
  /** Why it is not known what it changed. */
  changesUnknown: z.string().optional(),
});

const RunsSchema = z.object({ runsMs: z.array(z.number()), medianMs: z.number() });
const ReceiptMeasureSchema = z.object({
  command: z.string(),
  /** When it began, epoch ms. */
  at: z.number(),
  verdict: z.enum(["faster", "slower", "within the noise", "failed"]),
  /** The files that the proposal began with, and those that it holds. */
  old: RunsSchema.optional(),
  new: RunsSchema.optional(),
  /** Median of the old state by that of the new one. */
  speedup: z.number().optional(),
  /** The state on which the command failed. */
  failure: z
    .object({
      state: z.enum(["old", "new"]),
      exitCode: z.number().optional(),
      timedOut: z.boolean().optional(),
      output: z.string(),
    })
    .optional(),
});

const ReceiptSchema = z.object({
  id: z.string().regex(RECEIPT_ID),
  /** Directory of the bridge. */
  project: z.string(),
  /** Names the bridge, among all sessions, for which the turn ran. */
  session: z.string().optional(),
  /** When the turn began, epoch ms. */
  createdAt: z.number(),
  durationMs: z.number(),
  outcome: z.enum(["completed", "failed", "interrupted"]),
  /** Code of the error of a failed turn. */
  error: z.string().optional(),
  agent: z.string(),
  backend: z.string(),
  threadId: z.string().optional(),
  /** The agent's id of the turn. */
  turnId: z.string().optional(),
  /** The receipt that this one took back. */
  undoes: z.string().optional(),
  /** The proposal that was landed. */
  lands: z.string().optional(),
  cwd: z.string(),
  /** The policy of the turn. */
  sandbox: z.looseObject({ mode: z.string() }),
  approvalPolicy: z.string().optional(),
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
  /** The commit of its files, where one was asked for and made. */
  commit: z.object({ id: z.string(), message: z.string(), files: z.number() }).optional(),
  /** Commands that were run afterwards on what the turn left, oldest first. */
  checks: z.array(ReceiptCheckSchema).optional(),
  /** Commands that were timed on its old and its new state, oldest first. */
  measures: z.array(ReceiptMeasureSchema).optional(),
});

/** A receipt as its file holds it. */
export type Receipt = z.infer<typeof ReceiptSchema>;
/** A check of a receipt. */
export type ReceiptCheck = z.infer<typeof ReceiptCheckSchema>;
/** A file of a receipt. */
export type ReceiptFile = z.infer<typeof ReceiptFileSchema>;

/** Receipt files below a state folder. */
export type ReceiptFiles = DatedRecords<Receipt>;

/** A turn can change tens of thousands of files. */
const RECEIPT_BYTES = 67_108_864;

/** Creates access; nothing is created on disk before the first write. */
export function createReceiptFiles(stateDir: string): ReceiptFiles {
  const shape = { schema: ReceiptSchema, version: 1, maxBytes: RECEIPT_BYTES, form: RECEIPT_ID };
  return createDatedRecords<Receipt>(join(stateDir, "receipts"), shape);
}
