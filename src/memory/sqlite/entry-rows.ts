// Entries as rows of the table.
import type { MemoryEntry } from "../memory-store.ts";
import { toGrams } from "../search/text-words.ts";
import type { SqlValue } from "./engine.ts";
import { toAreaColumns } from "./filter-sql.ts";

/** Its columns but `rowid`, in the order of `toParams`. */
export const ENTRY_COLUMNS =
  "id, scope, project, session, kind, agent, status, title, text, tags, files, version, at, grams";
/** The same of `entries e`. */
export const SELECTED_COLUMNS = ENTRY_COLUMNS.replace(/\b\w+/g, "e.$&");

/** The values of an entry. */
export function toParams(entry: MemoryEntry): SqlValue[] {
  const { scope, project } = toAreaColumns(entry.area);
  const { id, sessionId = null, kind, agent, status = null, title, text, tags, files, version, at } = entry;
  const lists = [JSON.stringify(tags), JSON.stringify(files)];
  return [
    id,
    scope,
    project,
    sessionId,
    kind,
    agent,
    status,
    title,
    text,
    ...lists,
    version,
    at,
    toGrams([title, text, ...tags]),
  ];
}
