// What an agent stores and finds again. The store's engine is opened with the first call; what goes in is checked, cleaned and free of secrets.
import type { AgentId } from "../../domain/agents.ts";
import { BridgeError } from "../../domain/errors.ts";
import type { Redact } from "../../domain/redact.ts";
import type {
  MemoryArea,
  MemoryEntry,
  MemoryFilter,
  MemoryFound,
  MemoryStore,
  MemoryWait,
} from "../../memory/memory-store.ts";
import { type KnowledgeInput, toDraft } from "./check-draft.ts";

/** Where an agent looks: in this project, in the user's own entries, or in both. */
export type KnowledgeScope = "project" | "user";

/** A question to the memory. */
export interface KnowledgeQuestion extends Omit<MemoryFilter, "areas"> {
  /** Phrasings of it; none lists the newest entries. */
  readonly queries: readonly string[];
  /** Absent for both. */
  readonly scope?: KnowledgeScope | undefined;
  readonly limit: number;
}

/** What is given to be stored. */
export interface StoreInput extends Omit<KnowledgeInput, "agent"> {
  /** The agent that this bridge works for, where it is absent. */
  readonly agent?: string | undefined;
  /** This project, where it is absent. */
  readonly scope?: KnowledgeScope | undefined;
  /** As MemoryStore.store. */
  readonly follows?: string | undefined;
}

/** The memory, as the tools and commands use it. Errors as in MemoryStore. */
export interface Knowledge {
  /** Stores an entry; throws INVALID_ARGUMENT for what cannot be one. */
  store(input: StoreInput): Promise<MemoryEntry>;
  /** Stores an entry of another store; undefined where it is there already. */
  adopt(entry: MemoryEntry): Promise<MemoryEntry | undefined>;
  find(question: KnowledgeQuestion): Promise<MemoryFound>;
  /** Whole entries that this project may see, in the order of their ids, and the ids that are none. */
  read(
    ids: readonly string[],
  ): Promise<{ readonly entries: readonly MemoryEntry[]; readonly missing: readonly string[] }>;
  /** Entries of this project or of the user, the newest first. */
  list(
    filter: Omit<MemoryFilter, "areas">,
    scope: KnowledgeScope | undefined,
    most: number,
  ): Promise<readonly MemoryEntry[]>;
  remove(ids: readonly string[]): Promise<number>;
  /** As MemoryStore.waitForStatus, in this project. */
  waitForStatus(wait: Omit<MemoryWait, "area">): Promise<MemoryEntry | undefined>;
  /** What whoever was answered should know besides; see MemoryStore. */
  notes(): readonly string[];
  close(): Promise<void>;
}

/** What it is made of. */
export interface KnowledgeOptions {
  /** Gives the store, loading it with the first call. */
  readonly open: () => Promise<MemoryStore>;
  /** Names the project: the real path of its main work tree. */
  readonly project: string;
  /** Whose entries are stored, where the call does not say it. */
  readonly agent: AgentId;
  readonly redact: Redact;
}

/** Makes it. */
export function createKnowledge({ open, project, agent: own, redact }: KnowledgeOptions): Knowledge {
  let opening: Promise<MemoryStore> | undefined;
  let opened: MemoryStore | undefined;
  const here: MemoryArea = { scope: "project", project };
  const areasOf = (scope: KnowledgeScope | undefined): MemoryArea[] =>
    scope === undefined ? [here, { scope: "user" }] : [scope === "user" ? { scope } : here];

  function load(): Promise<MemoryStore> {
    const loading = opening ?? open();
    opening = loading;
    loading.then(
      (store) => {
        opened = store;
      },
      // The next call tries again.
      () => {
        opening = undefined;
      },
    );
    return loading;
  }

  async function list(
    filter: Omit<MemoryFilter, "areas">,
    scope: KnowledgeScope | undefined,
    most: number,
  ): Promise<readonly MemoryEntry[]> {
    return (await load()).list({ ...filter, areas: areasOf(scope) }, most);
  }

  const notes = (): readonly string[] => opened?.notes() ?? [];

  return {
    store: async ({ scope = "project", agent = own, follows, ...input }) => {
      const draft = toDraft({ ...input, agent }, scope === "user" ? { scope } : here, redact);
      return (await load()).store(draft, follows);
    },
    adopt: async (entry) => {
      const { id, version, at, area } = entry;
      return (await load()).adopt({ ...toDraft(entry, area.scope === "user" ? area : here, redact), id, version, at });
    },
    find: async ({ queries, scope, limit, ...filter }) => {
      // A question may go to the server of a team, and into its log.
      const asked = queries.filter((query) => query.trim() !== "").map(redact);
      if (asked.length > 0) {
        const store = await load();
        const found = await store.search({ queries: asked, filter: { ...filter, areas: areasOf(scope) }, limit });
        return { ...found, warnings: [...found.warnings, ...store.notes()] };
      }
      const hits = (await list(filter, scope, limit)).map((entry) => ({ entry, terms: [] }));
      return { hits, isWeak: hits.length === 0, unknown: { words: [], sessions: [] }, warnings: notes() };
    },
    read: async (ids) => {
      if (ids.length === 0) throw new BridgeError("INVALID_ARGUMENT", "`ids` is empty.");
      const found = await (await load()).read(ids);
      const entries = found.filter(({ area }) => area.scope === "user" || area.project === project);
      const known = new Set(entries.map(({ id }) => id));
      return { entries, missing: ids.filter((id) => !known.has(id)) };
    },
    list,
    remove: async (ids) => (await load()).remove(ids),
    waitForStatus: async (wait) => (await load()).waitForStatus({ ...wait, area: here }),
    notes,
    close: async () => {
      const loaded = await opening?.catch(() => undefined);
      await loaded?.close();
    },
  };
}
