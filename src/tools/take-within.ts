// Limits the lists in a result: one turn can change thousands of files, or leave hundreds of processes running.

/** Limits of a list. */
export interface ListBounds {
  readonly items: number;
  /** UTF-8 bytes of the items as JSON. */
  readonly bytes: number;
}

/** The first items that fit, and how many were left out. */
export function takeWithin<Item>(items: readonly Item[], bounds: ListBounds): { kept: Item[]; more: number } {
  const kept: Item[] = [];
  let bytes = 0;
  for (const item of items) {
    bytes += Buffer.byteLength(JSON.stringify(item)) + 1;
    if (kept.length === bounds.items || bytes > bounds.bytes) break;
    kept.push(item);
  }
  return { kept, more: items.length - kept.length };
}
