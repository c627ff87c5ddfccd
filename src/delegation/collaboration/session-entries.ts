// The entries that a session consists of.
import type { MemoryEntry } from "../../memory/memory-store.ts";
import type { Knowledge } from "../memory/knowledge.ts";

const MOST_ENTRIES = 200;
const STEP_KINDS = ["plan", "review", "implementation", "validation"] as const;

/** The entries of a session, the last stored first. Notes may be many; the newest of each step's kind is always among them. */
export async function readSessionEntries(
  memory: Pick<Knowledge, "list">,
  sessionId: string,
): Promise<readonly MemoryEntry[]> {
  const entries = await memory.list({ sessionId }, "project", MOST_ENTRIES);
  if (entries.length < MOST_ENTRIES) return entries;
  const kinds = STEP_KINDS.filter((kind) => entries.every((entry) => entry.kind !== kind));
  const older = await Promise.all(kinds.map((kind) => memory.list({ sessionId, kind }, "project", 1)));
  return [...entries, ...older.flat().toSorted((one, other) => other.at - one.at)];
}
