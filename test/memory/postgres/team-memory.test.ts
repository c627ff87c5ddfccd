import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { nanoid } from "nanoid";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { MemoryArea, MemoryStore } from "../../../src/memory/memory-store.ts";
import { createPostgresMemory, type TeamStore } from "../../../src/memory/postgres/postgres-memory.ts";
import { createSqliteMemory } from "../../../src/memory/sqlite/sqlite-memory.ts";
import type { LocalStore } from "../../../src/memory/team/outbox.ts";
import { createTeamMemory } from "../../../src/memory/team/team-memory.ts";
import { toDraft } from "../contract.ts";
import { makeDatabase, type PostgresServer, runSql, startPostgres } from "./postgres-server.ts";

// A server of this file's own, since it is stopped.
let server: PostgresServer;
let url: string;
let folder: string;
const stores: MemoryStore[] = [];
const newId = (): string => `m-${nanoid(10)}`;
beforeAll(async () => {
  server = await startPostgres();
}, 60_000);
afterAll(() => server.remove());
beforeEach(async () => {
  folder = mkdtempSync("/var/tmp/codex-bridge-test-");
  await server.start();
  url = await makeDatabase(server.url);
});
afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()));
  rmSync(folder, { recursive: true, force: true });
});

/** A bridge on a machine, where the project has a path of its own. */
function openBridge(machine: string, wrap = (team: TeamStore): TeamStore => team, key = "admin@lab") {
  const here: MemoryArea = { scope: "project", project: `/home/${machine}/heron` };
  const path = join(folder, machine, "memory.db");
  const local: LocalStore = createSqliteMemory({ path, clock: Date.now, newId });
  const team = wrap(createPostgresMemory({ url, clock: Date.now, newId }));
  const names = { local: here.project, shared: "git.test/acme/heron" };
  const memory = createTeamMemory({ team, local, key, names, clock: Date.now, newId, pauseMs: 100 });
  stores.push(memory);
  return { memory, local, here };
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 50));
}

const countStored = async (): Promise<number> =>
  Number((await runSql(url, "SELECT count(*) FROM codex_bridge.entries"))[0]?.["count"]);

test("four bridges on two machines, sixty entries at once, and the server goes and comes back: all are there, none twice", async () => {
  const bridges = ["anna", "anna", "ben", "ben"].map((machine) => openBridge(machine));
  await bridges[0]?.memory.list({}, 1);
  const storing = Array.from({ length: 60 }, async (_, index) => {
    const { memory, here } = bridges[index % 4] ?? openBridge("none");
    // Some before the server goes, some while it goes, some while it is away.
    await new Promise((resolve) => setTimeout(resolve, index * 15));
    return memory.store(toDraft(`artifact ${index}`, { area: here, sessionId: "s", kind: "note" }));
  });
  await until(async () => (await countStored()) >= 10);
  await server.stop();
  const stored = await Promise.all(storing);
  expect(new Set(stored.map(({ id }) => id)).size).toBe(60);
  const unsent = await Promise.all([bridges[0], bridges[2]].map(async (bridge) => bridge?.local.countUnsent() ?? 0));
  expect(unsent[0] ?? 0).toBeGreaterThan(0);
  expect(unsent[1] ?? 0).toBeGreaterThan(0);
  await server.start();
  // Nobody calls anything: the outbox empties by itself.
  await until(async () => (await countStored()) === 60);
  const texts = await runSql(url, "SELECT DISTINCT text, project FROM codex_bridge.entries");
  expect(texts).toHaveLength(60);
  expect(new Set(texts.map(({ project }) => project))).toEqual(new Set(["git.test/acme/heron"]));
  const versions = await runSql(url, "SELECT version FROM codex_bridge.entries ORDER BY version");
  expect(versions.map(({ version }) => version)).toEqual(Array.from({ length: 60 }, (_, index) => index + 1));
  for (const { memory, local, here } of bridges) {
    await until(async () => (await local.countUnsent()) === 0);
    expect(await memory.list({ areas: [here] }, 100)).toHaveLength(60);
    expect(memory.notes()).toEqual([]);
  }
}, 60_000);

test("while the server is away, this machine answers with what it has, and says so", async () => {
  const { memory, local, here } = openBridge("anna");
  const other = openBridge("ben");
  const mine = await memory.store(toDraft("The bittern booms.", { area: here }));
  await other.memory.store(toDraft("The bittern hides.", { area: other.here }));
  const search = { queries: ["bittern"], filter: { areas: [here] }, limit: 5 };
  expect((await memory.search(search)).hits).toHaveLength(2);
  expect((await other.memory.list({ areas: [other.here] }, 9))[0]?.area).toEqual(other.here);
  await server.stop();
  expect((await memory.search(search)).hits.map(({ entry }) => entry)).toEqual([mine]);
  expect(memory.notes().join()).toMatch(/^Local only: .*cannot be reached/);
  expect(memory.notes().join()).not.toContain("outbox");
  expect(await memory.read([mine.id])).toEqual([mine]);
  const later = await memory.store(toDraft("The bittern waits.", { area: here }));
  expect(memory.notes().join()).toMatch(/outbox/);
  expect((await memory.list({ areas: [here] }, 9)).map(({ id }) => id)).toEqual([later.id, mine.id]);
  await expect(memory.remove([mine.id])).rejects.toMatchObject({ code: "MEMORY_UNAVAILABLE" });
  expect(await local.read([mine.id])).toHaveLength(1);
  // Another bridge of this machine, begun later, finds the outbox.
  const next = openBridge("anna");
  await memory.close();
  await server.start();
  await next.memory.list({}, 1);
  expect((await other.memory.search(search)).hits).toHaveLength(0);
  expect((await other.memory.search({ ...search, filter: { areas: [other.here] } })).hits).toHaveLength(3);
  expect(await local.countUnsent()).toBe(0);
}, 60_000);

