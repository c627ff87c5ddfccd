import { expect, test } from "vitest";
import { createAgentSender, createThreadSender } from "../../../src/delegation/jobs/send-message.ts";
import type { Mailbox, NewMessage } from "../../../src/delegation/messages/mailbox.ts";
import type { CallContext } from "../../../src/delegation/requests.ts";
import { BridgeError } from "../../../src/domain/errors.ts";
import type { ThreadRecord } from "../../../src/domain/thread.ts";
import { createFakeJobs } from "../../support/fake-jobs.ts";

const call: CallContext = { signal: new AbortController().signal, report: () => {}, canReport: false, canTask: false };

function setUp() {
  const jobs = createFakeJobs();
  const left: NewMessage[] = [];
  const mailbox: Pick<Mailbox, "leave"> = {
    leave: (message) => {
      left.push(message);
      return "ms-12345678";
    },
  };
  const options = {
    ...{ jobs, own: "claude", redact: (text: string) => text.replace("secret", "[redacted]") },
    mailbox: mailbox as Mailbox,
    checkJobAct: async (_job: unknown, { caller }: Pick<CallContext, "caller">) => {
      if (caller?.sandbox === "read-only") throw new BridgeError("SANDBOX_DENIED", "It may do more.");
      if (caller?.threadId === "deep") throw new BridgeError("DEPTH_EXCEEDED", "Too deep.");
    },
  };
  const find = async () => ({ record: { threadId: "t-1" } as ThreadRecord, warnings: [] });
  return { jobs, left, toThread: createThreadSender(find, "codex", options), toAgent: createAgentSender(options) };
}

test("a running job of the thread gets the message", async () => {
  const { jobs, left, toThread } = setUp();
  jobs.add({ id: "cx-11111111", threadId: "t-1", state: "running" });
  jobs.add({ id: "cx-22222222", threadId: "t-2", state: "running" });
  const sent = await toThread({ threadId: "t-1", text: "the secret" }, call);
  expect(sent).toMatchObject({ kind: expect.stringMatching(/^(delivered|queued)$/), jobId: "cx-11111111" });
  expect(jobs.said).toEqual([{ id: "cx-11111111", text: "the [redacted]" }]);
  expect(left).toEqual([]);
});

test("a job that may do more than the sender gets nothing: the message waits, marked as the sender's", async () => {
  const { jobs, left, toThread } = setUp();
  jobs.add({ id: "cx-11111111", threadId: "t-1", state: "running" });
  const caller = { agent: "codex", sandbox: "read-only" } as const;
  expect(await toThread({ threadId: "t-1", text: "x" }, { ...call, caller })).toMatchObject({ kind: "waiting" });
  expect(jobs.said).toEqual([]);
  expect(left).toMatchObject([{ from: { agent: "codex" }, text: "x" }]);
  const deep = { agent: "codex", threadId: "deep" };
  await expect(toThread({ threadId: "t-1", text: "x" }, { ...call, caller: deep })).rejects.toThrow("Too deep.");
});

test("otherwise it waits for the thread, without secrets and with who sent it", async () => {
  const { jobs, left, toThread, toAgent } = setUp();
  jobs.add({ id: "cx-11111111", threadId: "t-1", state: "completed" });
  expect(await toThread({ sessionId: "talk", text: "the secret" }, call)).toEqual({
    ...{ kind: "waiting", id: "ms-12345678", threadId: "t-1" },
  });
  const caller = { agent: "codex", threadId: "t-7" };
  expect(toAgent("claude", "done", { ...call, caller })).toMatchObject({ kind: "waiting", threadId: undefined });
  expect(left).toEqual([
    { from: { agent: "claude" }, to: { agent: "codex", threadId: "t-1" }, text: "the [redacted]" },
    { from: caller, to: { agent: "claude" }, text: "done" },
  ]);
});
