// The text of a lock: who holds it, as the bridges with one state folder tell each other.
import * as z from "zod";
import { BELL_NAME } from "./bridge-bell.ts";
import { parseRecord, type RecordShape } from "./json-folder.ts";

const MOST_MS = 8.64e15;

/** Who holds a lock or runs a job. Ids have our own form: whatever else stands there was not written by a bridge. */
export const HolderSchema = z.object({
  pid: z.int().min(1),
  start: z.number().min(0),
  bootId: z.string().regex(/^[\w-]{1,64}$/),
  namespace: z
    .string()
    .regex(/^pid:\[\d+\]$/)
    .optional(),
  /** Name of the holder's bell; undefined for bridges without one. */
  bell: z.string().regex(BELL_NAME).optional(),
  /** Directory of the holder: what a person knows it by. */
  cwd: z.string(),
  /** Epoch ms, within the range of a Date. */
  since: z.number().int().min(0).max(MOST_MS),
});

/** Who holds a lock. */
export type LockHolder = z.infer<typeof HolderSchema>;

const SHAPE: RecordShape<LockHolder> = { schema: HolderSchema, version: 1 };

/** The text of a lock. */
export function toLockText(holder: LockHolder): string {
  return JSON.stringify({ ...holder, version: SHAPE.version });
}

/**
 * Reads the text of a lock; undefined where it is damaged. A lock appears with its whole text, so a damaged one is not one in the making.
 * `isOurShape` is false for a lock of a newer bridge that this one cannot read: then it is not known which process holds it.
 */
export function parseHolder(text: string): { readonly holder: LockHolder; readonly isOurShape: boolean } | undefined {
  const parsed = parseRecord(text, SHAPE);
  if (parsed.kind === "record") return { holder: parsed.value, isOurShape: true };
  if (parsed.kind === "damaged") return undefined;
  const { pid, cwd, since } = parsed.raw;
  const holder = {
    pid: typeof pid === "number" ? pid : 0,
    start: 0,
    bootId: "",
    cwd: typeof cwd === "string" ? cwd : "an unknown directory",
    since: typeof since === "number" && since >= 0 && since <= MOST_MS ? since : 0,
  };
  return { holder, isOurShape: false };
}
