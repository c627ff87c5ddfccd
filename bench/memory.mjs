// The shared memory: what one process stores another finds, several at once, a kill in the middle of writing, and many entries.
import { fork } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadSource } from "../scripts/load-source.mjs";
import { median } from "./measure.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
/** The engine's package is looked for from where the source is bundled. */
const SCRATCH = join(root, "node_modules/.codex-bridge-bench");
const WORKER = fileURLToPath(new URL("memory-worker.mjs", import.meta.url));
const PAIRS = 1_000;
const PROCESSES = 3;
const STORES = 500;
const KILLS = 20;
const ROUNDS = 2;
const MANY = 50_000;

/** All rows. It takes minutes: a part of `--long`. */
export async function benchMemory(_lab, told = () => {}) {
  const folder = mkdtempSync("/var/tmp/codex-bridge-memory-");
  mkdirSync(SCRATCH, { recursive: true });
  process.env.TMPDIR = SCRATCH;
  const source = await loadSource(`
    export { createSqliteMemory } from "./src/memory/sqlite/sqlite-memory.ts";
    export { loadEngine } from "./src/memory/sqlite/engine.ts";
  `);
  try {
    const parts = [benchPairs, benchAtOnce, benchKills, benchMany];
    const rows = [];
    for (const part of parts) {
      const made = [await part(folder, source)].flat();
      told(made);
      rows.push(...made);
    }
    return rows;
  } finally {
    rmSync(SCRATCH, { recursive: true, force: true });
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

async function benchPairs(folder) {
  const path = join(folder, "pairs.db");
  const [writer, reader] = [await start("memory", path), await start("memory", path)];
  const times = [];
  let found = 0;
  for (let at = 0; at < PAIRS; at += 1) {
    const { ms, last } = await ask(writer, { stores: 1, every: 2_000 });
    const answer = await ask(reader, { query: last.mark });
    times.push(ms + answer.ms);
    found += answer.found.includes(last.id) ? 1 : 0;
  }
  for (const worker of [writer, reader]) worker.kill();
  return toRow("stored by one process, found by another at its next call", {
    counts: { ours: found },
    bar: String(PAIRS),
    isMet: found === PAIRS,
    note: `a store and a search took ${median(times).toFixed(1)} ms (median)`,
  });
}

async function benchAtOnce(folder, { createSqliteMemory }) {
  const times = { memory: [], raw: [] };
  let errors = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const kind of ["raw", "memory"]) {
      const path = join(folder, `at-once-${kind}-${round}.db`);
      const made = createSqliteMemory({ path, clock: Date.now, newId: () => "m-first" });
      await made.list({}, 1);
      await made.close();
      const workers = await Promise.all(Array.from({ length: PROCESSES }, () => start(kind, path)));
      const began = performance.now();
      const ends = await Promise.all(workers.map((worker) => ask(worker, { stores: STORES })));
      times[kind].push(performance.now() - began);
      errors += ends.reduce((sum, end) => sum + end.errors, 0);
      if (kind === "memory") {
        const all = await made.list({}, 10_000);
        const versions = new Set(all.map(({ version }) => version));
        if (all.length !== PROCESSES * STORES || versions.size !== all.length) errors += 1;
        await made.close();
      }
      for (const worker of workers) worker.kill();
    }
  }
  const [ours, raw] = [median(times.memory), median(times.raw)];
  return toRow(`${PROCESSES} processes, ${STORES} stores each with searches between`, {
    times: { ours },
    raw: { what: "the engine alone", ms: raw },
    ratio: ours / raw,
    bar: "× 2.00",
    isMet: ours / raw <= 2 && errors === 0,
    note: `${errors} errors`,
  });
}

async function benchKills(folder, { createSqliteMemory, loadEngine }) {
  const path = join(folder, "kills.db");
  const acknowledged = [];
  for (let round = 0; round < KILLS; round += 1) {
    const worker = await start("memory", path);
    // Killed at whatever it does after some of them.
    const enough = acknowledged.length + 1 + Math.floor(Math.random() * 40);
    await new Promise((resolve) => {
      worker.on("message", ({ stored }) => {
        if (stored !== undefined) acknowledged.push(stored);
        if (acknowledged.length >= enough) setTimeout(resolve, Math.random() * 10);
      });
      worker.send({ forever: true });
    });
    worker.kill("SIGKILL");
    await new Promise((resolve) => worker.once("close", resolve));
  }
  const memory = createSqliteMemory({ path, clock: Date.now, newId: () => "m-none" });
  const stored = new Set((await memory.list({}, 1_000_000)).map(({ id }) => id));
  await memory.close();
  const lost = acknowledged.filter((id) => !stored.has(id)).length;
  const database = loadEngine().open(path, 1_000);
  const [{ integrity_check: integrity }] = database.all("PRAGMA integrity_check");
  database.close();
  return toRow(`acknowledged entries that a SIGKILL while writing lost, ${KILLS} rounds`, {
    counts: { ours: lost },
    bar: "0",
    isMet: lost === 0 && integrity === "ok" && acknowledged.length > 0,
    note: `of ${acknowledged.length}; integrity ${integrity}`,
  });
}

