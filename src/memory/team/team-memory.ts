// The memory of a team: a server that all machines share, and while it is away what this machine has, with an outbox.
import type { Clock } from "../../domain/clock.ts";
import { BridgeError } from "../../domain/errors.ts";
import type { MemoryEntry, MemoryStore, MemoryWait } from "../memory-store.ts";
import { isAway } from "../postgres/postgres-error.ts";
import type { TeamStore } from "../postgres/postgres-memory.ts";
import type { LocalStore } from "./outbox.ts";
import { sendUnsent } from "./send-unsent.ts";
import { nameProject, type ProjectNames } from "./shared-project.ts";

/** Options of createTeamMemory. */
export interface TeamMemoryOptions {
  readonly team: TeamStore;
  readonly local: LocalStore;
  readonly names: ProjectNames;
  readonly clock: Clock;
  readonly newId: () => string;
  /** Ms for which a server that was away is not asked again. */
  readonly pauseMs?: number;
}

const PAUSE_MS = 5_000;
/** Between two looks of a wait while the server is away. */
const LOOK_MS = 500;

/** Makes it. */
export function createTeamMemory(options: TeamMemoryOptions): MemoryStore {
  const { team, local, names, clock, newId, pauseMs = PAUSE_MS } = options;
  const named = nameProject(team, names);
  /** Why the server was away when it was last asked, and until when it is not asked again. */
  let away: { readonly error: unknown; readonly until: number } | undefined;
  let unsent = 0;
  let sending: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closing = new AbortController();

  // A machine without SQLite has no outbox, and its memory works while the server is there.
  function send(): Promise<void> {
    sending ??= sendUnsent(team, local)
      .catch((error: unknown) => {
        if (isAway(error)) throw error;
        return 0;
      })
      .then((left) => {
        unsent = left;
      })
      .finally(() => {
        sending = undefined;
      });
    return sending;
  }

  function noteAway(error: unknown): void {
    away = { error, until: Date.now() + pauseMs };
    if (timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      send().then(() => {
        away = undefined;
      }, noteAway);
    }, pauseMs).unref();
  }

  /** Asks the server; `instead` is for when it is away. */
  async function ask<Result>(
    act: () => Promise<Result>,
    instead: (error: unknown) => Promise<Result>,
  ): Promise<Result> {
    if (away !== undefined && Date.now() < away.until) return instead(away.error);
    try {
      await send();
      const result = await act();
      away = undefined;
      return result;
    } catch (error) {
      if (!isAway(error)) throw error;
      noteAway(error);
      return instead(error);
    }
  }

  const refuse = async (error: unknown): Promise<never> => {
    if (!(error instanceof BridgeError)) throw error;
    throw new BridgeError(error.code, `${error.message} Nothing was changed.`, { ...error.report, cause: error.cause });
  };

  /** What this machine has stored itself it can show while the server is away. */
  async function keepCopy(entry: MemoryEntry): Promise<void> {
    await local.adopt(entry).catch(() => undefined);
  }

  return {
    store: async (draft) => {
      const id = newId();
      return ask(
        async () => {
          const stored = await named.storeAs(id, draft, clock());
          await keepCopy(stored);
          return stored;
        },
        async (error) => {
          // With the same id: the server may have it already, and gone before it could say so.
          const stored = await local.storeUnsent(id, draft, names.shared).catch(() => refuse(error));
          unsent = Math.max(unsent, 1);
          return stored;
        },
      );
    },
    adopt: (entry) => ask(() => named.adopt(entry), refuse),
    search: (search) =>
      ask(
        () => named.search(search),
        (error) => local.search(search).catch(() => refuse(error)),
      ),
    read: (ids) =>
      ask(
        () => named.read(ids),
        (error) => local.read(ids).catch(() => refuse(error)),
      ),
    list: (filter, most) =>
      ask(
        () => named.list(filter, most),
        (error) => local.list(filter, most).catch(() => refuse(error)),
      ),
    remove: (ids) =>
      ask(async () => {
        const removed = await named.remove(ids);
        await local.remove(ids).catch(() => undefined);
        return removed;
      }, refuse),
    waitForStatus: (wait) => waitOut(wait, closing.signal),
    notes: () => describeState(away?.error, unsent),
    close: async () => {
      closing.abort();
      closing = new AbortController();
      clearTimeout(timer);
      timer = undefined;
      await sending?.catch(() => undefined);
      await Promise.all([team.close(), local.close()]);
    },
  };

  // While the server is away somebody on this machine may still get there.
  async function waitOut(wait: MemoryWait, closed: AbortSignal): Promise<MemoryEntry | undefined> {
    const end = Date.now() + wait.ms;
    for (;;) {
      const left = Math.max(0, end - Date.now());
      let isLocal = false;
      const found = await ask(
        () => named.waitForStatus({ ...wait, ms: left }),
        (error) => {
          isLocal = true;
          return local.waitForStatus({ ...wait, ms: Math.min(LOOK_MS, left) }).catch(() => refuse(error));
        },
      );
      const isOver = Date.now() >= end || closed.aborted || wait.signal?.aborted === true;
      if (found !== undefined || isOver || !isLocal) return found;
    }
  }
}

function describeState(error: unknown, unsent: number): string[] {
  if (error === undefined && unsent === 0) return [];
  const reason = error instanceof Error ? `${error.message} ` : "";
  const state =
    error === undefined
      ? "Some entries could not be sent to the team memory."
      : `Local only: ${reason}This is what this machine has stored itself.`;
  const outbox =
    "What is stored waits in the outbox of this machine, and is sent when the server answers; its version may change then.";
  return [unsent > 0 ? `${state} ${outbox}` : state];
}
