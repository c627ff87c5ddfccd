// A store that cannot be used, each way with the words for it. What is in a file that we do not understand stays.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { BridgeError } from "../../../src/domain/errors.ts";
import { type Database, type Engine, EngineError, loadEngine } from "../../../src/memory/sqlite/engine.ts";
import type { MemoryFileOptions } from "../../../src/memory/sqlite/memory-file.ts";
import { findNetworkFileSystem } from "../../../src/memory/sqlite/network-folder.ts";
import { SCHEMA_VERSION } from "../../../src/memory/sqlite/schema.ts";
import { createSqliteMemory } from "../../../src/memory/sqlite/sqlite-memory.ts";
import { test } from "../../support/fixture.ts";
import { canMount, fillDisk, mountDisk } from "../../support/full-disk.ts";
import { toDraft } from "../contract.ts";

function open(folder: string, options: Partial<MemoryFileOptions> = {}) {
  let count = 0;
  const newId = (): string => {
    count += 1;
    return `m-${count}`;
  };
  const path = join(folder, "memory", "memory.db");
  return { path, memory: createSqliteMemory({ path, clock: Date.now, newId, ...options }) };
}

/** The error of an act, as it is told. */
async function tell(act: Promise<unknown>): Promise<string> {
  try {
    await act;
  } catch (error) {
    const { code, message, report } = error as BridgeError;
    return `[${code}] ${message} ${report.nextStep}`;
  }
  return "no error";
}

/** An engine that does something else with one statement. */
function withStatement(sql: string, act: Database["all"]): () => Engine {
  return () => {
    const engine = loadEngine();
    return {
      ...engine,
      open: (...args) => {
        const database = engine.open(...args);
        return { ...database, all: (text, params) => (text === sql ? act(text, params) : database.all(text, params)) };
      },
    };
  };
}

test("the files are this user's alone, also where an older one was not", async ({ folder }) => {
  const { memory, path } = open(folder);
  await memory.store(toDraft("x"));
  const modes = ["", "-wal", "-shm"].map((end) => (statSync(`${path}${end}`).mode & 0o777).toString(8));
  expect([...modes, (statSync(join(folder, "memory")).mode & 0o777).toString(8)]).toEqual(["600", "600", "600", "700"]);
  await memory.close();
  chmodSync(path, 0o644);
  await memory.list({}, 1);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  await memory.close();
});

test("a file of a newer bridge is left as it is", async ({ folder }) => {
  const { memory, path } = open(folder);
  await memory.store(toDraft("x"));
  await memory.close();
  const database = loadEngine().open(path, 100);
  database.exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
  database.close();
  const before = readFileSync(path);
  for (const act of [memory.store(toDraft("y")), memory.list({}, 1), memory.read(["m-1"])]) {
    const told = await tell(act);
    expect(told).toMatch(/^\[MEMORY_UNAVAILABLE\] .*newer codex-bridge \(schema \d\).*update codex-bridge\.$/);
    expect(told).toContain(`(schema ${SCHEMA_VERSION + 1})`);
  }
  expect(readFileSync(path).equals(before)).toBe(true);
});

test("a file of the first schema keeps its entries and becomes one of this schema", async ({ folder }) => {
  const { path, memory } = open(folder);
  const { id } = await memory.store(toDraft("stored before"));
  await memory.close();
  const old = loadEngine().open(path, 100);
  old.exec(
    "DROP TRIGGER entries_not_sent; DROP TABLE unsent; DROP TRIGGER vectors_removed; DROP TABLE vectors; DROP TABLE team_vectors",
  );
  old.exec("PRAGMA user_version = 1");
  old.close();
  const { memory: again } = open(folder);
  expect(await again.listUnsent("t", 9, [])).toEqual([]);
  expect(await again.read([id])).toMatchObject([{ text: "stored before" }]);
  expect(await again.vectors?.listWithout("m", {}, 9, [])).toMatchObject([{ id }]);
  const unsent = await again.storeUnsent("m-unsent", toDraft("to be sent"), {
    team: "t",
    sharedProject: "git.test/acme/heron",
  });
  expect(await again.listUnsent("t", 9, [])).toEqual([{ entry: unsent, sharedProject: "git.test/acme/heron" }]);
  await again.markSent({ ...unsent, version: 4 });
  expect([await again.countUnsent(), (await again.read(["m-unsent"]))[0]?.version]).toEqual([0, 4]);
  await again.storeUnsent("m-gone", toDraft("removed before it is sent"), { team: "t", sharedProject: "x" });
  await again.remove(["m-gone"]);
  expect(await again.countUnsent()).toBe(0);
  await again.close();
});

