// What parked jobs are to do, one file a job: it holds the prompt, so it is removed as soon as the job starts again or ends. A file is named by the
// project and id of its job, so that a bridge finds its own project's without reading any.
import { join } from "node:path";
import * as z from "zod";
import { CallerSchema } from "./caller-shape.ts";
import { toProjectDigest } from "./dated-names.ts";
import { createJsonFolder, type StoredRecord } from "./json-folder.ts";
import { keepUntil, removeQuietly } from "./private-files.ts";
import { JOB_ID } from "./read-jobs.ts";

const OrderSchema = z.object({
  /** Directory of the bridge that parked it. */
  project: z.string(),
  job: z.string().regex(JOB_ID),
  /** Not before this time, epoch ms. */
  until: z.number(),
  /** Name of the tool to be called. */
  tool: z.string(),
  /** Its arguments, as the tool has checked them. */
  args: z.record(z.string(), z.unknown()),
  /** Directories that the client of the call named. */
  roots: z.array(z.string()).readonly().optional(),
  /** The agent that made the call. */
  caller: CallerSchema.optional(),
});

/** An order as its file holds it. */
export type StoredOrder = z.infer<typeof OrderSchema>;

/** Order files below a state folder. */
export interface ParkedOrderFiles {
  /** Throws what the file system throws, and NewerRecordError. */
  write(order: StoredOrder): void;
  /** Throws what the file system throws where it cannot be read just now. */
  read(project: string, job: string): StoredRecord<StoredOrder>;
  /** Ids of the jobs of a project that have an order. The job's own record says whether it is parked. Never throws. */
  list(project: string): string[];
  /** Never throws. */
  remove(project: string, job: string): void;
  /** Removes orders that were due before `before` (epoch ms). */
  sweep(before: number, signal?: AbortSignal): Promise<void>;
}

/** An order holds the arguments of one request; this is its longest form (`runner/runner-lines.ts`). */
const ORDER_BYTES = 167_772_160;

/** Creates access; nothing is created on disk before the first write. */
export function createParkedOrderFiles(stateDir: string): ParkedOrderFiles {
  const folder = createJsonFolder<StoredOrder>(join(stateDir, "parked-orders"), {
    schema: OrderSchema,
    version: 1,
    maxBytes: ORDER_BYTES,
  });
  const toName = (project: string, job: string): string => `${toProjectDigest(project)}.${job}`;

  return {
    write: (order) => {
      const name = toName(order.project, order.job);
      folder.write(name, order);
      keepUntil(folder.toPath(name), order.until);
    },
    read: (project, job) => {
      const stored = folder.read(toName(project, job));
      const isOther = stored.kind === "record" && (stored.value.project !== project || stored.value.job !== job);
      return isOther ? { kind: "damaged" } : stored;
    },
    list: (project) => {
      const start = `${toProjectDigest(project)}.`;
      const ids = folder.list().flatMap((name) => (name.startsWith(start) ? name.slice(start.length) : []));
      return ids.filter((id) => JOB_ID.test(id));
    },
    remove: (project, job) => removeQuietly(folder.toPath(toName(project, job))),
    sweep: (before, signal) => folder.sweep(before, { signal }),
  };
}
