// Entries as rows of the table.
import type { MemoryEntry } from "../memory-store.ts";
import { toTextWords } from "../search/text-words.ts";
import type { PgValue } from "./client.ts";
import { toAreaColumns } from "./filter-sql.ts";

/** Its columns but those that PostgreSQL fills, in the order of `toParams`. */
export const ENTRY_COLUMNS =
  "id, scope, project, session, kind, agent, status, title, text, tags, files, version, at, stems";

/** Whoever may log in may write rows without a bridge, so what comes back is bounded: a bridge stores less than this. */
const MOST_WORD = 400;
const MOST_TEXT = 262_144;
const MOST_LIST = 1_000_000;

/** What an entry is made of again, from `codex_bridge.entries e`. */
export const SELECTED_COLUMNS = [
  ...["id", "scope", "session", "kind", "agent", "status", "title"].map((name) => toCut(name, MOST_WORD)),
  ...["e.project", toCut("text", MOST_TEXT), toList("tags"), toList("files"), "e.version", "e.at"],
].join(", ");

function toCut(name: string, most: number): string {
  return `left(e.${name}, ${most}) AS ${name}`;
}

function toList(name: string): string {
  return `CASE WHEN length(e.${name}::text) <= ${MOST_LIST} THEN e.${name}::text ELSE '[]' END AS ${name}`;
}

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
