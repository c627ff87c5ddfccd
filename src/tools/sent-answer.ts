// The answer to a message that was sent.
import type { Sent } from "../delegation/jobs/send-message.ts";
import type { ToolAnswer } from "./define-tool.ts";

/** Says what became of it. `name` is the receiver's in sentences. */
export function toSentAnswer(sent: Sent, name: string): ToolAnswer {
  const content = describe(sent, name);
  const job = sent.kind === "waiting" ? { message: sent.id } : { jobId: sent.jobId };
  const thread = sent.threadId === undefined ? {} : { threadId: sent.threadId };
  return { structured: { content, ...job, ...thread }, text: content, links: [] };
}

function describe(sent: Sent, name: string): string {
  if (sent.kind === "delivered") return `The running turn of ${name} has got the message.`;
  if (sent.kind === "queued")
    return "The message comes as the next turn of the thread, when the running one has ended.";
  return sent.threadId === undefined
    ? `The message waits until a session of ${name} in this project calls the bridge; after 7 days it is removed.`
    : "The message waits for the thread's next prompt; after 7 days it is removed.";
}