async function benchMany(folder, { createSqliteMemory, loadEngine }) {
  const few = await fill(join(folder, "few.db"), MANY / 10, createSqliteMemory, loadEngine);
  const many = await fill(join(folder, "many.db"), MANY, createSqliteMemory, loadEngine);
  const queries = [
    "retry queue backoff",
    "heron 4711",
    "why does the login fail",
    "src/net/retry.ts",
    "tide table cache",
  ];
  const times = { few: [], many: [], raw: [] };
  for (let round = 0; round < 15; round += 1) {
    for (const query of queries) {
      times.few.push(await timed(() => few.find(query)));
      times.raw.push(await timed(() => many.raw(query)));
      times.many.push(await timed(() => many.find(query)));
    }
  }
  await few.close();
  await many.close();
  const [ours, raw, small] = [mean(times.many), mean(times.raw), mean(times.few)];
  return [
    toRow(`search in ${MANY} entries`, {
      times: { ours },
      raw: { what: "one FTS5 query", ms: raw },
      ratio: ours / raw,
      bar: "× 1.50",
      isMet: ours / raw <= 1.5,
    }),
    toRow(`search, 10 × the entries`, {
      times: { ours },
      raw: { what: `in ${MANY / 10}`, ms: small },
      ratio: ours / small,
      bar: "× 12.00",
      isMet: ours / small <= 12,
    }),
  ];
}

async function fill(path, count, createSqliteMemory, loadEngine) {
  const memory = createSqliteMemory({ path, clock: Date.now, newId: () => "m-none" });
  await memory.list({}, 1);
  const database = loadEngine().open(path, 5_000);
  const words = [
    "retry",
    "queue",
    "login",
    "tide",
    "cache",
    "backoff",
    "heron",
    "table",
    "fail",
    "limit",
    "token",
    "index",
  ];
  database.exec("BEGIN IMMEDIATE");
  for (let at = 0; at < count; at += 1) {
    const text = Array.from(
      { length: 60 },
      (_, place) => words[(at * 7 + place * place) % words.length] + ((at + place) % 9 === 0 ? at % 997 : ""),
    ).join(" ");
    const row = [
      `m-${at}`,
      `Entry ${at} ${words[at % words.length]}`,
      text,
      at % 5 === 0 ? '["src/net/retry.ts"]' : "[]",
    ];
    database.all(
      "INSERT INTO entries (id, scope, project, kind, agent, title, text, tags, files, grams, version, at) VALUES (?, 'project', '/bench', 'note', 'claude', ?, ?, '[]', ?, '', 1, 0)",
      row,
    );
  }
  database.exec("COMMIT");
  const area = { scope: "project", project: "/bench" };
  return {
    find: (query) => memory.search({ queries: [query], filter: { areas: [area] }, limit: 5 }),
    raw: (query) =>
      database.all(
        "SELECT e.* FROM words JOIN entries e ON e.rowid = words.rowid WHERE words MATCH ? AND e.scope = 'project' AND e.project = '/bench' ORDER BY words.rank LIMIT 5",
        [
          query
            .match(/\w+/g)
            .map((word) => `"${word}"`)
            .join(" OR "),
        ],
      ),
    close: async () => {
      database.close();
      await memory.close();
    },
  };
}

async function timed(act) {
  const began = performance.now();
  await act();
  return performance.now() - began;
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function toRow(work, rest) {
  return { work, ...rest };
}

function start(kind, path) {
  const worker = fork(WORKER, [kind, path], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  return new Promise((resolve, reject) => {
    worker.once("message", () => resolve(worker));
    worker.once("error", reject);
  });
}

function ask(worker, message) {
  return new Promise((resolve) => {
    worker.once("message", resolve);
    worker.send(message);
  });
}
