// Asks the bridge that runs a job for something, and does what other bridges ask of the jobs of this one.
import { BridgeError, toBridgeError } from "../../domain/errors.ts";
import type { Logger } from "../../domain/logger.ts";
import { findMachineLimit } from "../../domain/machine-limits.ts";
import type { JobRequestFiles, StoredReply, StoredRequest } from "../../state/job-request-files.ts";

/** What is asked of a job. */
export type JobAsk = StoredRequest["ask"];

/** The owner's answer. `unheard`: the owner has not answered in time; it will find the request later. */
export type JobReply = Exclude<StoredReply["reply"], "refused"> | "unheard";

/** Options of both sides. */
export interface JobRequestsOptions {
  readonly requests: JobRequestFiles;
  readonly project: string;
  readonly newId: () => string;
  /** Rings the bell of another bridge, so that it looks at once. */
  readonly ring: (bell: string) => Promise<unknown>;
  readonly logger: Logger;
}

/** How long the owner has to answer. It looks every two seconds even where sockets do not work. */
const REPLY_MS = 4_000;
const POLL_MS = 25;
/** How often the job's record is read meanwhile. */
const LOOK_MS = 250;

/** A job of another bridge. */
export interface AskedJob {
  readonly id: string;
  readonly project: string;
  readonly bell: string | undefined;
  /** Whether a runner has it. */
  readonly outlives?: boolean | undefined;
}

/**
 * Asks the owner of a job. `hasEnded` says whether the job has ended meanwhile; then nobody answers any more. Throws INVALID_ARGUMENT if the
 * owner refuses the request, WAIT_TIMED_OUT if it does not take an answer, and MACHINE_LIMIT or CONFIG_INVALID if the request cannot be written.
 */
export async function askOwner(
  job: AskedJob,
  ask: JobAsk,
  hasEnded: () => Promise<boolean>,
  { requests, newId, ring }: Pick<JobRequestsOptions, "requests" | "newId" | "ring">,
): Promise<JobReply> {
  const name = `${job.id}.${newId()}`;
  try {
    requests.send(name, { project: job.project, job: job.id, ask });
  } catch (error) {
    throw toSendError(job, error);
  }
  if (job.bell !== undefined) void ring(job.bell);
  const until = performance.now() + REPLY_MS;
  let lookAt = performance.now() + LOOK_MS;
  while (performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    const reply = requests.takeReply(name);
    if (reply !== undefined) return toReply(reply);
    if (performance.now() < lookAt) continue;
    lookAt = performance.now() + LOOK_MS;
    if ((await hasEnded()) && requests.withdraw(name)) return "ended";
  }
  // An answer belongs to a question that is open now, so it is withdrawn. A suspended bridge may still do the rest when it wakes.
  if (ask.kind === "answer" && requests.withdraw(name)) throw toUnheard(job.id);
  return "unheard";
}

function toReply({ reply, message = "The job's bridge refused it." }: StoredReply): JobReply {
  if (reply === "refused") throw new BridgeError("INVALID_ARGUMENT", message);
  return reply;
}

/** Does what other bridges ask, and answers them. `find` gives the jobs of this bridge. Never throws. */
export async function serveRequests<Job>(
  find: (jobId: string) => Job | undefined,
  act: (job: Job, ask: JobAsk) => Promise<StoredReply["reply"]>,
  { requests, project, logger }: Pick<JobRequestsOptions, "requests" | "project" | "logger">,
): Promise<void> {
  const serve = async (name: string, { job: id, ask, project: from }: StoredRequest): Promise<void> => {
    const job = from === project ? find(id) : undefined;
    if (job === undefined) return;
    logger.info({ job: id, ask: ask.kind }, "another bridge asks something of a job");
    try {
      requests.reply(name, { reply: await act(job, ask) });
    } catch (error) {
      requests.reply(name, { reply: "refused", message: toBridgeError(error).message });
    }
  };
  await Promise.all(requests.take((id) => find(id) !== undefined).map(({ name, request }) => serve(name, request)));
}

function toUnheard(id: string): BridgeError {
  return new BridgeError(
    "WAIT_TIMED_OUT",
    `The bridge that runs job ${id} did not take the answer within ${REPLY_MS} ms.`,
    {
      nextStep: "Nothing was answered. Try again, or answer in the session that started the job.",
    },
  );
}

function toSendError({ id, outlives = false }: AskedJob, error: unknown): BridgeError {
  const limit = findMachineLimit(error);
  if (limit !== undefined) {
    return new BridgeError("MACHINE_LIMIT", `The bridge that runs job ${id} could not be asked: ${limit}.`, {
      // A runner is asked by file in every session.
      nextStep: `The job goes on as it was. Ask the user to free what has run out, then try again${outlives ? "" : "; the session that started the job can do it meanwhile"}.`,
      cause: error,
    });
  }
  return new BridgeError("CONFIG_INVALID", "The request to the job's bridge cannot be written to the state folder.", {
    nextStep: "Ask the user to make the bridge's state folder writable (`codex-bridge doctor` names it).",
    cause: error,
  });
}
