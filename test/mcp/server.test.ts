// The server on a transport that takes nothing.
import { expect, test } from "vitest";
import type { CallContext } from "../../src/delegation/requests.ts";
import { SILENT_LOGGER } from "../../src/domain/logger.ts";
import { createMcpServer } from "../../src/mcp/server.ts";
import { NO_TASKS } from "../support/wire.ts";

test("progress that is not written yet is not followed by more", async () => {
  const sent: unknown[] = [];
  const transport = {
    onmessage: (_message: unknown): void => {},
    start: async () => {},
    close: async () => {},
    send: (message: unknown) => {
      sent.push(message);
      return new Promise<void>(() => {});
    },
  };
  const server = createMcpServer({
    version: "0",
    listing: [],
    logger: SILENT_LOGGER,
    answerTask: NO_TASKS,
    callTool: async (_name, _args, { report }: CallContext) => {
      report("first");
      await new Promise((resolve) => setTimeout(resolve, 600));
      report("second");
      return { result: { content: [], structuredContent: {} } };
    },
  });
  await server.connect(transport);
  transport.onmessage({
    jsonrpc: "2.0",
    id: 1,
    method: "tools/call",
    params: { name: "t", arguments: {}, _meta: { progressToken: 1 } },
  });
  await expect.poll(() => sent.length, { timeout: 5_000 }).toBe(2);
  expect(sent).toMatchObject([{ params: { message: "first" } }, { id: 1, result: {} }]);
});
