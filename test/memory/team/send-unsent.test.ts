// What becomes of an outbox, with a server that is played.
import { join } from "node:path";
import { expect } from "vitest";
import { BridgeError } from "../../../src/domain/errors.ts";
import type { MemoryEntry } from "../../../src/memory/memory-store.ts";
import { toMovedOn } from "../../../src/memory/moved-on.ts";
import { PgError } from "../../../src/memory/postgres/pg-error.ts";
import type { TeamStore } from "../../../src/memory/postgres/postgres-memory.ts";
import { createSqliteMemory } from "../../../src/memory/sqlite/sqlite-memory.ts";
import { type Round, sendUnsent } from "../../../src/memory/team/send-unsent.ts";
import { test as fixtureTest } from "../../support/fixture.ts";
import { toDraft } from "../contract.ts";

const address = { team: "anna@lab", sharedProject: "git.test/acme/heron" };

const test = fixtureTest.extend("outbox", async ({ folder }, { onCleanup }) => {
  const local = createSqliteMemory({ path: join(folder, "memory.db"), clock: () => 1, newId: () => "" });
  onCleanup(() => local.close());
  const onServer: MemoryEntry[] = [];
  const refusing = new Set<string>();
  /** Takes a step only where the session's last one is what it follows, as a real one does. */
  const storeAs: TeamStore["storeAs"] = async (id, draft, at, follows) => {
    if (refusing.has(id))
      throw new BridgeError("MEMORY_UNAVAILABLE", "no", { cause: new PgError("refused", "23514", false, undefined) });
    const stand = onServer.findLast(({ sessionId, status }) => sessionId === draft.sessionId && status !== undefined);
    if (follows !== undefined && stand?.id !== follows) throw toMovedOn(draft.sessionId);
    const stored = { ...draft, id, at, version: onServer.length + 1 };
    onServer.push(stored);
    return stored;
  };
  const second: string[] = [];
  const passedOver = new Set<string>();
  const round: Round = {
    listPassedOver: () => [...passedOver],
    refuse: (id) => void passedOver.add(id),
    comeSecond: ({ id }) => void second.push(id),
    isStopped: () => false,
  };
  const team = { storeAs } as TeamStore;
  return {
    ...{ local, onServer, refusing, passedOver, second },
    step: (id: string, status: string, follows?: string) =>
      local.storeUnsent(id, toDraft(`step ${id}`, { sessionId: "s", kind: "plan", status }), address, follows),
    send: (atOnce: number) => sendUnsent({ team, local, key: address.team, atOnce }, round),
  };
});

// More than are read at once, exactly as many, fewer.
test.for([1, 2, 4, 100])("steps that follow a refused one wait with it, %i at once", async (atOnce, { outbox }) => {
  await outbox.step("m-1", "PLANNED");
  await outbox.step("m-2", "REVIEWED", "m-1");
  await outbox.step("m-3", "BUILT", "m-2");
  await outbox.local.storeUnsent("m-4", toDraft("of no session"), address);
  outbox.refusing.add("m-1");
  for (let times = 0; times < 2; times += 1) {
    await outbox.send(atOnce);
    expect(outbox.onServer.map(({ id }) => id)).toEqual(["m-4"]);
    expect(await outbox.local.countUnsent()).toBe(3);
  }
  // Somebody has mended something there, and it is tried again.
  outbox.refusing.clear();
  outbox.passedOver.clear();
  await outbox.send(atOnce);
  expect(outbox.onServer.map(({ id, status }) => [id, status])).toEqual([
    ["m-4", undefined],
    ["m-1", "PLANNED"],
    ["m-2", "REVIEWED"],
    ["m-3", "BUILT"],
  ]);
  expect([await outbox.local.countUnsent(), outbox.second]).toEqual([0, []]);
});

test("what came second has its tag on this machine too, and is found by it", async ({ outbox }) => {
  await outbox.step("m-1", "PLANNED");
  await outbox.step("m-2", "REVIEWED", "m-other");
  await outbox.send(100);
  expect(outbox.second).toEqual(["m-2"]);
  const { local } = outbox;
  const tagged = await local.list({ tags: ["came-second"] }, 9);
  expect(tagged).toMatchObject([{ id: "m-2", kind: "note", text: "step m-2" }]);
  expect(tagged[0]?.status).toBeUndefined();
  for (const query of ["came-second", "ame-secon", "m-2"]) {
    const { hits } = await local.search({ queries: [query], filter: {}, limit: 9 });
    expect(hits.map(({ entry }) => entry.id)).toContain("m-2");
  }
  // The indexes hold it once: nothing is left of it after it is removed.
  await local.remove(["m-2"]);
  expect((await local.search({ queries: ["came-second", "ame-secon"], filter: {}, limit: 9 })).hits).toEqual([]);
});

test("a step stays one whose predecessors are removed before they were sent", async ({ outbox }) => {
  await outbox.step("m-1", "PLANNED");
  await outbox.send(100);
  await outbox.step("m-2", "REVIEWED", "m-1");
  await outbox.step("m-3", "BUILT", "m-2");
  await outbox.step("m-4", "COMPLETE", "m-3");
  await outbox.local.remove(["m-2", "m-3"]);
  await outbox.send(100);
  expect(outbox.onServer.map(({ id, status }) => [id, status])).toEqual([
    ["m-1", "PLANNED"],
    ["m-4", "COMPLETE"],
  ]);
  expect([await outbox.local.countUnsent(), outbox.second]).toEqual([0, []]);
});
