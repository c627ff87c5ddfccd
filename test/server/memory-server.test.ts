// The memory as a server of its own, beside the bridge of another client.
import { expect } from "vitest";
import { toInstructions } from "../../src/mcp/instructions.ts";
import { test } from "../support/fixture.ts";

const toInitialize = (name: string) => ({
  ...{ protocolVersion: "2025-11-25", capabilities: {} },
  clientInfo: { name, version: "1" },
});

test("it offers the memory alone, and what it stores, the bridge finds at its next call", async ({
  folder,
  startServer,
}) => {
  const env = { HOME: folder, PATH: folder };
  const memory = startServer({ words: ["memory-server"], env, cwd: folder });
  const other = startServer({ words: ["memory-server", "--names", "byterover"], env, cwd: folder });
  const recall = startServer({ words: ["memory-server", "--read-only"], env, cwd: folder });
  const bridge = startServer({ env, cwd: folder });
  memory.send({ id: 0, method: "initialize", params: toInitialize("codex-mcp-client") });
  for (const server of [other, recall, bridge])
    server.send({ id: 0, method: "initialize", params: toInitialize("test") });
  expect((await memory.answer(0)).result).toMatchObject({
    instructions: toInstructions("memory"),
    serverInfo: { title: "Shared memory" },
  });
  const names: string[][] = [];
  for (const server of [memory, other, recall]) {
    server.send({ id: 1, method: "tools/list" });
    const { tools } = (await server.answer(1)).result as { tools: { name: string; annotations: object }[] };
    for (const { annotations } of tools)
      expect(annotations).toMatchObject({ destructiveHint: false, openWorldHint: false });
    names.push(tools.map(({ name }) => name));
  }
  expect(names).toEqual([
    ["store_knowledge", "retrieve_knowledge", "wait_for_status"],
    ["byterover-store-knowledge", "byterover-retrieve-knowledge"],
    ["retrieve_knowledge", "wait_for_status"],
  ]);
  const call = async (server: typeof bridge, id: number, name: string, args: object) => {
    server.send({ id, method: "tools/call", params: { name, arguments: args } });
    return (await server.answer(id)).result as { structuredContent: Record<string, unknown> };
  };
  const stored = await call(memory, 2, "store_knowledge", {
    messages: "Terns fish at dawn.",
    sessionId: "S",
    kind: "plan",
  });
  const found = await call(bridge, 2, "retrieve_knowledge", { query: "when do terns fish" });
  const { id } = stored.structuredContent;
  // Codex says who it is.
  expect(found.structuredContent["entries"]).toMatchObject([{ id, agent: "codex", sessionId: "S", version: 1 }]);
  await call(other, 2, "byterover-store-knowledge", { messages: "Terns rest at noon." });
  const all = await call(other, 3, "byterover-retrieve-knowledge", { query: "terns", limit: 3 });
  expect(all.structuredContent["entries"]).toHaveLength(2);
  memory.send({ id: 4, method: "tools/call", params: { name: "codex", arguments: { prompt: "x" } } });
  expect((await memory.answer(4)).error?.message).toContain("Unknown tool: codex");
  recall.send({ id: 4, method: "tools/call", params: { name: "store_knowledge", arguments: { messages: "x" } } });
  expect((await recall.answer(4)).error?.message).toContain("Unknown tool: store_knowledge");
  // A wait ends with its server, and at once when it is cancelled.
  const params = { name: "wait_for_status", arguments: { sessionId: "S", status: "NEVER" } };
  bridge.send({ id: 5, method: "tools/call", params });
  bridge.send({ method: "notifications/cancelled", params: { requestId: 5 } });
  memory.send({ id: 5, method: "tools/call", params });
  for (const server of [memory, other, recall, bridge]) {
    server.process.stdin?.end();
    expect((await server.exited).code).toBe(0);
  }
});

test("other names than those it has are refused", async ({ folder, startServer }) => {
  const env = { HOME: folder, PATH: folder };
  for (const [words, why] of [
    [["--names", "mem0"], '--names "mem0" is not byterover'],
    [["--names", "byterover", "--read-only"], "--read-only goes without --names"],
  ] as const) {
    const server = startServer({ words: ["memory-server", ...words], env, cwd: folder });
    expect((await server.exited).code).toBe(2);
    expect(server.stderr()).toContain(why);
  }
});
