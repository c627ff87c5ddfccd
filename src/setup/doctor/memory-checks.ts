// Checks the shared memory: which store is used, and whether it can be.
import { statSync } from "node:fs";
import { join } from "node:path";
import { BridgeError } from "../../domain/errors.ts";
import { lookAtStore } from "../../memory/postgres/look-at-store.ts";
import { isAway } from "../../memory/postgres/postgres-error.ts";
import { toTeamKey } from "../../memory/postgres/server-name.ts";
import { EngineError, loadEngine } from "../../memory/sqlite/engine.ts";
import { toMemoryError } from "../../memory/sqlite/memory-error.ts";
import { createMemoryFile } from "../../memory/sqlite/memory-file.ts";
import { createSqliteMemory } from "../../memory/sqlite/sqlite-memory.ts";
import { addressUser, type Finding, failed, mergeFindings, ok, warning } from "./check.ts";
import type { DoctorSettings } from "./options.ts";

/** Checks it. Nothing is made, neither a file nor a table; everything but the memory works without it. */
export async function checkMemory({
  stateDir,
  memoryUrl,
}: Pick<DoctorSettings, "memoryUrl" | "stateDir">): Promise<Finding> {
  const path = join(stateDir, "memory", "memory.db");
  const local = await checkLocal(path, memoryUrl);
  return memoryUrl === undefined ? local : mergeFindings([await checkTeam(memoryUrl), local]);
}

async function checkTeam(url: string): Promise<Finding> {
  try {
    const { server, release, role, entries, hasPieceIndex } = await lookAtStore(url);
    const holds = entries === undefined ? "nothing yet" : countEntries(entries);
    const found = `team memory on ${server} (PostgreSQL ${release}, role ${role}): ${holds}`;
    if (entries === undefined || hasPieceIndex) return ok(found);
    return warning(
      `${found}; parts of words are looked for without an index, since the extension pg_trgm was missing`,
      "Have the owner of the database run `CREATE EXTENSION IF NOT EXISTS pg_trgm;` and `CREATE INDEX stems_by_piece ON codex_bridge.stems USING gin (stem gin_trgm_ops);`. The extension is in PostgreSQL's contrib modules (`postgresql-contrib` in some distributions).",
    );
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    const advice = addressUser(error.report.nextStep);
    return isAway(error)
      ? warning(`${error.message} Meanwhile each machine uses its own.`, advice)
      : failed(error.message, advice);
  }
}

async function checkLocal(path: string, url: string | undefined): Promise<Finding> {
  const isOutbox = url !== undefined;
  try {
    if (statSync(path, { throwIfNoEntry: false }) === undefined) {
      const { name } = loadEngine();
      return ok(isOutbox ? `outbox empty (${name})` : `on this machine (${name}): nothing yet`);
    }
    await checkPages(path);
    const memory = createSqliteMemory({ path, clock: Date.now, newId: () => "" });
    try {
      const all = await memory.countUnsent();
      const own = isOutbox ? await memory.countUnsent(toTeamKey(url)) : 0;
      const found = isOutbox ? "" : `on this machine: ${path}; `;
      if (own > 0)
        return warning(
          `${countEntries(own)} in the outbox${all > own ? `, ${all - own} of another team memory` : ""}`,
          SENT_LATER,
        );
      if (all > 0)
        return warning(
          `${found}${countEntries(all)} in the outbox of ${isOutbox ? "another" : "a"} team memory`,
          SET_AGAIN,
        );
      return ok(isOutbox ? "outbox empty" : `on this machine: ${path}`);
    } finally {
      await memory.close();
    }
  } catch (thrown) {
    const error = toMemoryError(thrown, path);
    if (!(error instanceof BridgeError)) throw error;
    return warning(error.message, addressUser(error.report.nextStep));
  }
}

// A file that opens may be damaged further on. SQLite looks at its own pages, about half a second for 50,000 entries.
async function checkPages(path: string): Promise<void> {
  const file = createMemoryFile({ path });
  try {
    const [row = {}] = await file.read((database) => database.all("PRAGMA quick_check(1)"));
    const found = Object.values(row)[0];
    if (found !== "ok") throw new EngineError("corrupt", new Error(String(found)));
  } finally {
    file.close();
  }
}

const SENT_LATER =
  "They are sent with the next call of the memory that reaches the server. If one is never sent, `codex-bridge memory` without BRIDGE_MEMORY_URL shows it and can prune it.";
const SET_AGAIN =
  "Set the BRIDGE_MEMORY_URL, with its role, under which they were stored: they are sent then. Here they are kept anyway.";

function countEntries(count: number): string {
  return count === 1 ? "1 entry" : `${count} entries`;
}
