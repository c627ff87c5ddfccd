// A reply as a task: in its thread, or in the thread of the agent that the work has come from and now goes back to.
import type { AgentId, AgentNames } from "../../domain/agents.ts";
import type { ThreadRecord } from "../../domain/thread.ts";
import type { ReplyRequest, StartRequest } from "../requests.ts";
import type { FailoverParts, FailoverTask, TaskAgent } from "./failover.ts";
import { retell } from "./hand-over.ts";

/** Where a reply's threads are. */
export interface ReplyParts extends Pick<FailoverParts, "open"> {
  /** All agents of the bridge. */
  readonly names: readonly Pick<AgentNames, "id" | "backends">[];
}

/** A reply, and the record of the thread that the caller named. */
export interface ReplyTask {
  readonly task: FailoverTask;
  readonly record: ThreadRecord | undefined;
  /** Name of the agent from which the work comes back, if it does. */
  readonly backFrom?: string | undefined;
}

/** How a reply runs where no other agent had to do with its thread. */
export type GoOn = (request: ReplyRequest) => NonNullable<FailoverTask["goOn"]>;

const asReply: GoOn = (request) => (delegation, call, mayRelay) => delegation.reply({ ...request, mayRelay }, call);

/** Makes the task for the agent that is asked. Throws what opening an agent throws. */
export async function toReplyTask(
  parts: ReplyParts,
  id: AgentId,
  asked: ReplyRequest,
  goOn: GoOn = asReply,
): Promise<ReplyTask> {
  const agent = await parts.open(id);
  const record = agent.threads.find(asked);
  const request = toNew(asked);
  const owner = parts.names.find(({ backends }) => record !== undefined && backends.includes(record.frame.backend))?.id;
  const { threadId = "", wentTo, cameFrom } = record ?? {};
  if (owner === id && wentTo?.threadId !== undefined) {
    const { name, prompt } = await retellFrom(await parts.open(wentTo.agent), wentTo.threadId, asked.prompt);
    const elsewhere = { agent: wentTo.agent, threadId: wentTo.threadId };
    return { task: { request, goOn: goOn({ ...asked, prompt }), elsewhere }, record, backFrom: name };
  }
  if (record === undefined || owner === undefined || owner === id || cameFrom?.agent !== id) {
    return { task: { request, goOn: goOn(asked) }, record };
  }
  const { name, prompt } = await retellFrom(await parts.open(owner), threadId, asked.prompt);
  const back =
    cameFrom.threadId === undefined
      ? begin({ ...request, ...toLimits(asked, record), prompt })
      : goOn({ ...asked, prompt, threadId: cameFrom.threadId, sessionId: undefined });
  return { task: { request, goOn: back, elsewhere: { agent: owner, threadId } }, record, backFrom: name };
}

/** What another agent needs to know of a reply: nothing that belongs to its thread. */
function toNew(asked: ReplyRequest): StartRequest {
  const { prompt, images, commit, check, expect, outputFile, overwrite, outputSchema, timeoutMs, readsOnly } = asked;
  const { handoff } = asked;
  return { prompt, images, commit, check, expect, outputFile, overwrite, outputSchema, timeoutMs, readsOnly, handoff };
}

// The agent has no thread of this work yet: it gets one that is no wider than that of the agent which has done it so far.
function toLimits({ sandbox, model, reasoningEffort }: ReplyRequest, { frame }: ThreadRecord): Partial<StartRequest> {
  return { cwd: frame.cwd, within: frame.sandbox, sandboxWish: sandbox ?? frame.sandbox.mode, model, reasoningEffort };
}

function begin(request: StartRequest): NonNullable<FailoverTask["goOn"]> {
  return (delegation, call, mayRelay) => delegation.start({ ...request, mayRelay }, call);
}

async function retellFrom(
  { name, threads }: TaskAgent,
  threadId: string,
  prompt: string,
): Promise<{ readonly name: string; readonly prompt: string }> {
  const told = retell(prompt, { name, messages: await threads.recall(threadId) });
  return { name, prompt: `${told}\n${prompt}` };
}
