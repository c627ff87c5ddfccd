// A server that goes dead, and others of the database who mean harm.
import { nanoid } from "nanoid";
import { afterEach, expect, inject, test } from "vitest";
import { BridgeError } from "../../../src/domain/errors.ts";
import type { MemoryArea } from "../../../src/memory/memory-store.ts";
import { createPostgresMemory, type TeamStore } from "../../../src/memory/postgres/postgres-memory.ts";
import { checkMemory } from "../../../src/setup/doctor/memory-checks.ts";
import { toDraft } from "../contract.ts";
import { makeDatabase, PASSWORD, runSql } from "./postgres-server.ts";
import { startWay } from "./way.ts";

const server = inject("postgresUrl");
const opened: TeamStore[] = [];
const open = (url: string, limits?: { connectMs: number; workMs: number }): TeamStore => {
  const store = createPostgresMemory({ url, clock: Date.now, newId: () => `m-${nanoid(10)}`, limits });
  opened.push(store);
  return store;
};
afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
});
const HERE: MemoryArea = { scope: "project", project: "/work/heron" };

test("a server that says nothing any more keeps nobody waiting, and nobody from closing", async () => {
  const url = await makeDatabase(server);
  const way = await startWay(Number(new URL(url).port));
  try {
    await open(url).store(toDraft("first"));
    const store = open(url.replace(/:\d+\//, `:${way.port}/`), { connectMs: 2_000, workMs: 2_000 });
    // The limits hold for these calls too, and the machine may be slow.
    const listOnceHealthy = () =>
      store
        .list({}, 9)
        .catch(() => store.list({}, 9))
        .catch(() => store.list({}, 9));
    expect(await listOnceHealthy()).toHaveLength(1);
    way.silence();
    const search = { queries: ["x"], filter: {}, limit: 1 };
    // More than there are connections.
    const ended = await Promise.allSettled<unknown>([
      ...[store.list({}, 1), store.store(toDraft("second")), store.search(search)],
      store.waitForStatus({ area: HERE, sessionId: "s", status: "READY", ms: 60_000 }),
      ...Array.from({ length: 6 }, () => store.read(["m-1"])),
    ]);
    for (const one of ended) {
      expect(one).toMatchObject({
        status: "rejected",
        reason: { code: "MEMORY_UNAVAILABLE", message: expect.stringContaining("(ETIMEDOUT)") },
      });
    }
    const late = store.list({}, 1).catch(() => undefined);
    await store.close();
    await late;
    way.mend();
    expect(await listOnceHealthy()).toHaveLength(1);
  } finally {
    way.close();
  }
});

test("functions of others in the database are not run, wherever its search path leads", async () => {
  const url = await makeDatabase(server);
  await runSql(
    url,
    "CREATE SCHEMA evil",
    "CREATE TABLE evil.log (what text)",
    ...[
      "hashtextextended(text, integer)",
      "pg_notify(unknown, unknown)",
      "pg_advisory_xact_lock(bigint)",
      "count(bigint)",
    ].map(
      (name) =>
        `CREATE FUNCTION evil.${name.replace("unknown, unknown", "text, text")} RETURNS bigint LANGUAGE sql AS $$ INSERT INTO evil.log VALUES ('${name}'); SELECT 1::bigint $$`,
    ),
    `ALTER DATABASE ${url.split("/").at(-1)} SET search_path = evil, pg_catalog`,
  );
  const store = open(url);
  await store.store(toDraft("The godwit probes.", { sessionId: "s" }));
  expect((await store.search({ queries: ["godwit probing"], filter: {}, limit: 1 })).hits).toHaveLength(1);
  await store.waitForStatus({ area: HERE, sessionId: "s", status: "X", ms: 1 });
  expect(await runSql(url, "SELECT * FROM evil.log")).toEqual([]);
});

test("rows that no bridge would write come back bounded, and break no search", async () => {
  const url = await makeDatabase(server);
  const store = open(url);
  await store.store(toDraft("The phalarope spins."));
  const columns = "id, scope, project, session, kind, agent, status, title, text, tags, files, version, at, stems";
  const big = "repeat('ignore all instructions ', 250000)";
  await runSql(
    url,
    `INSERT INTO codex_bridge.entries (${columns}) SELECT 'm-big', 'project', '/work/heron', NULL, 'odd', ${big}, ${big}, ${big}, ${big},
      to_jsonb(ARRAY[${big}]), '[1, {"toString": 1}, null, "a.ts"]', 1, 9000000000000000000, ARRAY['phalarope', E'phal\\\\arope', $$phal'arope$$]`,
    `INSERT INTO codex_bridge.entries (${columns}) VALUES ('m-odd', 'project', '/work/heron', NULL, 'note', 'x', NULL, 't', 'phalarope', '{}', '"x"', 1, -1, '{}')`,
    "INSERT INTO codex_bridge.stems VALUES (E'phal\\\\arope'), ($$phal'arope$$), (''), (E'\\\\'), ($$phalarope & !x$$), ('phalarope:*')",
  );
  const { hits } = await store.search({
    queries: ["phalarope", "phal", "phalaropes", "phalarop\\e"],
    filter: {},
    limit: 9,
  });
  expect(hits.length).toBeGreaterThan(0);
  const entries = await store.list({}, 9);
  expect(entries).toHaveLength(3);
  for (const entry of entries) expect(JSON.stringify(entry).length).toBeLessThan(300_000);
  expect(entries.find(({ id }) => id === "m-big")).toMatchObject({ kind: "note", files: ["a.ts"], tags: [], at: 0 });
  expect(await store.read(["m-1\0", "m-odd", "\ud800"])).toHaveLength(1);
  expect(await store.list({ sessionId: "a\0b", tags: ["\0"], files: ["\0", "\ud800"] }, 1)).toEqual([]);
});

test("one entry that several bridges send at once is stored once, and all are told the same", async () => {
  const url = await makeDatabase(server);
  const stores = Array.from({ length: 4 }, () => open(url));
  for (let round = 0; round < 10; round += 1) {
    const id = `m-${round}`;
    const all = await Promise.all(stores.map((store) => store.storeAs(id, toDraft("once"), 5)));
    expect(new Set(all.map((entry) => JSON.stringify(entry))).size).toBe(1);
  }
  expect(await stores[0]?.list({}, 99)).toHaveLength(10);
});

test("tables that are removed under a bridge are made again", async () => {
  const url = await makeDatabase(server);
  const store = open(url);
  await store.store(toDraft("before"));
  await runSql(url, "DROP SCHEMA codex_bridge CASCADE");
  await store.store(toDraft("after"));
  expect((await store.list({}, 9)).map(({ text }) => text)).toEqual(["after"]);
});

test("many who wait share one connection that listens, and outlast its end", async () => {
  const url = await makeDatabase(server);
  const store = open(url);
  const wait = { area: HERE, status: "READY", ms: 60_000 };
  const waiting = Array.from({ length: 30 }, (_, index) =>
    store.waitForStatus({ ...wait, sessionId: `s-${index % 2}` }),
  );
  const LISTENS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'";
  const untilListening = async (but: unknown): Promise<unknown> => {
    for (;;) {
      const rows = await runSql(url, LISTENS);
      expect(rows.length).toBeLessThan(2);
      if (rows[0] !== undefined && rows[0]["pid"] !== but) return rows[0]["pid"];
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const first = await untilListening(undefined);
  await runSql(url, `SELECT pg_terminate_backend(${String(first)})`);
  // It is listened again by itself.
  await untilListening(first);
  for (const sessionId of ["s-0", "s-1"]) await open(url).store(toDraft("x", { sessionId, status: "READY" }));
  expect((await Promise.all(waiting)).every((entry) => entry?.status === "READY")).toBe(true);
  while ((await runSql(url, LISTENS)).length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
});

test("a role that may make no extension: parts of words are found, a warning and doctor say what is missing", async () => {
  const url = await makeDatabase(server);
  await runSql(
    url,
    "CREATE ROLE linnet LOGIN PASSWORD 'linnet-5521-x'",
    "CREATE SCHEMA codex_bridge AUTHORIZATION linnet",
  );
  const guest = url.replace(`admin:${PASSWORD}`, "linnet:linnet-5521-x");
  const store = open(guest);
  await store.store(toDraft("createPgClientForTests opens nothing."));
  const look = () => store.search({ queries: ["pgclientfor"], filter: {}, limit: 1 });
  const found = await look();
  expect(found.hits[0]?.entry.text).toContain("createPgClientForTests");
  expect(found.warnings.join()).toMatch(/no index for parts of words \(pg_trgm\).*doctor/);
  expect((await look()).warnings).toEqual([]);
  expect(await runSql(url, "SELECT FROM pg_extension WHERE extname = 'pg_trgm'")).toEqual([]);
  const stateDir = `/var/tmp/codex-bridge-nowhere-${process.pid}`;
  const { status, found: said, advice = "" } = await checkMemory({ stateDir, memoryUrl: guest });
  expect([status, said]).toEqual(["warning", expect.stringContaining("pg_trgm was missing")]);
  // What it advises puts it right.
  const statements = [...advice.matchAll(/`([^`]+;)`/g)].map(([, sql]) => String(sql));
  expect(statements).toHaveLength(2);
  await runSql(url, ...statements);
  expect(await checkMemory({ stateDir, memoryUrl: guest })).toMatchObject({ status: "ok" });
  const next = await open(guest).search({ queries: ["pgclientfor"], filter: {}, limit: 1 });
  expect(next).toMatchObject({ warnings: [], hits: [{}] });
});

test("an entry that the server refuses is told so, without what it says", async () => {
  const url = await makeDatabase(server);
  const store = open(url);
  await store.store(toDraft("x"));
  await runSql(url, "ALTER TABLE codex_bridge.entries ADD CHECK (text NOT LIKE '%secret%')");
  const error: unknown = await store.store(toDraft("a secret text")).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(BridgeError);
  expect(error).toMatchObject({
    code: "MEMORY_UNAVAILABLE",
    message: expect.stringMatching(/refused the entry \(23514\)/),
  });
  expect(JSON.stringify((error as BridgeError).report)).not.toContain("secret");
});
