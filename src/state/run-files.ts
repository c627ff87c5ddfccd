// Runs on record: one file a run. Synchronous, since a record has to be on disk before its program is started.
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { listFolder, removeQuietly, writePrivateFile } from "./private-files.ts";

const Place = z.object({ pid: z.number(), start: z.number() });
const RunSchema = z.object({
  id: z.string(),
  mark: z.string(),
  laterMark: z.string().optional(),
  root: Place.optional(),
  startedAt: z.number(),
  seen: z.array(Place).optional(),
  bootId: z.string(),
  owner: Place,
});

/** A run as its file holds it. */
export type StoredRun = z.infer<typeof RunSchema>;

/** Run files below a state folder; damaged ones are removed when they are met, and their names given to `onDamaged`. */
export function createRunFiles(
  stateDir: string,
  onDamaged: (name: string) => void = () => {},
): {
  write(record: StoredRun): void;
  remove(id: string): void;
  list(): StoredRun[];
} {
  const folder = join(stateDir, "runs");

  function read(name: string): StoredRun[] {
    const path = join(folder, name);
    const text = readText(path);
    if (text === undefined) return [];
    const run = parseRun(text);
    // A record is removed by its id: one that names another file would remove that.
    if (run !== undefined && name === `${run.id}.json`) return [run];
    onDamaged(name);
    removeQuietly(path);
    return [];
  }

  return {
    write: (record) => writePrivateFile(join(folder, `${record.id}.json`), JSON.stringify(record)),
    remove: (id) => rmSync(join(folder, `${id}.json`), { force: true }),
    list: () =>
      listFolder(folder)
        .filter((name) => name.endsWith(".json"))
        .flatMap(read),
  };
}

// What cannot be read is gone, or says nothing about its content (too many open files): it is left as it is.
function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function parseRun(text: string): StoredRun | undefined {
  try {
    return RunSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
