// Checks the shared memory: which store is used, and whether it can be.
import { statSync } from "node:fs";
import { join } from "node:path";
import { BridgeError } from "../../domain/errors.ts";
import { lookAtStore } from "../../memory/postgres/look-at-store.ts";
import { isAway } from "../../memory/postgres/postgres-error.ts";
import { loadEngine } from "../../memory/sqlite/engine.ts";
import { toMemoryError } from "../../memory/sqlite/memory-error.ts";
import { createSqliteMemory } from "../../memory/sqlite/sqlite-memory.ts";
import { addressUser, type Finding, failed, mergeFindings, ok, warning } from "./check.ts";
import type { DoctorSettings } from "./options.ts";

/** Checks it. Nothing is made, neither a file nor a table; everything but the memory works without it. */
export async function checkMemory({
  stateDir,
  memoryUrl,
}: Pick<DoctorSettings, "memoryUrl" | "stateDir">): Promise<Finding> {
  const path = join(stateDir, "memory", "memory.db");
  const local = await checkLocal(path, memoryUrl !== undefined);
  return memoryUrl === undefined ? local : mergeFindings([await checkTeam(memoryUrl), local]);
}

async function checkTeam(url: string): Promise<Finding> {
  try {
    const { server, release, role, entries } = await lookAtStore(url);
    const holds = entries === undefined ? "nothing yet" : countEntries(entries);
    return ok(`team memory on ${server} (PostgreSQL ${release}, role ${role}): ${holds}`);
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    const advice = addressUser(error.report.nextStep);
    return isAway(error)
      ? warning(`${error.message} Meanwhile each machine uses its own.`, advice)
      : failed(error.message, advice);
  }
}

async function checkLocal(path: string, isOutbox: boolean): Promise<Finding> {
  try {
    if (statSync(path, { throwIfNoEntry: false }) === undefined) {
      const { name } = loadEngine();
      return ok(isOutbox ? `outbox empty (${name})` : `on this machine (${name}): nothing yet`);
    }
    const memory = createSqliteMemory({ path, clock: Date.now, newId: () => "" });
    try {
      const unsent = await memory.countUnsent();
      if (unsent > 0) {
        const waiting = `${countEntries(unsent)} in the outbox`;
        return isOutbox
          ? warning(waiting, "They are sent with the next call of the memory that reaches the server.")
          : warning(
              `on this machine: ${path}; ${waiting} of a team memory`,
              "Set BRIDGE_MEMORY_URL again: they are sent then. Here they are kept anyway.",
            );
      }
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

function countEntries(count: number): string {
  return count === 1 ? "1 entry" : `${count} entries`;
}
