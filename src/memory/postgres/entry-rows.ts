// Entries as rows of the table.
import type { MemoryEntry } from "../memory-store.ts";
import { toTextWords } from "../search/text-words.ts";
import type { PgValue } from "./client.ts";
import { toAreaColumns } from "./filter-sql.ts";

/** Its columns but those that PostgreSQL fills, in the order of `toParams`. */
export const ENTRY_COLUMNS =
  "id, scope, project, session, kind, agent, status, title, text, tags, files, version, at, stems";

/** What an entry is made of again, from `codex_bridge.entries e`. */
export const SELECTED_COLUMNS =
  "e.id, e.scope, e.project, e.session, e.kind, e.agent, e.status, e.title, e.text, e.tags::text AS tags, e.files::text AS files, e.version, e.at";

/** The values of an entry of a role. */
export function toParams(entry: MemoryEntry, role: string): PgValue[] {
  const { id, area, sessionId = null, kind, agent, status = null, title, text, tags, files, version, at } = entry;
  const { scope, project } = toAreaColumns(area, role);
  const lists = [toJson(tags), toJson(files)];
  return [id, scope, project, sessionId, kind, agent, status, title, text, ...lists, version, at, toStems(entry)];
}

// JSON has a way to write NUL, which PostgreSQL refuses as well.
function toJson(items: readonly string[]): string {
  return JSON.stringify(items.map((item) => item.replaceAll("\0", "\u{fffd}").toWellFormed()));
}

/** PostgreSQL takes words of 2,046 bytes. Longer ones than this are no words: hashes, encoded data. */
const LONGEST_WORD = 200;
/** And a million bytes of them in one entry; a word may take four for each letter. */
const MOST_LETTERS = 240_000;

/** The words of an entry, each once. The end of a text with more than an index can hold is left out. */
export function toStems({ title, text, tags, files, sessionId }: MemoryEntry): string[] {
  const stems = new Set<string>();
  let letters = 0;
  for (const part of [title, ...tags, ...files, sessionId ?? "", text]) {
    for (const { stem } of toTextWords(part)) {
      if (stem.length > LONGEST_WORD || stems.has(stem)) continue;
      letters += stem.length;
      if (letters > MOST_LETTERS) return [...stems];
      stems.add(stem);
    }
  }
  return [...stems];
}
