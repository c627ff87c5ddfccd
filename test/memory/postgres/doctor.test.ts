import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { createPostgresMemory } from "../../../src/memory/postgres/postgres-memory.ts";
import { toTeamKey } from "../../../src/memory/postgres/server-name.ts";
import { createSqliteMemory } from "../../../src/memory/sqlite/sqlite-memory.ts";
import { checkMemory } from "../../../src/setup/doctor/memory-checks.ts";
import { toDraft } from "../contract.ts";
import { makeDatabase, PASSWORD, runSql } from "./postgres-server.ts";

test("doctor says which store is used, and whether it is reached, without the password", async () => {
  const stateDir = mkdtempSync("/var/tmp/codex-bridge-test-");
  try {
    const memoryUrl = await makeDatabase(inject("postgresUrl"));
    const look = async (url: string | undefined) => {
      const finding = await checkMemory({ stateDir, memoryUrl: url });
      expect(JSON.stringify(finding)).not.toContain(PASSWORD);
      return finding;
    };
    const server = String.raw`127\.0\.0\.1:\d+/lab_\w+ \(PostgreSQL \d+\.\d+, role admin\)`;
    expect(await look(memoryUrl)).toMatchObject({
      status: "ok",
      found: expect.stringMatching(new RegExp(`^team memory on ${server}: nothing yet; outbox empty`)),
    });
    // To look makes nothing.
    expect(await runSql(memoryUrl, "SELECT FROM pg_tables WHERE schemaname = 'codex_bridge'")).toEqual([]);
    const team = createPostgresMemory({ url: memoryUrl, clock: Date.now, newId: () => "m-1" });
    await team.store(toDraft("x"));
    await team.close();
    expect((await look(memoryUrl)).found).toMatch(/: 1 entry; outbox empty/);

    expect(await look(memoryUrl.replace(PASSWORD, "not-this-8812"))).toMatchObject({
      status: "failed",
      found: expect.stringContaining("refuses the login (28P01)"),
      advice: expect.stringMatching(/^Correct the role and the password in BRIDGE_MEMORY_URL/),
    });
    await runSql(memoryUrl, "UPDATE codex_bridge.store SET version = 99");
    expect(await look(memoryUrl)).toMatchObject({ status: "failed", advice: "Update codex-bridge." });
    await runSql(memoryUrl, "UPDATE codex_bridge.store SET version = 1");

    const local = createSqliteMemory({
      path: join(stateDir, "memory/memory.db"),
      clock: Date.now,
      newId: () => "m-2",
    });
    const sharedProject = "git.test/acme/heron";
    await local.storeUnsent("m-3", toDraft("y"), { team: toTeamKey(memoryUrl), sharedProject });
    await local.storeUnsent("m-4", toDraft("z"), { team: "anna@elsewhere.test/memory", sharedProject });
    await local.close();
    expect(await look(memoryUrl)).toMatchObject({
      status: "warning",
      found: expect.stringMatching(/; 1 entry in the outbox, 1 of another team memory$/),
    });
    expect(await look(undefined)).toMatchObject({
      status: "warning",
      found: expect.stringMatching(/^on this machine: .*memory\.db; 2 entries in the outbox of a team memory$/),
    });
  } finally {
    rmSync(stateDir, { recursive: true, force: true });
  }
});
