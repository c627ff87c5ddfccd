// The record of each background job, one small file a job. A file's name begins with the time and the project of its job, so that the newest
// jobs of a project are found by names alone: there may be thousands of records.
import { utimesSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { CallerSchema } from "./caller-shape.ts";
import { createNameList, findDatedName, isDatedName, toDatedName } from "./dated-names.ts";
import { createJsonFolder, type StoredRecord } from "./json-folder.ts";
import { HolderSchema } from "./lock-holder.ts";
import { keepUntil, sweepFolder } from "./private-files.ts";
import { QuestionSchema } from "./question-shapes.ts";
import { JOB_ID, noteRead, toReadJobsFolder } from "./read-jobs.ts";

const Time = z.number();
const JobSchema = z.object({
  id: z.string().regex(JOB_ID),
  tool: z.string(),
  title: z.string(),
  /** `parked`: it waits for the reset of a usage limit, and no bridge runs it. Others see it as waiting. */
  state: z.enum(["queued", "running", "waiting", "parked", "completed", "failed", "cancelled", "interrupted"]),
  project: z.string(),
  threadId: z.string().optional(),
  /** Threads of a job that has several, by the number of their prompt. */
  batchThreads: z.array(z.object({ number: z.number(), threadId: z.string() })).optional(),
  activity: z.string().optional(),
  position: z.number().optional(),
  question: z
    .object({
      key: z.string(),
      question: QuestionSchema,
      kind: z.enum(["input", "decision"]),
    })
    .optional(),
  /** While parked: not before this time. */
  parkedUntil: z.number().optional(),
  /** How often it has been parked. */
  parkings: z.number().optional(),
  /** Further input that the job has not taken yet. */
  steers: z.array(z.string()).optional(),
  createdAt: Time,
  startedAt: Time.optional(),
  updatedAt: Time,
  endedAt: Time.optional(),
  result: z
    .object({ isError: z.boolean(), text: z.string(), structured: z.record(z.string(), z.unknown()) })
    .optional(),
  /** The agent that asked for it. */
  caller: CallerSchema.optional(),
  /** Whether its owner is a runner, which outlives the sessions that it works for. */
  outlives: z.boolean().optional(),
  /** The bridge that runs it, or that parked it. */
  owner: HolderSchema,
});

/** A job as its file holds it. Times are epoch ms. */
export type StoredJob = z.infer<typeof JobSchema>;

/** Job files below a state folder. */
export interface JobFiles {
  /** Throws what the file system throws, and NewerRecordError. */
  write(job: StoredJob): void;
  /** Shows other bridges that the job's owner lives. Throws what the file system throws. */
  renew(job: StoredJob): void;
  /** Looks in one project, or in all where none is given. `path` is where the record is or would be. Throws what the file system throws where it cannot be read just now. */
  find(project: string | undefined, id: string): { readonly path: string; readonly stored: StoredRecord<StoredJob> };
  /** The newest readable records of a project, or of all, newest first. Throws what the file system throws where the folder cannot be read. */
  listNewest(project: string | undefined, most: number): { readonly path: string; readonly record: StoredJob }[];
  /** Notes that a client has the job's result. Never throws. */
  noteRead(id: string): void;
  /** Removes records that were last written before `before` (epoch ms). */
  sweep(before: number, signal?: AbortSignal): Promise<void>;
}

/** The structured result of a job is bounded by its tool; this is far above. */
const RECORD_BYTES = 16_777_216;

/** Creates access; nothing is created on disk before the first write. */
export function createJobFiles(stateDir: string): JobFiles {
  const folder = createJsonFolder<StoredJob>(join(stateDir, "jobs"), {
    schema: JobSchema,
    // 2 has the state `parked`: a bridge that does not know it leaves such a job alone.
    version: 2,
    maxBytes: RECORD_BYTES,
  });

  const listNames = createNameList(join(stateDir, "jobs"), folder.listOrThrow);

  // A record that names another job or project was not written under this name.
  function read(name: string): StoredRecord<StoredJob> {
    const stored = folder.read(name);
    return stored.kind === "record" && toDatedName(stored.value) !== name ? { kind: "damaged" } : stored;
  }

  function readQuietly(name: string): StoredJob | undefined {
    try {
      const stored = read(name);
      return stored.kind === "record" ? stored.value : undefined;
    } catch {
      return undefined;
    }
  }

  return {
    write: (job) => {
      folder.write(toDatedName(job), job);
      if (job.parkedUntil !== undefined) keepUntil(folder.toPath(toDatedName(job)), job.parkedUntil);
    },
    renew: (job) => {
      const now = new Date();
      utimesSync(folder.toPath(toDatedName(job)), now, now);
    },
    find: (project, id) => {
      const name = JOB_ID.test(id) ? findDatedName(listNames(), project, id) : undefined;
      const path = folder.toPath(name ?? id);
      return { path, stored: name === undefined ? { kind: "absent" } : read(name) };
    },
    listNewest: (project, most) => {
      const found: { path: string; record: StoredJob }[] = [];
      for (const name of listNames()) {
        if (found.length >= most) break;
        const record = isDatedName(name, project) ? readQuietly(name) : undefined;
        if (record !== undefined) found.push({ path: folder.toPath(name), record });
      }
      return found;
    },
    noteRead: (id) => noteRead(stateDir, id),
    sweep: async (before, signal) => {
      await folder.sweep(before, { signal });
      await sweepFolder(toReadJobsFolder(stateDir), before, { signal });
    },
  };
}
