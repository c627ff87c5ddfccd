// Entries of the local store that a team's store is still to get: the outbox of a machine, shared by its bridges.
import { toEntry } from "../entry-of-row.ts";
import type { Unsent } from "../team/outbox.ts";
import type { Database } from "./engine.ts";
import { SELECTED_COLUMNS } from "./entry-rows.ts";

/** Notes that a stored entry is to be sent, under the name that the team has for its project. */
export function addUnsent(database: Database, id: string, project: string): void {
  database.all("INSERT INTO unsent (id, project) VALUES (?, ?)", [id, project]);
}

/** The first that are to be sent, in the order of storing. */
export function listUnsent(database: Database, most: number): Unsent[] {
  const sql = `SELECT ${SELECTED_COLUMNS}, u.project AS sharedProject FROM unsent u JOIN entries e ON e.id = u.id ORDER BY e.rowid LIMIT ?`;
  return database.all(sql, [most]).map((row) => ({ entry: toEntry(row), sharedProject: String(row["sharedProject"]) }));
}

/** How many there are. */
export function countUnsent(database: Database): number {
  return Number(database.all("SELECT count(*) AS unsent FROM unsent")[0]?.["unsent"]);
}

/** Notes that an entry was sent, and the version that it has there. */
export function markSent(database: Database, id: string, version: number): void {
  database.all("DELETE FROM unsent WHERE id = ?", [id]);
  database.all("UPDATE entries SET version = ? WHERE id = ?", [version, id]);
}
