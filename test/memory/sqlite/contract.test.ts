import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { nanoid } from "nanoid";
import { expect, test } from "vitest";
import type { MemoryStore } from "../../../src/memory/memory-store.ts";
import { ENGINES } from "../../../src/memory/sqlite/engine.ts";
import { createSqliteMemory } from "../../../src/memory/sqlite/sqlite-memory.ts";
import { describeMemory } from "../contract.ts";

// Node 20 has no SQLite of its own: there `node:sqlite` says so. With a newer Node the suite runs with both.
const isThere = (load: () => unknown): boolean => {
  try {
    load();
    return true;
  } catch {
    return false;
  }
};

test("libsql, which the package brings, loads here", () => {
  expect(ENGINES["libsql"]?.().name).toBe("libsql");
});

for (const [name, load] of Object.entries(ENGINES).filter(([, load]) => isThere(load))) {
  describeMemory(name, async () => {
    const folder = mkdtempSync("/var/tmp/codex-bridge-test-");
    const stores: MemoryStore[] = [];
    let time = 1_800_000_000_000;
    return {
      open: () => {
        const path = join(folder, "memory/memory.db");
        const store = createSqliteMemory({ path, load, clock: () => time, newId: () => `m-${nanoid(10)}` });
        stores.push(store);
        return store;
      },
      setTime: (at) => {
        time = at;
      },
      close: async () => {
        await Promise.all(stores.map((store) => store.close()));
        rmSync(folder, { recursive: true, force: true });
      },
    };
  });
}
