import { join } from "node:path";
import { nanoid } from "nanoid";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { toStems } from "../../../src/memory/postgres/entry-rows.ts";
import { createPostgresMemory, type TeamStore } from "../../../src/memory/postgres/postgres-memory.ts";
import { toDraft } from "../contract.ts";
import { scoreMemory, scoreStore } from "../search/score-memory.ts";
import { makeDatabase } from "./postgres-server.ts";

let store: TeamStore;
beforeAll(async () => {
  const url = await makeDatabase(inject("postgresUrl"));
  store = createPostgresMemory({ url, clock: Date.now, newId: () => `m-${nanoid(10)}` });
});
afterAll(() => store.close());

test("the questions of the set are answered as well as by the local store", async () => {
  const folder = join(import.meta.dirname, "../../fixtures/memory/harbour");
  const here = await scoreStore(store, folder, 1);
  const { one: local } = await scoreMemory(folder);
  expect(here.inFirstThree).toBeGreaterThanOrEqual(local.inFirstThree - 0.02);
  expect(here.exactFirst).toBe(local.exactFirst);
  expect(here.noneSaid).toBeGreaterThanOrEqual(local.noneSaid - 0.02);
  expect(here.noneWrong).toBeLessThanOrEqual(local.noneWrong + 0.02);
});

test("a slip, a piece of a word, a session by its code and words without blanks are found", async () => {
  await store.store(toDraft("The albatross glides.", { sessionId: "SESSION-20261127-QW3RTY77-gliding" }));
  await store.store(toDraft("createPgClientForTests opens nothing."));
  await store.store(toDraft("レート制限は一分です。"));
  const find = async (query: string): Promise<string | undefined> =>
    (await store.search({ queries: [query], filter: {}, limit: 1 })).hits[0]?.entry.text;
  expect(await find("albatros glidess")).toBe("The albatross glides.");
  expect(await find("pgclientfor")).toBe("createPgClientForTests opens nothing.");
  expect(await find("what did SESSION-20261127-QW3RTY77 say")).toBe("The albatross glides.");
  expect(await find("制限")).toBe("レート制限は一分です。");
});

test("a text of the greatest size is stored whole, and found by its beginning", async () => {
  const text = `The whimbrel calls. ${Array.from({ length: 131_000 }, (_, index) => String.fromCodePoint(0x4e00 + ((index * 7919) % 20_000))).join("")}${"y".repeat(3_000)}`;
  const { id } = await store.store(toDraft(text));
  expect((await store.read([id]))[0]?.text).toBe(text);
  const { hits } = await store.search({ queries: ["whimbrel"], filter: {}, limit: 1 });
  expect(hits[0]?.entry.id).toBe(id);
  expect(toStems({ ...toDraft("a ".repeat(9)), id, version: 1, at: 0 })).toEqual(["a"]);
});
