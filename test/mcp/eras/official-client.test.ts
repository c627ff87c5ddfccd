// The official client of the new era as judge: what it accepts is what the protocol says.
import { Client, type ClientOptions, InMemoryTransport } from "@modelcontextprotocol/client";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { expect, test, vi } from "vitest";
import type { CallContext } from "../../../src/delegation/requests.ts";
import { SILENT_LOGGER } from "../../../src/domain/logger.ts";
import type { ToolCaller } from "../../../src/mcp/call-tool.ts";
import { readListing } from "../../../src/mcp/listing.ts";
import { createMcpServer } from "../../../src/mcp/server.ts";
import type { WireResult } from "../../../src/mcp/tool-result.ts";
import { NO_TASKS, say } from "../../support/wire.ts";

/** Connects it to a server whose tools all do `act`; it speaks nothing but the new era. */
async function connect(
  act: (call: CallContext) => Promise<WireResult | undefined>,
  capabilities: ClientOptions["capabilities"] = {},
): Promise<Client> {
  const [here, there] = InMemoryTransport.createLinkedPair();
  const callTool: ToolCaller = async (_name, _args, call) => {
    const result = await act(call);
    return result && { result };
  };
  const options = { version: "0", listing: readListing("claude"), logger: SILENT_LOGGER, answerTask: NO_TASKS };
  const server = createMcpServer({ ...options, callTool });
  await server.connect(there as unknown as Transport);
  const client = new Client(
    { name: "t", version: "1" },
    { capabilities, versionNegotiation: { mode: { pin: "2026-07-28" } } },
  );
  if (capabilities.elicitation !== undefined) {
    client.setRequestHandler("elicitation/create", () => ({ action: "accept", content: { decision: "b" } }));
  }
  if (capabilities.roots !== undefined) {
    client.setRequestHandler("roots/list", () => ({ roots: [{ uri: "file:///work" }] }));
  }
  await client.connect(here);
  return client;
}

test("it takes the handshake and the list", async () => {
  const client = await connect(async () => say("done"));
  expect(client.getServerVersion()).toMatchObject({ name: "codex-bridge" });
  expect(client.getInstructions()).toContain("threadId");
  expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(
    readListing("claude").map(({ name }) => name),
  );
});

test("it takes progress and a result", async () => {
  const client = await connect(async ({ report }) => {
    report("at work");
    return say("done");
  });
  const messages: unknown[] = [];
  const result = await client.callTool(
    { name: "codex", arguments: {} },
    { onprogress: ({ message }) => messages.push(message) },
  );
  expect(result.content).toEqual([{ type: "text", text: "done" }]);
  expect(messages).toEqual(["at work"]);
});

test("it answers a form and a question for its roots in one call", async () => {
  const client = await connect(
    async ({ askUser, listRoots }) => {
      const choices = [{ id: "b", title: "Second" }];
      const answer = await askUser?.({ message: "Which?", choices, timeoutMs: 5_000 });
      return say(`${answer?.kind === "chosen" && answer.id} ${await listRoots?.()}`);
    },
    { elicitation: { form: {} }, roots: {} },
  );
  expect((await client.callTool({ name: "codex", arguments: {} })).content).toEqual([
    { type: "text", text: "b /work" },
  ]);
});

test("its cancel ends the call", async () => {
  let signal: AbortSignal | undefined;
  const client = await connect(async (call) => {
    signal = call.signal;
    return new Promise(() => {});
  });
  const abort = new AbortController();
  const running = client.callTool({ name: "codex", arguments: {} }, { signal: abort.signal });
  await vi.waitFor(() => expect(signal).toBeDefined());
  abort.abort();
  await expect(running).rejects.toThrow();
  await vi.waitFor(() => expect(signal?.aborted).toBe(true));
});

test("it reads our errors: an unknown tool is refused", async () => {
  const client = await connect(async () => undefined);
  await expect(client.callTool({ name: "nobody", arguments: {} })).rejects.toMatchObject({ code: -32_602 });
});
