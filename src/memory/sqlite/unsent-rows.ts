// Entries of the local store that a team's store is still to get: the outbox of a machine, shared by its bridges.
import { toEntry } from "../entry-of-row.ts";
import type { Address, Unsent } from "../team/outbox.ts";
import type { Database } from "./engine.ts";
import { SELECTED_COLUMNS } from "./entry-rows.ts";

/** Those of a bridge that knew one team alone name none. */
const OF_TEAM = "u.team IN (?, '')";

/** Notes that a stored entry is to be sent. */
export function addUnsent(database: Database, id: string, { team, sharedProject }: Address): void {
  database.all("INSERT INTO unsent (id, project, team) VALUES (?, ?, ?)", [id, sharedProject, team]);
}

/** As LocalStore.listUnsent. */
export function listUnsent(database: Database, team: string, most: number, but: readonly string[]): Unsent[] {
  const sql = `SELECT ${SELECTED_COLUMNS}, u.project AS sharedProject FROM unsent u JOIN entries e ON e.id = u.id
    WHERE ${OF_TEAM} AND u.id NOT IN (SELECT value FROM json_each(?)) ORDER BY e.rowid LIMIT ?`;
  const rows = database.all(sql, [team, JSON.stringify(but), most]);
  return rows.map((row) => ({ entry: toEntry(row), sharedProject: String(row["sharedProject"]) }));
}

/** How many there are. */
export function countUnsent(database: Database, team: string | undefined): number {
  const [row] =
    team === undefined
      ? database.all("SELECT count(*) AS unsent FROM unsent")
      : database.all(`SELECT count(*) AS unsent FROM unsent u WHERE ${OF_TEAM}`, [team]);
  return Number(row?.["unsent"]);
}

/** Notes that an entry was sent, and the version that it has there. */
export function markSent(database: Database, id: string, version: number): void {
  database.all("DELETE FROM unsent WHERE id = ?", [id]);
  database.all("UPDATE entries SET version = ? WHERE id = ?", [version, id]);
}
