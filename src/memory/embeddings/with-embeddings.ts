// A store whose search also goes by what texts mean. The endpoint may be down, slow or wrong: then words alone are searched, and no call fails.
import type { Clock } from "../../domain/clock.ts";
import type { MemorySearch, MemoryStore } from "../memory-store.ts";
import { type Embed, EmbeddingError } from "./embedder.ts";
import { type PackedVector, packVector } from "./packed-vector.ts";
import { createBacklog, type Rest } from "./vector-backlog.ts";

/** What it needs. */
export interface EmbeddingOptions {
  readonly embed: Embed;
  /** Names endpoint and model: vectors of others cannot be compared with theirs. */
  readonly model: string;
  /** Takes secrets out of what is sent. */
  readonly redact: (text: string) => string;
  /** Ms that only grow: a clock that is set back would keep the endpoint from being asked. */
  readonly clock: Clock;
  /** Ms that a search waits for the vectors of its question. */
  readonly questionMs?: number | undefined;
}

/** A search without vectors is better than one that keeps an agent waiting. */
const QUESTION_MS = 3_000;
/** Characters of a question that are sent. */
const MOST_QUESTION = 2_000;
/** Entries that the vectors of one phrasing may bring. */
const MOST_NEAR = 50;
/** Ms for which an endpoint that failed is left alone. */
const PAUSE_MS = 30_000;

/** Makes it. It has everything of the store; entries without a vector get theirs in the background. */
export function withEmbeddings(store: MemoryStore, options: EmbeddingOptions): MemoryStore {
  const { vectors } = store;
  if (vectors === undefined) return replaceSearch(store, async () => "the store keeps none");
  const { clock } = options;
  let failure: { readonly why: string; readonly until: number } | undefined;
  const rest = {
    findFailure: () => (failure !== undefined && clock() < failure.until ? failure.why : undefined),
    fail: (why: string) => {
      failure = { why, until: clock() + PAUSE_MS };
    },
  };
  let backlog = createBacklog({ ...options, vectors, rest });

  const searching = replaceSearch(store, async (search) => {
    const { queries, filter } = search;
    const packed = await embedQuestion(queries, options, rest);
    if (typeof packed === "string") return packed;
    try {
      const rankings = await vectors.findNear(options.model, packed, filter, MOST_NEAR);
      backlog.want(filter);
      return { ...search, rankings };
    } catch {
      // If more than its vectors is wrong, the search itself says what.
      return "the store cannot compare them now";
    }
  });
  return {
    ...searching,
    store: async (draft, follows) => {
      const entry = await store.store(draft, follows);
      backlog.want({ areas: [draft.area] });
      return entry;
    },
    close: async () => {
      const ended = backlog.end();
      backlog = createBacklog({ ...options, vectors, rest });
      await ended;
      await store.close();
    },
  };
}

// `prepare` gives the search with the rankings of vectors, or why there are none.
function replaceSearch(
  store: MemoryStore,
  prepare: (search: MemorySearch) => Promise<MemorySearch | string>,
): MemoryStore {
  return {
    store: (draft, follows) => store.store(draft, follows),
    adopt: (entry) => store.adopt(entry),
    read: (ids) => store.read(ids),
    list: (filter, most) => store.list(filter, most),
    remove: (ids) => store.remove(ids),
    waitForStatus: (wait) => store.waitForStatus(wait),
    notes: () => store.notes(),
    close: () => store.close(),
    search: async (search) => {
      const prepared = await prepare(search);
      if (typeof prepared !== "string") return store.search(prepared);
      const found = await store.search(search);
      const warning = `Vectors took no part, words alone were searched (BRIDGE_EMBEDDINGS_URL: ${prepared}).`;
      return { ...found, warnings: [...found.warnings, warning] };
    },
  };
}

async function embedQuestion(
  queries: readonly string[],
  { embed, redact, questionMs = QUESTION_MS }: EmbeddingOptions,
  rest: Rest,
): Promise<readonly PackedVector[] | string> {
  const why = rest.findFailure();
  if (why !== undefined) return why;
  const texts = queries.map((query) => redact(query.toWellFormed()).slice(0, MOST_QUESTION).toWellFormed());
  try {
    return (await embed(texts, AbortSignal.timeout(questionMs))).map(packVector);
  } catch (error) {
    if (!(error instanceof EmbeddingError)) throw error;
    // Other questions may be taken.
    if (!error.refusesTexts) rest.fail(error.message);
    return error.message;
  }
}
