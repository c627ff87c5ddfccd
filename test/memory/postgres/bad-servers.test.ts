import { nanoid } from "nanoid";
import pg from "pg";
import { afterEach, describe, expect, inject, test } from "vitest";
import { BridgeError } from "../../../src/domain/errors.ts";
import { toPostgresError } from "../../../src/memory/postgres/postgres-error.ts";
import { createPostgresMemory, type TeamStore } from "../../../src/memory/postgres/postgres-memory.ts";
import { judgeServer } from "../../../src/memory/postgres/server-facts.ts";
import { toDraft } from "../contract.ts";
import { makeDatabase, PASSWORD, runSql } from "./postgres-server.ts";
import { startWay } from "./way.ts";

const server = inject("postgresUrl");
const opened: TeamStore[] = [];
const open = (url: string): TeamStore => {
  const store = createPostgresMemory({ url, clock: Date.now, newId: () => `m-${nanoid(10)}` });
  opened.push(store);
  return store;
};
afterEach(async () => {
  await Promise.all(opened.splice(0).map((store) => store.close()));
});

/** What a store says when it is used; nothing of SQL or of passwords is in it. */
async function readRefusal(store: TeamStore): Promise<string> {
  const error: unknown = await store.store(toDraft("a secret text")).then(
    () => undefined,
    (thrown) => thrown,
  );
  if (!(error instanceof BridgeError)) throw new Error(`no BridgeError: ${String(error)}`);
  const { code, message, nextStep } = error.report;
  expect(code).toBe("MEMORY_UNAVAILABLE");
  const said = `${message} ${nextStep}`;
  expect(said).not.toMatch(/SELECT|INSERT|CREATE TABLE|a secret text/);
  expect(said).not.toContain(PASSWORD);
  return said;
}

describe("a server that cannot be used says why, and what to do", () => {
  test("nobody listens there", async () => {
    expect(await readRefusal(open(`postgres://admin:${PASSWORD}@127.0.0.1:1/lab`))).toMatch(
      /127\.0\.0\.1:1\/lab cannot be reached \(ECONNREFUSED\)\..*whether the server runs/,
    );
  });

  test("wrong password, and no password", async () => {
    const wrong = server.replace(PASSWORD, "not-this-8812");
    expect(await readRefusal(open(wrong))).toMatch(/refuses the login \(28P01\)\..*correct the role and the password/);
    expect(await readRefusal(open(wrong))).not.toContain("not-this-8812");
    expect(await readRefusal(open(server.replace(`:${PASSWORD}`, "")))).toMatch(/refuses the login/);
  });

  test("no such database", async () => {
    expect(await readRefusal(open(server.replace(/postgres$/, "nowhere")))).toMatch(
      /there is no such database \(127\.0\.0\.1:\d+\/nowhere\).*createdb/,
    );
  });

  test("no TLS where the URL wants it, and a certificate that is not there", async () => {
    expect(await readRefusal(open(`${server}?sslmode=verify-full`))).toMatch(/no connection over TLS.*sslmode/);
    expect(await readRefusal(open(`${server}?sslrootcert=/nowhere/ca.pem`))).toMatch(/over TLS \(ENOENT\)/);
  });

  test("a database in another encoding", async () => {
    const url = await makeDatabase(server, "ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0");
    expect(await readRefusal(open(url))).toMatch(/encoding SQL_ASCII.*createdb --encoding=UTF8/);
  });

  test("transactions that are read-only", async () => {
    const url = await makeDatabase(server);
    await runSql(url, `ALTER DATABASE ${url.split("/").at(-1)} SET default_transaction_read_only = on`);
    expect(await readRefusal(open(url))).toMatch(/lets nothing be written.*primary server/);
  });

  test("a role that may not make the tables, and then one that may not use them", async () => {
    const url = await makeDatabase(server);
    await runSql(url, "CREATE ROLE guest LOGIN PASSWORD 'guest-5521-x'", "CREATE EXTENSION pg_trgm");
    const guest = url.replace(`admin:${PASSWORD}`, "guest:guest-5521-x");
    expect(await readRefusal(open(guest))).toMatch(/may not do what is needed.*GRANT CREATE ON DATABASE/);
    await open(url).store(toDraft("made by the owner"));
    expect(await readRefusal(open(guest))).toMatch(/GRANT ALL/);
  });

  test("a store of a newer bridge is left alone", async () => {
    const url = await makeDatabase(server);
    const store = open(url);
    await store.store(toDraft("x"));
    await runSql(url, "UPDATE codex_bridge.store SET version = 99");
    expect(await readRefusal(open(url))).toMatch(/newer codex-bridge \(schema 99\).*update codex-bridge/);
    expect(await runSql(url, "SELECT version FROM codex_bridge.store")).toEqual([{ version: 99 }]);
  });
});

