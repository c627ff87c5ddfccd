// The id of an entry whose file a person has edited names the entry that was edited.
import type { MemoryEntry } from "./memory-store.ts";

/** Ids have at most 100 characters, also of what is edited again and again. */
const LONGEST = 40;
const EDITED = /^(.+)-[0-9a-f]{12}$/;

/** The id of an edited form; `print` is twelve hexadecimal digits. */
export function toEditedId(id: string, print: string): string {
  return `${id.slice(0, LONGEST)}-${print}`;
}

/** Whether an entry is an edited form of another one. */
export function isEditedForm(entry: Pick<MemoryEntry, "area" | "id">, of: Pick<MemoryEntry, "area" | "id">): boolean {
  const [, older] = EDITED.exec(entry.id) ?? [];
  return older !== undefined && entry.id !== of.id && older === of.id.slice(0, LONGEST) && isSameArea(entry, of);
}

function isSameArea({ area }: Pick<MemoryEntry, "area">, { area: other }: Pick<MemoryEntry, "area">): boolean {
  if (area.scope === "user" || other.scope === "user") return area.scope === other.scope;
  return area.project === other.project;
}
