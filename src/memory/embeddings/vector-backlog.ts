// Gives entries their vectors, in the background and a few at a time. An entry that was stored while the endpoint was down gets its vector later:
// whatever has none is found by looking, so nothing has to be remembered.
import type { MemoryEntry, MemoryFilter } from "../memory-store.ts";
import type { MemoryVectors } from "../memory-vectors.ts";
import { type Embed, EmbeddingError } from "./embedder.ts";
import { type PackedVector, packVector } from "./packed-vector.ts";

/** The backlog of one store. */
export interface Backlog {
  /** Has entries in these areas get their vectors: those that a call has touched, and no others. Returns at once. */
  want(filter: Pick<MemoryFilter, "areas">): void;
  /** Ends it; resolves once nothing of it runs. */
  end(): Promise<void>;
}

/** Whether the endpoint is left alone for a while, since it failed. */
export interface Rest {
  /** Why; undefined while it may be asked. */
  findFailure(): string | undefined;
  fail(why: string): void;
}

/** What it needs. */
export interface BacklogOptions {
  readonly vectors: MemoryVectors;
  readonly embed: Embed;
  readonly model: string;
  /** Takes secrets out of an entry before it is sent: others of a team may have written it without a bridge. */
  readonly redact: (text: string) => string;
  readonly rest: Rest;
}

/** Texts of one request. */
const BATCH = 16;
/** Characters of an entry: about 1,500 tokens, and its beginning says what it is about. Fewer where the model refuses that. */
const MOST_TEXT = 6_000;
const FEWER_TEXT = 1_000;
/** A small model on a slow machine may need seconds for a batch. */
const BATCH_MS = 60_000;

/** Makes it. */
export function createBacklog({ vectors, embed, model, redact, rest }: BacklogOptions): Backlog {
  const ending = new AbortController();
  const areas = new Map<string, NonNullable<MemoryFilter["areas"]>[number]>();
  /** Entries that the endpoint does not take. */
  const refused = new Set<string>();
  let everything = false;
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    while (!ending.signal.aborted && rest.findFailure() === undefined) {
      const filter = everything ? {} : { areas: [...areas.values()] };
      const entries = await vectors.listWithout(model, filter, BATCH, [...refused]);
      if (entries.length === 0 || ending.signal.aborted) return;
      const made = await embedEntries(entries);
      if (made.size > 0) await vectors.keep(model, made);
    }
  }

  async function embedEntries(entries: readonly MemoryEntry[]): Promise<ReadonlyMap<string, PackedVector>> {
    try {
      return await ask(entries, MOST_TEXT);
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
    const made = new Map<string, PackedVector>();
    for (const entry of entries) {
      try {
        for (const [id, vector] of await ask([entry], FEWER_TEXT)) made.set(id, vector);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        refused.add(entry.id);
      }
    }
    return made;
  }

  async function ask(entries: readonly MemoryEntry[], most: number): Promise<ReadonlyMap<string, PackedVector>> {
    const signal = AbortSignal.any([ending.signal, AbortSignal.timeout(BATCH_MS)]);
    const made = await embed(
      entries.map((entry) => toText(entry, most, redact)),
      signal,
    );
    return new Map(entries.flatMap(({ id }, at) => (made[at] === undefined ? [] : [[id, packVector(made[at])]])));
  }

  return {
    want: ({ areas: wanted }) => {
      if (wanted === undefined) everything = true;
      for (const area of wanted ?? []) areas.set(JSON.stringify(area), area);
      running ??= run()
        .catch((error: unknown) => {
          // A store that fails says so in its next call.
          if (error instanceof EmbeddingError && !ending.signal.aborted) rest.fail(error.message);
        })
        .finally(() => {
          running = undefined;
        });
    },
    end: async () => {
      ending.abort();
      await running;
    },
  };
}

function isRefusal(error: unknown): boolean {
  return error instanceof EmbeddingError && error.refusesTexts;
}

// Half of a secret has no form by which it could be known, so it is cut afterwards.
function toText({ title, tags, text }: MemoryEntry, most: number, redact: (text: string) => string): string {
  const whole = [title, tags.join(", "), text].filter((part) => part !== "").join("\n");
  return redact(whole.toWellFormed()).slice(0, most).toWellFormed();
}
