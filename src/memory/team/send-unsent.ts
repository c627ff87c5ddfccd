// Empties the outbox of a machine. An entry keeps its id, and the team's store takes an id once: to send again does no harm.
import type { MemoryEntry } from "../memory-store.ts";
import { CAME_SECOND, isMovedOn } from "../moved-on.ts";
import { isRefused } from "../postgres/postgres-error.ts";
import type { TeamStore } from "../postgres/postgres-memory.ts";
import type { LocalStore, Unsent } from "./outbox.ts";

const AT_ONCE = 100;

/** What sends. */
export interface Sending {
  readonly team: TeamStore;
  readonly local: LocalStore;
  /** The team, as the outbox names it. */
  readonly key: string;
  /** Entries that are read from the outbox at once. */
  readonly atOnce?: number | undefined;
}

/** How a round of sending is led. */
export interface Round {
  /** Entries that are left out, and with them the steps that follow one of them. */
  listPassedOver(): readonly string[];
  /** An entry was refused. It stays, and is to be left out from now on. */
  refuse(id: string, error: unknown): void;
  /** An entry was to be a step of a session that went on elsewhere. It is kept there and here as a note. */
  comeSecond(entry: MemoryEntry): void;
  /** Whether to stop after the next entry. */
  isStopped(): boolean;
}

/** Sends what is to be sent. Throws what stops all of it: the server is away, or busy, or the outbox cannot be read or written. */
export async function sendUnsent({ team, local, key, atOnce = AT_ONCE }: Sending, round: Round): Promise<void> {
  const held = new Set(round.listPassedOver());
  while (!round.isStopped()) {
    const unsent = await local.listUnsent(key, atOnce, [...held]);
    for (const one of unsent) {
      if (round.isStopped()) return;
      const { id } = one.entry;
      // For the server it would come second to what the one before it should have followed, and be a note for good.
      if (one.follows !== undefined && held.has(one.follows)) {
        held.add(id);
        continue;
      }
      try {
        await send(one, team, local, round);
      } catch (error) {
        if (!isRefused(error)) throw error;
        held.add(id);
        round.refuse(id, error);
      }
    }
    if (unsent.length < atOnce) return;
  }
}

async function send(
  { entry, sharedProject, follows }: Unsent,
  team: TeamStore,
  local: LocalStore,
  round: Round,
): Promise<void> {
  const { id, version: _, at, area, ...own } = entry;
  const draft = { ...own, area: area.scope === "user" ? area : { ...area, project: sharedProject } };
  const stored = await team.storeAs(id, draft, at, follows).catch((error: unknown) => {
    if (!isMovedOn(error)) throw error;
    return team.storeAs(id, { ...draft, kind: "note", status: undefined, tags: [...draft.tags, CAME_SECOND] }, at);
  });
  await local.markSent(stored);
  if (stored.tags.includes(CAME_SECOND) && !entry.tags.includes(CAME_SECOND)) round.comeSecond(entry);
}
