// A client that declares roots and does not answer, or answers late, costs one call its wait and no other.
import { beforeEach, describe, expect, test, vi } from "vitest";
import { SILENT_LOGGER } from "../../../src/domain/logger.ts";
import { createMcpServer } from "../../../src/mcp/server.ts";
import { NO_TASKS } from "../../support/wire.ts";

interface Wire {
  readonly id?: number;
  readonly method?: string;
  readonly result?: { readonly structuredContent?: unknown };
}

let sent: Wire[];
let receive: (message: unknown) => void;
let nextId: number;

beforeEach(async () => {
  sent = [];
  nextId = 1;
  const transport = {
    onmessage: (_message: unknown): void => {},
    start: async () => {},
    close: async () => {},
    send: async (message: unknown) => {
      sent.push(message as Wire);
    },
  };
  const server = createMcpServer({
    version: "0",
    listing: [],
    logger: SILENT_LOGGER,
    answerTask: NO_TASKS,
    callTool: async (_name, _args, { listRoots }) => {
      const start = Date.now();
      const roots = await listRoots?.();
      const structuredContent = { roots: roots ?? "unknown", tookMs: Date.now() - start };
      return { result: { content: [], structuredContent } };
    },
  });
  await server.connect(transport);
  receive = (message) => transport.onmessage({ jsonrpc: "2.0", ...(message as object) });
  const params = {
    protocolVersion: "2025-11-25",
    capabilities: { roots: {} },
    clientInfo: { name: "t", version: "0" },
  };
  receive({ id: 1_000, method: "initialize", params });
});

const questions = (): Wire[] => sent.filter(({ method }) => method === "roots/list");
const answer = (question: Wire | undefined): void =>
  receive({ id: question?.id, result: { roots: [{ uri: "file:///work" }] } });

async function call(): Promise<{ roots: unknown; tookMs: number }> {
  const id = nextId++;
  receive({ id, method: "tools/call", params: { name: "t", arguments: {} } });
  const find = () => sent.find((message) => message.id === id && message.result !== undefined);
  await vi.waitFor(() => expect(find()).toBeDefined(), { timeout: 4_000 });
  return find()?.result?.structuredContent as { roots: unknown; tookMs: number };
}

describe("a question that was not answered", () => {
  beforeEach(async () => {
    const first = await call();
    expect(first.roots).toBe("unknown");
    expect(first.tookMs).toBeGreaterThan(1_900);
  });

  test("is not put again, and no call waits again", async () => {
    const second = await call();
    expect(second.roots).toBe("unknown");
    expect(second.tookMs).toBeLessThan(500);
    expect(questions()).toHaveLength(1);
  });

  test("is put again once its answer came late", async () => {
    answer(questions()[0]);
    const running = call();
    await vi.waitFor(() => expect(questions()).toHaveLength(2));
    answer(questions()[1]);
    expect((await running).roots).toEqual(["/work"]);
  });

  test("is put again once the client says that its roots have changed", async () => {
    receive({ method: "notifications/roots/list_changed" });
    const running = call();
    await vi.waitFor(() => expect(questions()).toHaveLength(2));
    answer(questions()[1]);
    expect((await running).roots).toEqual(["/work"]);
  });
});
