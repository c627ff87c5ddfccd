import type { MemoryEntry } from "../memory-store.ts";
import type { SearchPlan } from "./search-plan.ts";

/**
 * Whoever names a session means its entries, whatever their words: of those first the kind, the author and the version that the question names,
 * and where it names none, the newest. `candidates` are in the order of storing, the last first.
 */
export function putSessionsFirst<Item extends { readonly entry: MemoryEntry }>(
  plan: SearchPlan,
  found: readonly Item[],
  candidates: readonly Item[],
): readonly Item[] {
  if (plan.isSessionMissing) {
    const told = found.filter(({ entry }) => tellsMissing(plan, entry));
    return [...told, ...found.filter((item) => !told.includes(item))];
  }
  if (plan.sessions.length === 0) return found;
  const toKeys = compareBy(plan);
  const named = candidates
    .filter(({ entry }) => entry.sessionId !== undefined && plan.sessions.includes(entry.sessionId))
    .map((item) => ({ item, keys: toKeys(item.entry) }))
    .sort((a, b) => compareKeys(a.keys, b.keys))
    .map(({ item }) => item);
  return [...named, ...found.filter((item) => !named.includes(item))];
}

/** Whether an entry that was stored without its session has the id of one in its words, as skills for other memories write it. */
export function tellsMissing(
  { missing }: Pick<SearchPlan, "missing">,
  { title, text }: Pick<MemoryEntry, "text" | "title">,
): boolean {
  return missing.some((id) => [title, text].some((words) => words.toUpperCase().includes(id.toUpperCase())));
}

// The first phrasing is the question itself; the others only help where it says nothing.
function compareBy({ queries }: SearchPlan): (entry: MemoryEntry) => number[] {
  const own = queries[0]?.kinds ?? [];
  const all = queries.flatMap(({ kinds }) => kinds);
  const agent = queries.find((query) => query.agent !== undefined)?.agent;
  const version = queries.find((query) => query.version !== undefined)?.version;
  return (entry) => {
    const number = readVersion(entry);
    return [
      own.includes(entry.kind) ? 0 : all.includes(entry.kind) ? 1 : 2,
      entry.agent === agent ? 0 : 1,
      typeof version === "number" ? Math.abs(number - version) : version === "first" ? number : -number,
    ];
  };
}

function compareKeys(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at === -1 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}

// Plans that were imported may say their version in their title only.
function readVersion({ title, version }: MemoryEntry): number {
  const said = /\bversion (\d{1,3})\b/iu.exec(title)?.[1];
  return said === undefined ? version : Number(said);
}
