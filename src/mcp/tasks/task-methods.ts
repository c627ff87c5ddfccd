// tasks/get, tasks/cancel and tasks/update on the jobs. Loaded with the first call, not with the server.
import type { Job, Jobs } from "../../delegation/jobs/job.ts";
import { BridgeError } from "../../domain/errors.ts";
import { isRecord } from "../../domain/guards.ts";
import type { Logger } from "../../domain/logger.ts";
import type { RpcAnswer } from "../eras/modern/open-requests.ts";
import { invalidParams } from "../eras/modern/rpc-error.ts";
import { toAnswer } from "../questions/form.ts";
import { type TaskView, toTaskRecord } from "./task-record.ts";

/** What the methods work on. */
export interface TaskMethodsOptions {
  /** Throws where the bridge is not able to work. */
  readonly jobs: () => Jobs;
  readonly view: () => TaskView;
  readonly logger: Logger;
}

/** Answers one of the methods. Never rejects. */
export type TaskMethods = (method: string, params: Readonly<Record<string, unknown>>) => Promise<RpcAnswer>;

const INTERNAL_ERROR = -32_603;
/** A cancel of a job that runs in another bridge may take longer than a client waits. */
const CANCEL_WAIT_MS = 1_000;

/** Makes the methods. */
export function createTaskMethods({ jobs, view, logger }: TaskMethodsOptions): TaskMethods {
  /** The question of a job that was answered here. Its own bridge may show it for a moment more, and a client would ask again. */
  const answered = new Map<string, string>();

  async function update(job: Job, responses: Readonly<Record<string, unknown>>): Promise<void> {
    const { id, question: open } = job;
    if (open === undefined || !Object.hasOwn(responses, open.key)) return;
    const taken = await jobs().answer(id, open.key, toAnswer(open.question, responses[open.key]), "person");
    if (taken === "taken") answered.set(id, open.key);
    else logger.info({ id, taken }, "an answer to a task came too late");
  }

  function show(job: Job): Job {
    if (job.question !== undefined && answered.get(job.id) === job.question.key) return { ...job, state: "running" };
    answered.delete(job.id);
    return job;
  }

  async function run(method: string, job: Job, params: Readonly<Record<string, unknown>>): Promise<RpcAnswer> {
    if (method === "tasks/get") {
      const result = toTaskRecord(show(job), view());
      // It brings the job's result along.
      if (job.endedAt !== undefined) jobs().noteRead(job.id);
      return { result };
    }
    if (method === "tasks/cancel") {
      await Promise.race([jobs().cancel(job.id), delay(CANCEL_WAIT_MS)]);
      return { result: {} };
    }
    const responses = params["inputResponses"];
    if (!isRecord(responses)) return { error: invalidParams("inputResponses must be an object") };
    await update(job, responses);
    return { result: {} };
  }

  return async (method, params) => {
    const id = params["taskId"];
    if (typeof id !== "string") return { error: invalidParams("taskId must be a string") };
    try {
      const job = await jobs().find(id);
      return job === undefined
        ? { error: invalidParams("this project has no job of this id") }
        : await run(method, job, params);
    } catch (error) {
      // Not -32602: with that a client gives the task up, and it may be there again in a moment.
      logger.warn({ err: error, id: id.slice(0, 100) }, "a task could not be read or told");
      const why = error instanceof BridgeError ? error.message : "the reason is in the bridge's log";
      return { error: { code: INTERNAL_ERROR, message: `The task cannot be read or told just now: ${why}` } };
    }
  };
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
