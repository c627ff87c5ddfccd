// Ends runs together: those that are ended at the same time share the looks at the process table. Each look costs about 10 ms, and the end of
// the server ends every turn.
import type { RunRecord } from "./run-record.ts";

/** What ends runs. */
export interface SharedEndsOptions {
  /** What is known of a run; undefined if it is over. */
  readonly find: (id: string) => RunRecord | undefined;
  /** Ends runs. Returns those of which nothing is left. Never rejects. */
  readonly end: (records: readonly RunRecord[]) => Promise<readonly RunRecord[]>;
  /** Nothing of these runs is alive. Never rejects. */
  readonly settle: (records: readonly RunRecord[]) => Promise<void>;
}

interface Batch {
  readonly ids: Set<string>;
  readonly done: Promise<void>;
}

/** Makes a function that ends runs, and resolves when it has. */
export function createSharedEnds({ find, end, settle }: SharedEndsOptions): (ids: Iterable<string>) => Promise<void> {
  /** Runs that are asked for in this tick. */
  let next: Batch | undefined;
  /** Runs that are being ended, as they were known when that began. */
  const ending = new Map<string, { readonly record: RunRecord; readonly done: Promise<void> }>();

  function begin(): Batch {
    const ids = new Set<string>();
    const done = Promise.resolve().then(async () => {
      next = undefined;
      const records = [...ids].flatMap((id) => find(id) ?? []);
      for (const record of records) ending.set(record.id, { record, done });
      const ended = await end(records);
      for (const record of records) if (ending.get(record.id)?.record === record) ending.delete(record.id);
      await settle(ended);
    });
    return { ids, done };
  }

  return async (ids) => {
    const waiting = new Set<Promise<void>>();
    for (const id of ids) {
      const record = find(id);
      if (record === undefined) continue;
      const begun = ending.get(id);
      // If more is known of the run by now (its program's pid, a mark), that end may not find all of it.
      if (begun?.record === record) {
        waiting.add(begun.done);
      } else {
        next ??= begin();
        next.ids.add(id);
        waiting.add(next.done);
      }
    }
    await Promise.all(waiting);
  };
}
