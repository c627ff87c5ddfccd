// The built bridge with a team's server that goes and comes back.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { test } from "../../support/fixture.ts";
import { makeDatabase, PASSWORD, runSql, startPostgres } from "./postgres-server.ts";

test("two bridges share a server; while it is away each says so, and nothing is lost", async ({
  folder,
  startServer,
}) => {
  const server = await startPostgres();
  try {
    const url = await makeDatabase(server.url);
    const env = { HOME: folder, PATH: folder, BRIDGE_MEMORY_URL: url, BRIDGE_LOG_LEVEL: "debug" };
    const [one, other] = ["one", "other"].map((state) =>
      startServer({ words: ["memory-server"], env: { ...env, BRIDGE_STATE_DIR: `${folder}/${state}` }, cwd: folder }),
    ) as [ReturnType<typeof startServer>, ReturnType<typeof startServer>];
    const bridge = startServer({ env: { ...env, BRIDGE_STATE_DIR: `${folder}/bridge` }, cwd: folder });
    for (const { send } of [one, other, bridge]) {
      const clientInfo = { name: "test", version: "1" };
      send({ id: 0, method: "initialize", params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo } });
    }
    let id = 0;
    const call = async (to: typeof one, name: string, args: object) => {
      id += 1;
      to.send({ id, method: "tools/call", params: { name, arguments: args } });
      const { structuredContent } = (await to.answer(id)).result as {
        structuredContent: { id: string; content: string; warnings?: string[] };
      };
      expect(JSON.stringify(structuredContent)).not.toContain(PASSWORD);
      return structuredContent;
    };
    const first = await call(one, "store_knowledge", { messages: "The smew dives." });
    expect((await call(other, "retrieve_knowledge", { query: "smew" })).content).toContain("1 entry");
    const waiting = call(other, "wait_for_status", { sessionId: "S-1", status: "READY" });
    await call(one, "store_knowledge", { messages: "The smew rests.", sessionId: "S-1", status: "READY" });
    expect((await waiting).content).toMatch(/^S-1 is READY\. What follows was written by earlier agents/);
    await server.stop();
    const second = await call(one, "store_knowledge", { messages: "The smew waits." });
    expect(second.warnings?.join()).toMatch(/Local only: .*cannot be reached.*outbox/);
    expect(await call(one, "retrieve_knowledge", {})).toMatchObject({
      entries: [{ id: second.id }, { sessionId: "S-1" }, { id: first.id }],
      warnings: [expect.stringContaining("Local only")],
    });
    expect((await call(bridge, "run_collaboration", { action: "list" })).warnings?.join()).toContain("Local only");
    expect((await call(other, "retrieve_knowledge", { ids: [first.id] })).warnings?.join()).toContain("Local only");
    await server.start();
    // It is sent by itself.
    while ((await runSql(url, "SELECT FROM codex_bridge.entries")).length < 3) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    // A bridge asks the server again some seconds after it was away.
    let found = await call(other, "retrieve_knowledge", { ids: [second.id] });
    while (found.warnings !== undefined) found = await call(other, "retrieve_knowledge", { ids: [second.id] });
    expect(found).toMatchObject({ entries: [{ text: "The smew waits." }] });
    // A wait that listens at the server ends with its bridge.
    const params = { name: "wait_for_status", arguments: { sessionId: "S-1", status: "NEVER" } };
    other.send({ id: 99, method: "tools/call", params });
    const LISTENS = "SELECT FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND state = 'idle'";
    while ((await runSql(url, LISTENS)).length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
    for (const each of [one, other, bridge]) each.process.stdin?.end();
    for (const each of [one, other, bridge]) {
      expect((await each.exited).code).toBe(0);
      expect(each.stderr()).not.toContain(PASSWORD);
    }
    // Neither in a log nor anywhere else.
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.length).toBeGreaterThan(0);
    for (const { parentPath, name } of files) {
      expect(readFileSync(join(parentPath, name)).includes(PASSWORD), name).toBe(false);
    }
  } finally {
    await server.remove();
  }
}, 60_000);
