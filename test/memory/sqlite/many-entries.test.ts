import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadEngine } from "../../../src/memory/sqlite/engine.ts";
import { createSqliteMemory } from "../../../src/memory/sqlite/sqlite-memory.ts";

const MANY = 3_000;

test("among thousands of entries with the words of a question, the one that says it in other words is found", async () => {
  const folder = mkdtempSync("/var/tmp/codex-bridge-test-");
  const path = join(folder, "memory.db");
  const memory = createSqliteMemory({ path, clock: () => 0, newId: () => "m-wanted" });
  try {
    const area = { scope: "project", project: "/lab" } as const;
    const entry = { area, kind: "note", agent: "claude", tags: [], files: [] } as const;
    await memory.store({ ...entry, title: "Gateway", text: "The gateway throttles whoever asks too often." });
    const database = loadEngine().open(path, 5_000);
    database.exec(`BEGIN;
      WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${MANY})
      INSERT INTO entries (id, scope, project, kind, agent, title, text, tags, files, grams, version, at)
        SELECT 'm-' || n, 'project', '/lab', 'note', 'claude', 'Entry ' || n, 'The rate and the limit of number ' || n, '[]', '[]', '', 1, 0 FROM numbers;
      COMMIT`);
    database.close();
    const { hits } = await memory.search({ queries: ["rate limit"], filter: {}, limit: 5 });
    expect(hits.map(({ entry: { id } }) => id)).toContain("m-wanted");
    expect(hits).toHaveLength(5);
  } finally {
    await memory.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
