// Entries as rows of the table, and back.
import { MEMORY_KINDS, type MemoryDraft, type MemoryEntry, type MemoryKind } from "../memory-store.ts";
import { toGrams } from "../search/text-words.ts";
import type { SqlRow, SqlValue } from "./engine.ts";
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

/** The entry of a row. */
export function toEntry(row: SqlRow): MemoryEntry {
  const text = (name: string): string => String(row[name]);
  const optional = (name: string): string | undefined => (row[name] === null ? undefined : text(name));
  const [sessionId, status] = [optional("session"), optional("status")];
  const draft: MemoryDraft = {
    area: row["scope"] === "user" ? { scope: "user" } : { scope: "project", project: text("project") },
    ...(sessionId === undefined ? {} : { sessionId }),
    kind: toKind(row["kind"]),
    agent: text("agent"),
    ...(status === undefined ? {} : { status }),
    title: text("title"),
    text: text("text"),
    tags: toList(row["tags"]),
    files: toList(row["files"]),
  };
  return { ...draft, id: text("id"), version: Number(row["version"]), at: Number(row["at"]) };
}

// A newer bridge may know further kinds, which is no reason for a newer schema.
function toKind(value: unknown): MemoryKind {
  return MEMORY_KINDS.find((kind) => kind === value) ?? "note";
}

function toList(value: unknown): string[] {
  const list: unknown = JSON.parse(String(value));
  return Array.isArray(list) ? list.map(String) : [];
}