test("a user's own entries are for one role, projects for all", async () => {
  const url = await makeDatabase(server);
  const store = open(url);
  const { id } = await store.store(toDraft("The avocet is mine.", { area: { scope: "user" } }));
  const shared = await store.store(toDraft("The avocet is ours."));
  await runSql(
    url,
    "CREATE ROLE anna LOGIN PASSWORD 'anna-5521-x'",
    "GRANT USAGE ON SCHEMA codex_bridge TO anna",
    "GRANT ALL ON ALL TABLES IN SCHEMA codex_bridge TO anna",
  );
  const other = open(url.replace(`admin:${PASSWORD}`, "anna:anna-5521-x"));
  const { hits } = await other.search({ queries: ["avocet"], filter: {}, limit: 5 });
  expect(hits.map(({ entry }) => entry.id)).toEqual([shared.id]);
  expect(await other.read([id, shared.id])).toEqual([shared]);
  expect(await other.remove([id])).toBe(0);
  expect(await store.read([id])).toHaveLength(1);
});

test("bridges that come at once to an empty database make its tables once", async () => {
  const url = await makeDatabase(server);
  const stores = Array.from({ length: 6 }, () => open(url));
  const stored = await Promise.all(stores.map((store, index) => store.store(toDraft(`dunlin ${index}`))));
  expect(new Set((await open(url).list({}, 100)).map(({ id }) => id))).toEqual(new Set(stored.map(({ id }) => id)));
});

test.each([
  [{ number: 140_012 }, /is PostgreSQL 14, and 15 is the oldest/, /PostgreSQL 15 or newer/],
  [{ number: Number.NaN }, /15 is the oldest/, /PostgreSQL 15 or newer/],
  [{ isReadOnly: true }, /a standby/, /primary server/],
])("a server with %j is refused", (more, says, advice) => {
  // What no server here is: it is asked for these facts, and judged by them.
  const facts = { number: 150_004, encoding: "UTF8", role: "admin", isReadOnly: false };
  expect(() => judgeServer(facts)).not.toThrow();
  try {
    judgeServer({ ...facts, ...more });
    expect.unreachable();
  } catch (error) {
    const told = toPostgresError(error, "postgres://bridge:pond-4471@db.test/memory");
    expect(told).toMatchObject({ code: "MEMORY_UNAVAILABLE", message: expect.stringMatching(says) });
    expect(told).toMatchObject({ report: { nextStep: expect.stringMatching(advice) } });
    expect((told as BridgeError).message).not.toContain("4471");
  }
});

test("a connection that is lost in a transaction leaves nothing half stored, and the next call goes on", async () => {
  const url = await makeDatabase(server);
  const way = await startWay(Number(new URL(url).port));
  try {
    const store = open(url.replace(/:\d+\//, `:${way.port}/`));
    const first = await store.store(toDraft("first", { sessionId: "s" }));
    // Somebody holds the table, so that the next store waits in the middle of its transaction.
    const holder = await holdEntries(url);
    const waiting = store.store(toDraft("second", { sessionId: "s" })).catch((error: unknown) => error);
    await untilWaiting(url);
    way.cut();
    expect(await waiting).toMatchObject({ code: "MEMORY_UNAVAILABLE" });
    await holder.end();
    way.mend();
    expect((await store.list({}, 10)).map(({ id }) => id)).toEqual([first.id]);
    expect(await store.store(toDraft("third", { sessionId: "s" }))).toMatchObject({ version: 2 });
  } finally {
    way.close();
  }
});

test("connections that died while nobody used them are made again", async () => {
  const url = await makeDatabase(server);
  const store = open(url);
  await store.store(toDraft("x"));
  await runSql(
    url,
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
  );
  await store.store(toDraft("y"));
  expect(await store.list({}, 10)).toHaveLength(2);
});

// Holds the entries against writers until the connection ends.
async function holdEntries(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query("BEGIN");
  await client.query("LOCK TABLE codex_bridge.entries IN EXCLUSIVE MODE");
  return client;
}

const WAITING =
  "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND state = 'active'";

async function untilWaiting(url: string): Promise<void> {
  while ((await runSql(url, WAITING)).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
}
