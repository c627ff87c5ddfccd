// The outbox of a machine with a server that is there, and everything else that can be wrong.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nanoid } from "nanoid";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import type { MemoryArea, MemoryStore } from "../../../src/memory/memory-store.ts";
import { createPostgresMemory, type TeamStore } from "../../../src/memory/postgres/postgres-memory.ts";
import { createSqliteMemory } from "../../../src/memory/sqlite/sqlite-memory.ts";
import { createTeamMemory } from "../../../src/memory/team/team-memory.ts";
import { toDraft } from "../contract.ts";
import { makeDatabase, runSql } from "./postgres-server.ts";

const KEY = "admin@lab";
const PROJECT = "/home/anna/heron";
const HERE: MemoryArea = { scope: "project", project: PROJECT };
const address = { team: KEY, sharedProject: "git.test/acme/heron" };
const newId = (): string => `m-${nanoid(10)}`;
let url: string;
let folder: string;
const stores: MemoryStore[] = [];
beforeEach(async () => {
  folder = mkdtempSync("/var/tmp/codex-bridge-test-");
  url = await makeDatabase(inject("postgresUrl"));
});
afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()));
  rmSync(folder, { recursive: true, force: true });
});

function openBridge({ key = KEY, sendMs = 60_000, atOnce = 100, wrap = (team: TeamStore): TeamStore => team } = {}) {
  const local = createSqliteMemory({ path: join(folder, "memory.db"), clock: Date.now, newId });
  const team = wrap(createPostgresMemory({ url, clock: Date.now, newId }));
  const names = { local: PROJECT, shared: address.sharedProject };
  const memory = createTeamMemory({ team, local, key, names, clock: Date.now, newId, pauseMs: 100, sendMs, atOnce });
  stores.push(memory);
  return { memory, local };
}

const listTexts = async (): Promise<unknown[]> =>
  (await runSql(url, "SELECT text FROM codex_bridge.entries ORDER BY rowid")).map(({ text }) => text);

test("entries that the server refuses keep no other from being sent, and are named", async () => {
  await openBridge().memory.list({}, 1);
  await runSql(url, "ALTER TABLE codex_bridge.entries ADD CHECK (text NOT LIKE 'poison%')");
  const sent: string[] = [];
  const { memory, local } = openBridge({
    atOnce: 3,
    wrap: (team) => ({
      ...team,
      storeAs: (id, ...rest) => {
        sent.push(id);
        return team.storeAs(id, ...rest);
      },
    }),
  });
  // More of them than are sent at once.
  for (let at = 0; at < 7; at += 1)
    await local.storeUnsent(`m-p${at}`, toDraft(`poison ${at}`, { area: HERE }), address);
  await local.storeUnsent("m-good", toDraft("good", { area: HERE }), address);
  await memory.list({}, 1);
  expect(await listTexts()).toEqual(["good"]);
  expect(await local.countUnsent()).toBe(7);
  expect(memory.notes().join()).toMatch(
    /does not take m-p0, m-p1, .* and 2 more: .*refused the entry \(23514\).*kept on this machine/,
  );
  // They are left alone for a while, and what is stored now goes on.
  sent.length = 0;
  await memory.store(toDraft("next", { area: HERE }));
  expect(sent).toHaveLength(1);
  expect(await listTexts()).toEqual(["good", "next"]);
});

test("what waits for one team is not sent to another", async () => {
  const { memory, local } = openBridge({ key: "anna@elsewhere.test/memory" });
  await local.storeUnsent("m-theirs", toDraft("theirs", { area: HERE }), address);
  await memory.store(toDraft("ours", { area: HERE }));
  expect(await listTexts()).toEqual(["ours"]);
  expect([await local.countUnsent(KEY), await local.countUnsent("anna@elsewhere.test/memory")]).toEqual([1, 0]);
  await openBridge().memory.list({}, 1);
  expect(await listTexts()).toEqual(["ours", "theirs"]);
});

test("a long outbox keeps no call waiting, and nothing overtakes what waits in it", async () => {
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const { memory, local } = openBridge({
    sendMs: 10,
    wrap: (team) => ({
      ...team,
      storeAs: async (...entry) => {
        await gate;
        return team.storeAs(...entry);
      },
    }),
  });
  await local.storeUnsent("m-old", toDraft("old", { area: HERE, sessionId: "s", status: "OLD" }), address);
  expect(await memory.list({}, 9)).toEqual([]);
  const { id } = await memory.store(toDraft("new", { area: HERE, sessionId: "s", status: "NEW" }));
  expect(memory.notes().join()).toMatch(/waits in the outbox/);
  open();
  while ((await local.countUnsent()) > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  expect((await memory.list({}, 9)).map((entry) => entry.id)).toEqual([id, "m-old"]);
  expect(memory.notes()).toEqual([]);
});

test("an end does not wait for a long outbox, and the next bridge sends what is left", async () => {
  const { memory, local } = openBridge({
    sendMs: 1,
    wrap: (team) => ({
      ...team,
      storeAs: async (...entry) => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        return team.storeAs(...entry);
      },
    }),
  });
  for (let at = 0; at < 20; at += 1) await local.storeUnsent(`m-${at}`, toDraft(`${at}`, { area: HERE }), address);
  await memory.list({}, 1);
  await memory.close();
  expect(await local.countUnsent()).toBeGreaterThan(0);
  await openBridge().memory.list({}, 1);
  expect(await listTexts()).toEqual(Array.from({ length: 20 }, (_, at) => `${at}`));
});

test("an outbox that is damaged, or cannot be written, is said, and the team's memory works", async () => {
  const path = join(folder, "memory.db");
  writeFileSync(path, "no database at all".repeat(500));
  const { memory } = openBridge();
  await memory.store(toDraft("stored", { area: HERE }));
  expect((await memory.list({}, 9)).map(({ text }) => text)).toEqual(["stored"]);
  expect(memory.notes().join()).toMatch(/outbox of this machine cannot be emptied: The memory .* is damaged/);
  await memory.close();
  rmSync(path);
  const first = openBridge();
  await first.local.storeUnsent("m-1", toDraft("sent, and not noted", { area: HERE }), address);
  await first.local.close();
  const next = openBridge();
  const broken = { ...next.local, markSent: () => Promise.reject(new Error("the disk is full")) };
  const names = { local: PROJECT, shared: address.sharedProject };
  const team = createPostgresMemory({ url, clock: Date.now, newId });
  const full = createTeamMemory({ team, local: broken, key: KEY, names, clock: Date.now, newId });
  stores.push(full);
  for (let round = 0; round < 3; round += 1) await full.list({}, 9);
  expect(full.notes().join()).toContain("the disk is full");
  expect(await listTexts()).toEqual(["stored", "sent, and not noted"]);
  await next.memory.list({}, 1);
  expect([await next.local.countUnsent(), (await listTexts()).length]).toEqual([0, 2]);
});
