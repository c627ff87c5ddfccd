// On every machine a project lies somewhere else. The team's store keeps its entries under a name that all of them give it.
import type { MemoryArea, MemoryEntry, MemoryFilter } from "../memory-store.ts";
import type { TeamStore } from "../postgres/postgres-memory.ts";

/** The names of one project. */
export interface ProjectNames {
  /** On this machine: its path. */
  readonly local: string;
  /** In the team. */
  readonly shared: string;
  /** What is to be said of it: with the first answer, and with every one. */
  readonly once?: string | undefined;
  readonly always?: string | undefined;
}

/** A team's store whose callers name the project as this machine does. */
export function nameProject(store: TeamStore, { local, shared }: Pick<ProjectNames, "local" | "shared">): TeamStore {
  const rename = (area: MemoryArea, from: string, to: string): MemoryArea =>
    area.scope === "project" && area.project === from ? { ...area, project: to } : area;
  const share = <Item extends { readonly area: MemoryArea }>(item: Item): Item => ({
    ...item,
    area: rename(item.area, local, shared),
  });
  const shareFilter = ({ areas, ...filter }: MemoryFilter): MemoryFilter =>
    areas === undefined ? filter : { ...filter, areas: areas.map((area) => rename(area, local, shared)) };
  const back = (entry: MemoryEntry): MemoryEntry => ({ ...entry, area: rename(entry.area, shared, local) });
  const backIfAny = (entry: MemoryEntry | undefined): MemoryEntry | undefined =>
    entry === undefined ? undefined : back(entry);
  return {
    ...store,
    storeAs: async (id, draft, at, follows) => back(await store.storeAs(id, share(draft), at, follows)),
    store: async (draft, follows) => back(await store.store(share(draft), follows)),
    adopt: async (entry) => backIfAny(await store.adopt(share(entry))),
    search: async (search) => {
      const found = await store.search({ ...search, filter: shareFilter(search.filter) });
      return { ...found, hits: found.hits.map((hit) => ({ ...hit, entry: back(hit.entry) })) };
    },
    read: async (ids) => (await store.read(ids)).map(back),
    listIds: (filter, most) => store.listIds(shareFilter(filter), most),
    list: async (filter, most) => (await store.list(shareFilter(filter), most)).map(back),
    waitForStatus: async (wait) => backIfAny(await store.waitForStatus(share(wait))),
  };
}
