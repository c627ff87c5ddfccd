// Runs on record: one file a run. Synchronous, since a record has to be on disk before its program is started.
import { rmSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { readSmallText, UnreadableFileError } from "../files/small-file.ts";
import { listFolder, removeQuietly, sweepFolder, writePrivateFile } from "./private-files.ts";

/** Pid 1 is never ours, and everything that a record names is ended without a further question. */
const Place = z.object({ pid: z.int().min(2), start: z.number().min(0) });
/** Ids and marks have our own form: any other mark could be one that the user's processes carry. */
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
    bootId: z.string(),
    owner: z.object({ pid: z.int().min(1), start: z.number(), namespace: z.string().optional() }),
  })
  .refine(({ id, mark }) => mark === `BRIDGE_RUN=${id}`)
  // A run's own program starts after its record is written: an older process is somebody else's. 0: it could not be read.
  .refine(({ root, startedAt }) => root === undefined || root.start === 0 || root.start >= startedAt - 1);

/** A run as its file holds it. */
export type StoredRun = z.infer<typeof RunSchema>;

/** Run files below a state folder; damaged ones are removed when they are met, and their names given to `onDamaged`. */
export function createRunFiles(
  stateDir: string,
  onDamaged: (name: string) => void = () => {},
): {
  write(record: StoredRun): void;
  remove(id: string): void;
  names(): string[];
  read(name: string): StoredRun | undefined;
  /** Removes records that were last written before `before` (epoch ms): of bridges that nobody here can look up. */
  sweep(before: number, signal: AbortSignal): Promise<void>;
} {
  const folder = join(stateDir, "runs");

  function read(name: string): StoredRun | undefined {
    const path = join(folder, name);
    const text = readText(path);
    if (text === undefined) return undefined;
    const run = parseRun(text);
    // A record is removed by its id: one that names another file would remove that.
    if (run !== undefined && name === `${run.id}.json`) return run;
    onDamaged(name);
    removeQuietly(path);
    return undefined;
  }

  return {
    write: (record) => writePrivateFile(join(folder, `${record.id}.json`), JSON.stringify(record)),
    remove: (id) => rmSync(join(folder, `${id}.json`), { force: true }),
    names: () => listFolder(folder).filter((name) => name.endsWith(".json")),
    read,
    sweep: (before, signal) => sweepFolder(folder, before, { signal }),
  };
}

// What cannot be read is gone, or says nothing about its content (too many open files): it is left as it is. What is no file is damaged.
function readText(path: string): string | undefined {
  try {
    return readSmallText(path);
  } catch (error) {
    return error instanceof UnreadableFileError ? "" : undefined;
  }
}

function parseRun(text: string): StoredRun | undefined {
  try {
    return RunSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
