// Entries of the rows that engines give. All engines name their columns alike.
import { MEMORY_KINDS, type MemoryDraft, type MemoryEntry, type MemoryKind } from "./memory-store.ts";

/** The entry of a row; `tags` and `files` are JSON texts. */
export function toEntry(row: Readonly<Record<string, unknown>>): MemoryEntry {
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
  return { ...draft, id: text("id"), version: Number(row["version"]), at: toTime(row["at"]) };
}

/** The last moment that a Date can be, in ms. */
const MOST_TIME = 8_640_000_000_000_000;

// The clock of another machine may be anything.
function toTime(value: unknown): number {
  const at = Number(value);
  return Math.abs(at) <= MOST_TIME ? at : 0;
}

// A newer bridge may know further kinds, which is no reason for a newer schema.
function toKind(value: unknown): MemoryKind {
  return MEMORY_KINDS.find((kind) => kind === value) ?? "note";
}

function toList(value: unknown): string[] {
  const list: unknown = JSON.parse(String(value));
  return Array.isArray(list) ? list.filter((item) => typeof item === "string") : [];
}
