// A team's memory with embeddings: the server has none, each machine keeps its own.
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { nanoid } from "nanoid";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { packVector } from "../../../src/memory/embeddings/packed-vector.ts";
import { withEmbeddings } from "../../../src/memory/embeddings/with-embeddings.ts";
import type { MemoryArea, MemoryStore } from "../../../src/memory/memory-store.ts";
import { createPostgresMemory } from "../../../src/memory/postgres/postgres-memory.ts";
import { createVectorCache } from "../../../src/memory/sqlite/cached-vectors.ts";
import { createMemoryFile } from "../../../src/memory/sqlite/memory-file.ts";
import { createSqliteMemory } from "../../../src/memory/sqlite/sqlite-memory.ts";
import { createTeamMemory } from "../../../src/memory/team/team-memory.ts";
import { toDraft } from "../contract.ts";
import { makeDatabase, runSql } from "./postgres-server.ts";
import { startWay } from "./way.ts";

/** Texts about birds point one way, all others another. */
const toVector = (text: string): number[] => (/tern|seabird/i.test(text) ? [1, 0.1] : [0.1, 1]);

let folder: string;
let url: string;
const stores: MemoryStore[] = [];
beforeEach(async () => {
  folder = mkdtempSync("/var/tmp/codex-bridge-test-");
  url = await makeDatabase(inject("postgresUrl"));
});
afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()));
  rmSync(folder, { recursive: true, force: true });
});

function openMachine(name: string, at = url) {
  const project = `/home/${name}/heron`;
  const here: MemoryArea = { scope: "project", project };
  const newId = (): string => `m-${nanoid(10)}`;
  const local = createSqliteMemory({ path: join(folder, name, "memory.db"), clock: Date.now, newId });
  const team = createPostgresMemory({ url: at, clock: Date.now, newId });
  const names = { local: project, shared: "git.test/acme/heron" };
  const plain = createTeamMemory({ team, local, key: "k", names, clock: Date.now, newId, pauseMs: 100 });
  const asked: string[] = [];
  const embed = async (texts: readonly string[]) => {
    asked.push(...texts);
    return texts.map(toVector);
  };
  const memory = withEmbeddings(plain, {
    embed,
    model: "m",
    redact: (text) => text,
    clock: () => 0,
    questionMs: 60_000,
  });
  stores.push(memory);
  const search = { queries: ["seabirds"], filter: { areas: [here] }, limit: 3 };
  const isDone = async () => (await plain.vectors?.listWithout("m", search.filter, 99, []))?.length === 0;
  const untilDone = async (): Promise<void> => {
    while (!(await isDone())) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  return { memory, plain, local, here, asked, search, untilDone };
}

test("what another machine has stored is found by what it means, also while the server is away", async () => {
  const way = await startWay(Number(new URL(url).port));
  try {
    const [ben, anna] = [openMachine("ben"), openMachine("anna", url.replace(/:\d+\//, `:${way.port}/`))];
    const tern = await ben.plain.store(toDraft("The tern dives.", { area: ben.here }));
    for (let at = 0; at < 9; at += 1)
      await ben.plain.store(toDraft(`Ledger ${at} is in the office.`, { area: ben.here }));
    await ben.plain.store(toDraft("Elsewhere the tern rests.", { area: { scope: "project", project: "/other" } }));
    const own = await anna.memory.store(toDraft("An office of her own.", { area: anna.here }));
    await anna.memory.search(anna.search);
    await anna.untilDone();
    const found = await anna.memory.search(anna.search);
    expect(found.warnings).toEqual([]);
    expect(found.hits.map(({ entry }) => entry)).toEqual([{ ...tern, area: anna.here }]);
    expect(anna.asked.join()).not.toContain("Elsewhere");
    // Nobody else's vectors, and none of the server's.
    expect(ben.asked).toEqual([]);
    expect(
      await runSql(url, "SELECT FROM pg_tables WHERE schemaname = 'codex_bridge' AND tablename LIKE '%vector%'"),
    ).toEqual([]);
    way.cut();
    const away = await anna.memory.search(anna.search);
    expect(away.hits.map(({ entry }) => entry.id)).toEqual([own.id]);
    way.mend();
    await ben.memory.remove([tern.id]);
    while (anna.memory.notes().length > 0) await anna.memory.list({}, 1);
    const { hits } = await anna.memory.search(anna.search);
    expect(hits.map(({ entry }) => entry.id)).not.toContain(tern.id);
  } finally {
    way.close();
  }
}, 60_000);

test("vectors of another model or length count as none, and the first ones go when there are too many", async () => {
  const { local } = openMachine("anna");
  const { teamVectors: cache } = local;
  const [one, two] = [packVector([1, 0]), packVector([1, 0, 0])];
  await cache.keep(
    "m",
    new Map([
      ["a", one],
      ["b", packVector([0, 1])],
    ]),
  );
  expect(await cache.listMissing("m", ["x", "b", "a", "y"])).toEqual(["x", "y"]);
  expect(await cache.listMissing("other", ["b", "a"])).toEqual(["b", "a"]);
  expect(await cache.findNear("m", [one], ["a", "b", "x"], 9)).toEqual([["a"]]);
  expect(await cache.findNear("m", [one], ["b"], 9)).toEqual([[]]);
  expect(await cache.findNear("m", [two], ["a", "b"], 9)).toEqual([[]]);
  expect(await cache.listMissing("m", ["a", "b"])).toEqual(["a", "b"]);
  const file = createMemoryFile({ path: join(folder, "anna", "memory.db") });
  const small = createVectorCache(file.read, file.write, 2);
  for (const id of ["c", "d", "e"]) await small.keep("m", new Map([[id, one]]));
  expect(await small.listMissing("m", ["c", "d", "e"])).toEqual(["c"]);
  file.close();
});
