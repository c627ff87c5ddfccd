import { isEditedForm } from "../edited-id.ts";
import type { MemoryEntry } from "../memory-store.ts";

/** Puts what a person has edited before what it was, however well the words of each answer. `candidates` are in the order of storing, the last first. */
export function putEditedFirst<Item extends { readonly entry: MemoryEntry }>(
  found: readonly Item[],
  candidates: readonly Item[],
): readonly Item[] {
  const placed = new Set<Item>();
  const ordered: Item[] = [];
  const place = (item: Item): void => {
    if (placed.has(item)) return;
    placed.add(item);
    for (const other of candidates) if (isEditedForm(other.entry, item.entry)) place(other);
    ordered.push(item);
  };
  for (const item of found) place(item);
  return ordered;
}
