// Runs on record: one file a run. Synchronous, since a record has to be on disk before its program is started.
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { listFolder, writePrivateFile } from "./private-files.ts";

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

/** Run files below a state folder; damaged ones are removed when they are met. */
export function createRunFiles(stateDir: string): {
  write(record: StoredRun): void;
  remove(id: string): void;
  list(): StoredRun[];
} {
  const folder = join(stateDir, "runs");
  return {
    write: (record) => writePrivateFile(join(folder, `${record.id}.json`), JSON.stringify(record)),
    remove: (id) => rmSync(join(folder, `${id}.json`), { force: true }),
    list: () =>
      listFolder(folder)
        .filter((name) => name.endsWith(".json"))
        .flatMap((name) => readRun(join(folder, name))),
  };
}

function readRun(path: string): StoredRun[] {
  try {
    return [RunSchema.parse(JSON.parse(readFileSync(path, "utf8")))];
  } catch {
    rmSync(path, { force: true });
    return [];
  }
}