test("an answer that is lost after the server has stored is not stored again", async () => {
  let loses = true;
  const { memory, local, here } = openBridge("anna", (team) => ({
    ...team,
    storeAs: async (...entry) => {
      const stored = await team.storeAs(...entry);
      if (!loses) return stored;
      loses = false;
      // What a connection that breaks at this point gives.
      const far = createPostgresMemory({ url: "postgres://x:y@127.0.0.1:1/x", clock: Date.now, newId });
      await far.list({}, 1);
      return stored;
    },
  }));
  const { id } = await memory.store(toDraft("once", { area: here, sessionId: "s" }));
  expect(await local.countUnsent()).toBe(1);
  await until(async () => (await local.countUnsent()) === 0);
  expect(await memory.list({}, 9)).toMatchObject([{ id, version: 1 }]);
});

test("of two machines that take a step of one session while the server is away, one wins and the other is told", async () => {
  const [anna, ben] = [openBridge("anna"), openBridge("ben")];
  const step = (at: typeof anna, kind: "plan" | "review" | "implementation", status: string) =>
    toDraft(`${kind} ${status}`, { area: at.here, sessionId: "s", kind, status });
  const plan = await anna.memory.store(step(anna, "plan", "PLANNED"));
  const review = await ben.memory.store(step(ben, "review", "REVIEWED"), plan.id);
  await anna.memory.list({}, 1);
  await server.stop();
  // Anna has not seen the review; Ben goes on from it, in two steps.
  const second = await anna.memory.store(step(anna, "plan", "PLANNED ANEW"), plan.id);
  const third = await anna.memory.store(step(anna, "review", "REVIEWED ANEW"), second.id);
  await expect(anna.memory.store(step(anna, "review", "X"), second.id)).rejects.toMatchObject({
    code: "STEP_OUT_OF_ORDER",
  });
  const made = await ben.memory.store(step(ben, "implementation", "MADE"), review.id);
  await server.start();
  for (const { local } of [anna, ben]) await until(async () => (await local.countUnsent()) === 0);
  const entries = await ben.memory.list({ sessionId: "s", areas: [ben.here] }, 9);
  const steps = entries.filter(({ status }) => status !== undefined);
  expect(steps.map(({ id }) => id)).toEqual([made.id, review.id, plan.id]);
  // Nothing is lost: what came second is there and here as a note.
  const [notes, kept] = [await anna.memory.read([second.id, third.id]), await anna.local.read([second.id, third.id])];
  for (const note of [...notes, ...kept])
    expect(note).toMatchObject({ kind: "note", text: expect.stringContaining("ANEW") });
  expect(notes.every(({ tags }) => tags.includes("came-second"))).toBe(true);
  await until(async () => (await anna.memory.list({}, 1)).length > 0);
  const told = anna.memory.notes().join();
  expect(told).toMatch(
    new RegExp(`The plan ${second.id} came second: the session "s" went on elsewhere.*The review ${third.id} came`),
  );
  expect([anna.memory.notes(), ben.memory.notes()]).toEqual([[], []]);
}, 60_000);

test("a wait goes on while the server is away, and ends when it is back with the status, or when somebody here gets there", async () => {
  const { memory, here } = openBridge("anna");
  const beside = openBridge("anna");
  const other = openBridge("ben");
  await memory.store(toDraft("x", { area: here, sessionId: "s", status: "OPEN" }));
  const wait = { area: here, sessionId: "s", ms: 40_000 };
  const waiting = memory.waitForStatus({ ...wait, status: "READY" });
  const waitingHere = memory.waitForStatus({ ...wait, status: "NOTED" });
  await server.stop();
  await beside.memory.store(toDraft("y", { area: here, sessionId: "s", status: "NOTED" }));
  expect(await waitingHere).toMatchObject({ text: "y" });
  await server.start();
  await other.memory.store(toDraft("z", { area: other.here, sessionId: "s", status: "READY" }));
  expect(await waiting).toMatchObject({ text: "z", area: here });
}, 60_000);

test("what is wrong with the server itself is an error, and nothing goes to the outbox", async () => {
  const { memory, local, here } = openBridge("anna");
  await memory.store(toDraft("x", { area: here }));
  await runSql(url, "UPDATE codex_bridge.store SET version = 99");
  const next = openBridge("anna");
  await expect(next.memory.store(toDraft("y", { area: here }))).rejects.toMatchObject({ code: "MEMORY_UNAVAILABLE" });
  expect(await local.countUnsent()).toBe(0);
  expect(next.memory.notes()).toEqual([]);
});
