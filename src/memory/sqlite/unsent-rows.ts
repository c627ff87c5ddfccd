// Entries of the local store that a team's store is still to get: the outbox of a machine, shared by its bridges.
import { toEntry } from "../entry-of-row.ts";
import { toGrams } from "../search/text-words.ts";
import type { Address, Sent, Unsent } from "../team/outbox.ts";
import type { Database } from "./engine.ts";
import { SELECTED_COLUMNS } from "./entry-rows.ts";

/** Those of a bridge that knew one team alone name none. */
const OF_TEAM = "u.team IN (?, '')";

/** Notes that a stored entry is to be sent. */
export function addUnsent(
  database: Database,
  id: string,
  { team, sharedProject }: Address,
  follows: string | undefined,
): void {
  const params = [id, sharedProject, team, follows ?? null];
  database.all("INSERT INTO unsent (id, project, team, follows) VALUES (?, ?, ?, ?)", params);
}

/** As LocalStore.listUnsent. */
export function listUnsent(database: Database, team: string, most: number, but: readonly string[]): Unsent[] {
  const sql = `SELECT ${SELECTED_COLUMNS}, u.project AS sharedProject, u.follows FROM unsent u JOIN entries e ON e.id = u.id
    WHERE ${OF_TEAM} AND u.id NOT IN (SELECT value FROM json_each(?)) ORDER BY e.rowid LIMIT ?`;
  const rows = database.all(sql, [team, JSON.stringify(but), most]);
  return rows.map((row) => ({
    entry: toEntry(row),
    sharedProject: String(row["sharedProject"]),
    ...(typeof row["follows"] === "string" ? { follows: row["follows"] } : {}),
  }));
}

/** How many there are. */
export function countUnsent(database: Database, team: string | undefined): number {
  const [row] =
    team === undefined
      ? database.all("SELECT count(*) AS unsent FROM unsent")
      : database.all(`SELECT count(*) AS unsent FROM unsent u WHERE ${OF_TEAM}`, [team]);
  return Number(row?.["unsent"]);
}

/** As LocalStore.markSent. */
export function markSent(database: Database, sent: Sent): void {
  const { id, kind, status, version, tags } = sent;
  database.all("DELETE FROM unsent WHERE id = ?", [id]);
  const params = [version, kind, status ?? null, id];
  // The indexes have none of these.
  database.all("UPDATE entries SET version = ?, kind = ?, status = ? WHERE id = ?", params);
  const [row] = database.all("SELECT title, text, tags FROM entries WHERE id = ?", [id]);
  const packed = JSON.stringify(tags);
  if (row === undefined || row["tags"] === packed) return;
  for (const [index, columns] of INDEXES)
    database.all(
      `INSERT INTO ${index} (${index}, rowid, ${columns}) SELECT 'delete', rowid, ${columns} FROM entries WHERE id = ?`,
      [id],
    );
  const grams = toGrams([String(row["title"]), String(row["text"]), ...tags]);
  database.all("UPDATE entries SET tags = ?, grams = ? WHERE id = ?", [packed, grams, id]);
  for (const [index, columns] of INDEXES)
    database.all(`INSERT INTO ${index} (rowid, ${columns}) SELECT rowid, ${columns} FROM entries WHERE id = ?`, [id]);
}

/** As the triggers of `schema.ts` fill them. */
const INDEXES = [
  ["words", "title, text, tags, files, session, grams"],
  ["pieces", "title, text, tags, files, session"],
] as const;
