import { nanoid } from "nanoid";
import { inject } from "vitest";
import type { MemoryStore } from "../../../src/memory/memory-store.ts";
import { createPostgresMemory } from "../../../src/memory/postgres/postgres-memory.ts";
import { describeMemory } from "../contract.ts";
import { makeDatabase, runSql } from "./postgres-server.ts";

let database: Promise<string> | undefined;

describeMemory("PostgreSQL", async () => {
  database ??= makeDatabase(inject("postgresUrl"));
  const url = await database;
  // Each test makes the tables anew.
  await runSql(url, "DROP SCHEMA IF EXISTS codex_bridge CASCADE");
  const stores: MemoryStore[] = [];
  let time = 1_800_000_000_000;
  return {
    open: () => {
      const store = createPostgresMemory({ url, clock: () => time, newId: () => `m-${nanoid(10)}` });
      stores.push(store);
      return store;
    },
    setTime: (at) => {
      time = at;
    },
    close: async () => {
      await Promise.all(stores.map((store) => store.close()));
    },
  };
});
