// Sends a message to another agent: into a running turn where that can be, otherwise into the mailbox.
import type { AgentId } from "../../domain/agents.ts";
import { BridgeError } from "../../domain/errors.ts";
import type { Redact } from "../../domain/redact.ts";
import type { Mailbox } from "../messages/mailbox.ts";
import type { CallContext } from "../requests.ts";
import type { FindThread } from "../threads/find-thread.ts";
import type { Job, Jobs } from "./job.ts";
import type { CheckJobAct } from "./job-guard.ts";
import { isEnd } from "./job-record.ts";

/** A message for a thread, which is named by its id or by its name. */
export interface ThreadMessage {
  readonly threadId?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly text: string;
}

/** What became of a message. */
export type Sent =
  /** The running turn has it, or its job has it for the next turn of the thread. */
  | { readonly kind: "delivered" | "queued"; readonly threadId: string; readonly jobId: string }
  /** It waits: for the next turn of the thread, or for a session of the agent in this project. */
  | { readonly kind: "waiting"; readonly id: string; readonly threadId: string | undefined };

/** Sends messages to the threads of one agent. Throws as `FindThread` and the check of jobs do, and INVALID_ARGUMENT where too many wait. */
export type SendToThread = (message: ThreadMessage, call: CallContext) => Promise<Sent>;

/** Leaves a message for the sessions of an agent in this project. Throws INVALID_ARGUMENT where too many wait. */
export type SendToAgent = (agent: AgentId, text: string, call: CallContext) => Sent;

/** What messages are sent with. */
export interface SendOptions {
  readonly mailbox: Mailbox;
  readonly jobs: Pick<Jobs, "list" | "steer">;
  readonly checkJobAct: CheckJobAct;
  /** The agent whose bridge this is: it sends where the call does not say who calls. */
  readonly own: AgentId;
  readonly redact: Redact;
}

/** Jobs among which the thread's own is looked for. */
const LISTED = 100;

/** Makes the sending to the threads of an agent. */
export function createThreadSender(find: FindThread, agent: AgentId, options: SendOptions): SendToThread {
  const { mailbox, jobs, redact, checkJobAct } = options;
  return async ({ text, ...named }, call) => {
    const { threadId } = (await find(named)).record;
    const running = (await jobs.list({ limit: LISTED })).find((job) => job.threadId === threadId && !isEnd(job.state));
    if (running !== undefined && (await mayTell(running, call, checkJobAct))) {
      const steered = await jobs.steer(running.id, redact(text));
      if (steered === "delivered" || steered === "queued") return { kind: steered, threadId, jobId: running.id };
    }
    const id = mailbox.leave({ from: toSender(options, call), to: { agent, threadId }, text: redact(text) });
    return { kind: "waiting", id, threadId };
  };
}

// Further input is done as if the user had said it. A message that waits is marked as another agent's words.
async function mayTell(job: Job, call: CallContext, checkJobAct: CheckJobAct): Promise<boolean> {
  try {
    await checkJobAct(job, call, "tell");
    return true;
  } catch (error) {
    if (error instanceof BridgeError && error.code === "SANDBOX_DENIED") return false;
    throw error;
  }
}

/** Makes the sending to the sessions of an agent. */
export function createAgentSender(options: SendOptions): SendToAgent {
  return (agent, text, call) => {
    const id = options.mailbox.leave({ from: toSender(options, call), to: { agent }, text: options.redact(text) });
    return { kind: "waiting", id, threadId: undefined };
  };
}

function toSender({ own }: SendOptions, { caller }: CallContext): { agent: AgentId; threadId?: string } {
  if (caller === undefined) return { agent: own };
  return { agent: caller.agent, ...(caller.threadId === undefined ? {} : { threadId: caller.threadId }) };
}
