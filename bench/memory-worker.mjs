// A process of the memory's benchmarks: it does one kind of work on a store when it is told to, and says how long that took.
import { createRequire } from "node:module";
import { loadSource } from "../scripts/load-source.mjs";

const { createSqliteMemory } = await loadSource(
  'export { createSqliteMemory } from "./src/memory/sqlite/sqlite-memory.ts";',
);
const [kind, path] = process.argv.slice(2);
const AREA = { scope: "project", project: "/bench" };
let count = 0;
const newId = () => {
  count += 1;
  return `m-${process.pid}-${count}`;
};
const SQL = `INSERT INTO entries (id, scope, project, session, kind, agent, status, title, text, tags, files, grams, version, at)
  VALUES (?, 'project', '/bench', ?, 'note', 'claude', NULL, ?, ?, '[]', '[]', '', ?, ?)`;
const FIND = `SELECT e.id, e.title, e.text FROM words JOIN entries e ON e.rowid = words.rowid
  WHERE words MATCH ? ORDER BY words.rank LIMIT 5`;

let marks = 0;
const toMark = () => `mark${process.pid}x${marks}`;
const text = (at) =>
  `Entry ${at} ${toMark()}: the ${["heron", "tern", "gull"][at % 3]} waits for the tide. ${"word ".repeat(40)}`;
const draft = (at) => ({
  area: AREA,
  kind: "note",
  agent: "claude",
  sessionId: "bench",
  title: `Entry ${at}`,
  text: text(at),
  tags: [],
  files: [],
});

const works = { memory: openMemory, raw: openRaw };
const work = works[kind]();
process.send({ ready: true });
process.on("message", async ({ stores = 0, every = 10, forever = false, query, id }) => {
  const began = performance.now();
  let errors = 0;
  let last;
  for (let at = 0; forever || at < stores; at += 1) {
    try {
      marks += 1;
      const stored = await work.store(at);
      last = { id: stored, mark: toMark() };
      if (forever) process.send({ stored });
      if (at % every === 0) await work.find("heron tide");
    } catch {
      errors += 1;
    }
  }
  const found = query === undefined ? undefined : await work.find(query);
  process.send({ id, ms: performance.now() - began, errors, found, last });
});

function openMemory() {
  const memory = createSqliteMemory({ path, clock: Date.now, newId });
  return {
    store: async (at) => (await memory.store(draft(at))).id,
    find: async (query) =>
      (await memory.search({ queries: [query], filter: { areas: [AREA] }, limit: 5 })).hits.map(
        ({ entry }) => entry.id,
      ),
  };
}

// What the engine takes without us: the same rows in the same file, locked and written to disk the same way.
function openRaw() {
  const Libsql = createRequire(new URL("../package.json", import.meta.url))("libsql");
  const database = new Libsql(path, { timeout: 10_000 });
  database.exec("PRAGMA synchronous = FULL");
  const [insert, find] = [database.prepare(SQL), database.prepare(FIND)];
  const next = database.prepare(
    "SELECT coalesce(max(version), 0) + 1 AS next FROM entries WHERE session = ? AND kind = 'note'",
  );
  return {
    store: (at) => {
      database.exec("BEGIN IMMEDIATE");
      try {
        const id = newId();
        insert.all([id, "bench", `Entry ${at}`, text(at), next.all(["bench"])[0].next, Date.now()]);
        database.exec("COMMIT");
        return id;
      } catch (error) {
        // Otherwise it would hold its lock, and the others would wait for it.
        database.exec("ROLLBACK");
        throw error;
      }
    },
    find: (query) =>
      find
        .all([
          query
            .match(/\w+/g)
            .map((word) => `"${word}"`)
            .join(" OR "),
        ])
        .map(({ id }) => id),
  };
}