test("a file that is no database, and one that is damaged in its middle", async ({ folder }) => {
  const { memory, path } = open(folder);
  mkdirSync(join(folder, "memory"), { mode: 0o700 });
  writeFileSync(path, "not a database ".repeat(1_000));
  const words = /^\[MEMORY_UNAVAILABLE\] The memory \S+memory\.db is damaged\. Ask the user to move it away \(`mv /;
  expect(await tell(memory.store(toDraft("x")))).toMatch(words);
  expect(readFileSync(path, "utf8")).toBe("not a database ".repeat(1_000));
  // As the error says.
  renameSync(path, `${path}.damaged`);
  for (let index = 0; index < 50; index += 1) await memory.store(toDraft(`entry ${index} ${"word ".repeat(200)}`));
  await memory.close();
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.fill(0x5a, 4_096));
  expect(await tell(memory.search({ queries: ["word"], filter: {}, limit: 5 }))).toMatch(words);
  expect(await tell(memory.store(toDraft("x")))).toMatch(words);
});

test("a database of another program is not made ours", async ({ folder }) => {
  const { memory, path } = open(folder);
  mkdirSync(join(folder, "memory"), { mode: 0o700 });
  const database = loadEngine().open(path, 100);
  database.exec("CREATE TABLE theirs (x)");
  database.close();
  expect(await tell(memory.store(toDraft("x")))).toContain("a database of another program");
});

test("something in the place of the file or of its folder", async ({ folder }) => {
  const { memory, path } = open(folder);
  writeFileSync(join(folder, "memory"), "a file");
  expect(await tell(memory.store(toDraft("x")))).toMatch(/^\[MEMORY_UNAVAILABLE\] .*BRIDGE_STATE_DIR/);
  renameSync(join(folder, "memory"), join(folder, "elsewhere"));
  mkdirSync(path, { recursive: true });
  expect(await tell(memory.store(toDraft("x")))).toMatch(/^\[MEMORY_UNAVAILABLE\] .*EISDIR.*BRIDGE_STATE_DIR/);
});

test("a FIFO or a device in the place of the file is not opened", async ({ folder }) => {
  const { memory, path } = open(folder);
  mkdirSync(join(folder, "memory"));
  for (const put of [() => symlinkSync("/dev/zero", path), () => execFileSync("mkfifo", [path])]) {
    put();
    expect(await tell(memory.store(toDraft("x")))).toMatch(/^\[MEMORY_UNAVAILABLE\] .*ENOTREG.*BRIDGE_STATE_DIR/);
    rmSync(path);
  }
  await memory.store(toDraft("x"));
  await memory.close();
});

test("what was moved away is begun anew, so that nothing is written where nobody looks", async ({ folder }) => {
  const { memory, path } = open(folder);
  await memory.store(toDraft("old"));
  renameSync(join(folder, "memory"), join(folder, "away"));
  await memory.store(toDraft("new"));
  expect(statSync(path).isFile()).toBe(true);
  expect((await memory.list({}, 9)).map(({ text }) => text)).toEqual(["new"]);
  await memory.close();
});

test("no engine can be loaded", async ({ folder }) => {
  const { memory } = open(folder, { load: () => loadEngine(["no such engine", "broken"]) });
  const told = await tell(memory.store(toDraft("x")));
  expect(told).toMatch(/^\[MEMORY_UNAVAILABLE\] The memory needs SQLite.*Node 22\.13 or newer.*libsql@0\.5\.29/);
});

test("a network file system, by its name or by what SQLite says of its log", async ({ folder }) => {
  const named = open(folder, { findNetwork: () => "NFS" });
  expect(await tell(named.memory.store(toDraft("x")))).toMatch(/network file system \(NFS\).*BRIDGE_STATE_DIR/);
  const load = withStatement("PRAGMA journal_mode = WAL", () => [{ journal_mode: "delete" }]);
  expect(await tell(open(folder, { load }).memory.store(toDraft("x")))).toMatch(
    /cannot keep its log \(WAL\).*BRIDGE_STATE_DIR/,
  );
  expect(findNetworkFileSystem(folder)).toBeUndefined();
});

test("another process keeps the lock", async ({ folder }) => {
  const { memory, path } = open(folder, { lockMs: 50 });
  const { id } = await memory.store(toDraft("x"));
  const other = loadEngine().open(path, 100);
  other.exec("BEGIN IMMEDIATE");
  expect(await tell(memory.store(toDraft("y")))).toMatch(/^\[MEMORY_BUSY\] .*Nothing was stored/);
  // Reading does not wait for it.
  expect(await memory.read([id])).toHaveLength(1);
  other.exec("ROLLBACK");
  other.close();
  await memory.store(toDraft("y"));
  await memory.close();
});

test("an error of the engine that nobody foresaw is not told with its SQL", async ({ folder }) => {
  const load = withStatement("PRAGMA journal_mode = WAL", () => {
    throw new EngineError("other", new Error("near SELECT secret FROM entries: syntax error"));
  });
  const { memory } = open(folder, { load });
  await expect(memory.store(toDraft("x"))).rejects.toThrow("the database failed (other)");
});

test.runIf(canMount())("a full disk loses nothing, and a store that can only be read says so", async ({ folder }) => {
  const disk = join(folder, "disk");
  const unmount = mountDisk(disk, "1m");
  try {
    const { memory, path } = open(disk);
    const { id } = await memory.store(toDraft("kept"));
    fillDisk(disk);
    let told = "";
    for (let index = 0; index < 50 && !told.startsWith("["); index += 1) {
      told = await tell(memory.store(toDraft(`y ${"z".repeat(30_000)}`)));
    }
    expect(told).toMatch(/^\[MACHINE_LIMIT\] Nothing was stored: the disk with \S+ is full\. .*free space/);
    expect(await memory.read([id])).toHaveLength(1);
    const count = (await memory.list({}, 999)).length;
    await memory.close();
    // What was stored is there for a bridge that comes later, on the full disk too.
    expect(await memory.list({}, 999)).toHaveLength(count);
    await memory.close();
    expect(statSync(path).size).toBeGreaterThan(0);
  } finally {
    unmount();
  }
});
