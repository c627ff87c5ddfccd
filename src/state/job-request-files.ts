// Requests of one bridge for a job that another one runs. They are files, because a sandboxed command can reach every socket but cannot write
// to the state folder. The answer is a file too. Whoever removes a request has it: the owner takes it or the sender withdraws it, never both.
import { unlinkSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { createJsonFolder, type JsonFolder } from "./json-folder.ts";
import { removeQuietly } from "./private-files.ts";
import { AnswerSchema } from "./question-shapes.ts";
import { JOB_ID } from "./read-jobs.ts";

/** Form of a request's name: the job's id, then a part that is new each time. */
const REQUEST_NAME = /^(cx-[\w-]{8})\.[\w-]{8}$/;
/** Longest further input, in UTF-16 units: as long as a prompt may be. */
const MOST_TEXT = 2_097_152;

const RequestSchema = z.object({
  /** Directory of the sender: it must be the job's. */
  project: z.string(),
  job: z.string().regex(JOB_ID),
  ask: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("cancel") }),
    z.object({ kind: z.literal("steer"), text: z.string().min(1).max(MOST_TEXT) }),
    z.object({
      kind: z.literal("answer"),
      key: z.string().max(64),
      answer: AnswerSchema,
      /** Whether a person gave it, in a form of the sender's client. A runner believes that, since it has no client of its own. */
      by: z.enum(["person", "model"]).optional(),
    }),
  ]),
});
const ReplySchema = z.object({
  reply: z.enum(["cancelled", "requested", "delivered", "queued", "ended", "taken", "late", "forbidden", "refused"]),
  /** Why it was refused. */
  message: z.string().optional(),
});

/** A request to a job's owner. */
export type StoredRequest = z.infer<typeof RequestSchema>;
/** The owner's answer. */
export type StoredReply = z.infer<typeof ReplySchema>;

/** The requests and their answers. A name is that of one request. */
export interface JobRequestFiles {
  /** Throws what the file system throws. */
  send(name: string, request: StoredRequest): void;
  /** Takes the requests for the jobs that `isMine` accepts. A damaged one is removed. Never throws. */
  take(isMine: (jobId: string) => boolean): { readonly name: string; readonly request: StoredRequest }[];
  /** Never throws. */
  reply(name: string, reply: StoredReply): void;
  /** Reads and removes the answer; undefined while there is none. Never throws. */
  takeReply(name: string): StoredReply | undefined;
  /** Takes a request back. Gives false where the owner was quicker. Never throws. */
  withdraw(name: string): boolean;
  /** Removes what was written before `before` (epoch ms). */
  sweep(before: number, signal?: AbortSignal): Promise<void>;
}

/** Creates access; nothing is created on disk before the first request. */
export function createJobRequestFiles(stateDir: string): JobRequestFiles {
  const requests = createJsonFolder<StoredRequest>(join(stateDir, "job-requests"), {
    schema: RequestSchema,
    version: 1,
    maxBytes: 16_777_216,
  });
  const replies = createJsonFolder<StoredReply>(join(stateDir, "job-replies"), { schema: ReplySchema, version: 1 });

  function takeOne(name: string): StoredRequest | undefined {
    const stored = readQuietly(requests, name);
    if (stored?.kind === "damaged") removeQuietly(requests.toPath(name));
    if (stored?.kind !== "record" || !name.startsWith(`${stored.value.job}.`)) return undefined;
    return remove(requests.toPath(name)) ? stored.value : undefined;
  }

  return {
    send: requests.write,
    take: (isMine) =>
      requests.list().flatMap((name) => {
        const jobId = REQUEST_NAME.exec(name)?.[1];
        const request = jobId !== undefined && isMine(jobId) ? takeOne(name) : undefined;
        return request === undefined ? [] : [{ name, request }];
      }),
    reply: (name, reply) => {
      try {
        replies.write(name, reply);
      } catch {
        // The sender sees in the job's record what became of its request.
      }
    },
    takeReply: (name) => {
      const stored = readQuietly(replies, name);
      if (stored?.kind !== "record") return undefined;
      removeQuietly(replies.toPath(name));
      return stored.value;
    },
    withdraw: (name) => remove(requests.toPath(name)),
    sweep: async (before, signal) => {
      await requests.sweep(before, { signal });
      await replies.sweep(before, { signal });
    },
  };
}

function readQuietly<Value>(
  folder: Pick<JsonFolder<Value>, "read">,
  name: string,
): ReturnType<JsonFolder<Value>["read"]> | undefined {
  try {
    return folder.read(name);
  } catch {
    return undefined;
  }
}

// Returns whether this process removed the file. A request that cannot be removed is not acted on; otherwise it would be done again and again.
function remove(path: string): boolean {
  try {
    unlinkSync(path);
    return true;
  } catch {
    return false;
  }
}
