// Empties the outbox of a machine. An entry keeps its id, and the team's store takes an id once: to send again does no harm.
import { isAway } from "../postgres/postgres-error.ts";
import type { TeamStore } from "../postgres/postgres-memory.ts";
import type { LocalStore, Unsent } from "./outbox.ts";

const MOST_AT_ONCE = 100;

/**
 * Sends what is to be sent; resolves with how many are left. Throws what tells that the server is away; an entry that is refused for another
 * reason stays, and the others go on.
 */
export async function sendUnsent(team: TeamStore, local: LocalStore): Promise<number> {
  for (;;) {
    const unsent = await local.listUnsent(MOST_AT_ONCE);
    let sent = 0;
    for (const one of unsent) if (await send(one, team, local)) sent += 1;
    if (unsent.length < MOST_AT_ONCE || sent === 0) return unsent.length - sent;
  }
}

async function send({ entry, sharedProject }: Unsent, team: TeamStore, local: LocalStore): Promise<boolean> {
  const { id, version: _, at, area, ...draft } = entry;
  const shared = area.scope === "user" ? area : { ...area, project: sharedProject };
  try {
    const stored = await team.storeAs(id, { ...draft, area: shared }, at);
    await local.markSent(id, stored.version);
    return true;
  } catch (error) {
    if (isAway(error)) throw error;
    return false;
  }
}
