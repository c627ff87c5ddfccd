// Records of runs, one file each. Synchronous, since a record must be on disk before its program starts.
import { join } from "node:path";
import * as z from "zod";
import { createJsonFolder, type StoredRecord } from "./json-folder.ts";
import { removeQuietly } from "./private-files.ts";

/** Every process that a record names is killed without further checks, and pid 1 is never ours. */
const Place = z.object({ pid: z.int().min(2), start: z.number().min(0) });
/** Ids and marks must have our own form: any other mark could be one that the user's processes carry. */
const RunSchema = z
  .object({
    id: z.string().regex(/^[\w-]{1,64}$/),
    mark: z.string(),
    laterMark: z
      .string()
      .regex(/^CODEX_THREAD_ID=[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i)
      .optional(),
    root: Place.optional(),
    startedAt: z.number().min(0),
    seen: z.array(Place).optional(),
    areas: z.array(z.string()).optional(),
    // What is empty of these is removed.
    absent: z.array(z.string().regex(/^\/(?:.*\/)?\.(?:git|codex|agents|aws)$/s)).optional(),
    bootId: z.string().regex(/^[\w-]{1,64}$/),
    owner: z.object({
      pid: z.int().min(1),
      start: z.number(),
      namespace: z
        .string()
        .regex(/^pid:\[\d+\]$/)
        .optional(),
    }),
  })
  .refine(({ id, mark }) => mark === `BRIDGE_RUN=${id}`)
  // A run's program starts after its record is written, so an older process is somebody else's. 0 means that it could not be read.
  .refine(({ root, startedAt }) => root === undefined || root.start === 0 || root.start >= startedAt - 1);

/** A run as its file holds it. */
export type StoredRun = z.infer<typeof RunSchema>;

/** Run files below a state folder. A damaged one is removed when it is met, and its name given to `onDamaged`. */
export function createRunFiles(
  stateDir: string,
  onDamaged: (name: string) => void = () => {},
): {
  write(record: StoredRun): void;
  remove(id: string): void;
  names(): string[];
  /** undefined for a record that is damaged, gone, of a shape that only a newer bridge knows, or not readable just now. */
  read(name: string): StoredRun | undefined;
  /** Removes records that were last written before `before` (epoch ms): of bridges that cannot be looked up from here. */
  sweep(before: number, signal: AbortSignal): Promise<void>;
} {
  const folder = createJsonFolder<StoredRun>(join(stateDir, "runs"), { schema: RunSchema, version: 1 });

  function read(name: string): StoredRun | undefined {
    const stored = readQuietly(name);
    // A record is removed by its id: one that names another file would remove that file.
    if (stored?.kind === "record" && stored.value.id === name) return stored.value;
    if (stored?.kind !== "record" && stored?.kind !== "damaged") return undefined;
    onDamaged(`${name}.json`);
    removeQuietly(folder.toPath(name));
    return undefined;
  }

  // A file that cannot be read just now (too many open files) says nothing about its content.
  function readQuietly(name: string): StoredRecord<StoredRun> | undefined {
    try {
      return folder.read(name);
    } catch {
      return undefined;
    }
  }

  return {
    write: (record) => folder.write(record.id, record),
    remove: folder.remove,
    names: folder.list,
    read,
    sweep: (before, signal) => folder.sweep(before, { signal }),
  };
}
