// The form as a client sees it, through the SDK's own client.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { type ElicitRequest, ElicitRequestSchema, type ElicitResult } from "@modelcontextprotocol/sdk/types.js";
import { expect, test } from "vitest";
import type { CallContext, ChoiceAnswer } from "../../../src/delegation/requests.ts";
import { SILENT_LOGGER } from "../../../src/domain/logger.ts";
import { createMcpServer } from "../../../src/mcp/server.ts";
import { NO_TASKS } from "../../support/wire.ts";

type Answer = () => ElicitResult | Promise<ElicitResult>;

/** Has a tool call ask `question`, answered by `answer`; undefined: the client declares no forms. */
async function ask(answer: Answer | undefined, options: { timeoutMs?: number; abortAfterMs?: number } = {}) {
  const seen: { forms: ElicitRequest["params"][]; outcome: ChoiceAnswer | "cannot ask" | Error | undefined } = {
    forms: [],
    outcome: undefined,
  };
  const server = createMcpServer({
    version: "0",
    listing: [],
    logger: SILENT_LOGGER,
    answerTask: NO_TASKS,
    callTool: async (_name, _args, { askUser }: CallContext) => {
      const question = {
        message: "x".repeat(3_000),
        choices: [
          { id: "a", title: "First" },
          { id: "b", title: "Second" },
        ],
        timeoutMs: options.timeoutMs ?? 5_000,
      };
      seen.outcome = askUser === undefined ? "cannot ask" : await askUser(question).catch((error) => error);
      return { result: { content: [], structuredContent: {} } };
    },
  });
  const [here, there] = InMemoryTransport.createLinkedPair();
  await server.connect(there);
  const client = new Client(
    { name: "t", version: "1" },
    { capabilities: answer === undefined ? {} : { elicitation: {} } },
  );
  if (answer !== undefined) {
    client.setRequestHandler(ElicitRequestSchema, (request) => {
      seen.forms.push(request.params);
      return answer();
    });
  }
  await client.connect(here);
  const abort = new AbortController();
  if (options.abortAfterMs !== undefined) setTimeout(() => abort.abort(), options.abortAfterMs);
  await client.callTool({ name: "t", arguments: {} }, undefined, { signal: abort.signal }).catch(() => {});
  await expect.poll(() => seen.outcome).toBeDefined();
  await client.close();
  return seen;
}

test.each<[string, ElicitResult, ChoiceAnswer]>([
  ["accepted", { action: "accept", content: { decision: "b" } }, { kind: "chosen", id: "b" }],
  ["declined", { action: "decline" }, { kind: "declined" }],
  ["closed", { action: "cancel" }, { kind: "unanswered" }],
  ["accepted with nothing", { action: "accept" }, { kind: "unanswered" }],
  ["accepted with what was not offered", { action: "accept", content: { decision: "c" } }, { kind: "unanswered" }],
  ["accepted with another type", { action: "accept", content: { decision: 1 } }, { kind: "unanswered" }],
])("a form that is %s", async (_name, result, expected) => {
  expect((await ask(() => result)).outcome).toEqual(expected);
});

test("the form offers the choices by name, and its message is bounded", async () => {
  const { forms } = await ask(() => ({ action: "cancel" }));
  expect(forms).toHaveLength(1);
  expect(forms[0]?.message.length).toBeLessThanOrEqual(1_001);
  expect(forms[0]).toMatchObject({
    requestedSchema: {
      required: ["decision"],
      properties: {
        decision: {
          type: "string",
          oneOf: [
            { const: "a", title: "First" },
            { const: "b", title: "Second" },
          ],
        },
      },
    },
  });
});

test("a client without forms cannot be asked", async () => {
  expect((await ask(undefined)).outcome).toBe("cannot ask");
});

test("a form that nobody answers, or that fails, is unanswered", async () => {
  expect((await ask(() => new Promise(() => {}), { timeoutMs: 50 })).outcome).toEqual({ kind: "unanswered" });
  const failing = () => Promise.reject(new Error("no window"));
  expect((await ask(failing)).outcome).toEqual({ kind: "unanswered" });
});

test("a cancel of the call ends the question without an answer", async () => {
  const { outcome } = await ask(() => new Promise(() => {}), { abortAfterMs: 50 });
  expect(outcome).toEqual({ kind: "unanswered" });
});
