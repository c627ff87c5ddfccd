// The memory of a team: a server that all machines share, and while it is away what this machine has, with an outbox.
import type { Clock } from "../../domain/clock.ts";
import { BridgeError } from "../../domain/errors.ts";
import type { MemoryEntry, MemoryFilter, MemoryStore, MemoryWait } from "../memory-store.ts";
import { isMovedOn } from "../moved-on.ts";
import { isAway } from "../postgres/postgres-error.ts";
import { createEmptying } from "./emptying.ts";
import type { Sending } from "./send-unsent.ts";
import { nameProject, type ProjectNames } from "./shared-project.ts";
import { createTeamVectors } from "./team-vectors.ts";

/** Options of createTeamMemory. */
export interface TeamMemoryOptions extends Sending {
  readonly names: ProjectNames;
  readonly clock: Clock;
  readonly newId: () => string;
  /** Ms for which a server that was away is not asked again. */
  readonly pauseMs?: number | undefined;
  /** Ms that a call waits for older entries to be sent. */
  readonly sendMs?: number | undefined;
}

const PAUSE_MS = 5_000;
/** Between two looks of a wait while the server is away. */
const LOOK_MS = 500;

/** Makes it. */
export function createTeamMemory(options: TeamMemoryOptions): MemoryStore {
  const { team, local, key, names, clock, newId, pauseMs = PAUSE_MS } = options;
  const named = nameProject(team, names);
  let { once } = names;
  const address = { team: key, sharedProject: names.shared };
  /** Why the server was away when it was last asked, and until when it is not asked again. */
  let away: { readonly error: unknown; readonly until: number } | undefined;
  const outbox = createEmptying(options, noteAway, options.sendMs);
  let timer: NodeJS.Timeout | undefined;
  let closing = new AbortController();

  function noteAway(error: unknown): void {
    away = { error, until: performance.now() + pauseMs };
    if (timer !== undefined || closing.signal.aborted) return;
    timer = setTimeout(() => {
      timer = undefined;
      outbox.settle().then(
        () => {
          away = undefined;
        },
        // It has been noted.
        () => undefined,
      );
    }, pauseMs).unref();
  }

  /** Asks the server; `instead` is for when it is away, `meanwhile` for when older entries are still being sent. */
  async function ask<Result>(
    act: () => Promise<Result>,
    instead: (error: unknown) => Promise<Result>,
    meanwhile = act,
  ): Promise<Result> {
    if (away !== undefined && performance.now() < away.until) return instead(away.error);
    try {
      const sent = await outbox.settle();
      const result = await (sent === "done" ? act() : meanwhile());
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

  const read = (ids: readonly string[]): Promise<readonly MemoryEntry[]> =>
    ask(
      () => named.read(ids),
      (error) => local.read(ids).catch(() => refuse(error)),
    );
  const listIds = (filter: MemoryFilter, most: number): Promise<readonly string[]> =>
    ask(
      () => named.listIds(filter, most),
      (error) => local.listIds(filter, most).catch(() => refuse(error)),
    );

  return {
    vectors: createTeamVectors({ listIds, read }, local.teamVectors),
    store: (draft, follows) => {
      // With one id: the server may have it already, and gone before it could say so.
      const id = newId();
      const put = async (): Promise<MemoryEntry> => {
        const stored = await local.storeUnsent(id, draft, address, follows);
        outbox.add();
        return stored;
      };
      const act = async (): Promise<MemoryEntry> => {
        const stored = await named.storeAs(id, draft, clock(), follows);
        await keepCopy(stored);
        return stored;
      };
      // A newer entry must not be stored before older ones of its session.
      return ask(
        act,
        (error) => put().catch(unlessMovedOn(() => refuse(error))),
        () => put().catch(unlessMovedOn(act)),
      );
    },
    adopt: (entry) => ask(() => named.adopt(entry), refuse),
    search: (search) =>
      ask(
        () => named.search(search),
        (error) => local.search(search).catch(() => refuse(error)),
      ),
    read,
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
    notes: () => {
      const state = [...(away === undefined ? [] : [describeAway(away.error)]), ...outbox.notes()];
      const told = [names.always, once].filter((note) => note !== undefined);
      once = undefined;
      return state.length === 0 ? told : [state.join(" "), ...told];
    },
    close: async () => {
      closing.abort();
      clearTimeout(timer);
      timer = undefined;
      await outbox.end();
      clearTimeout(timer);
      timer = undefined;
      await Promise.all([team.close(), local.close()]);
      closing = new AbortController();
    },
  };

  // While the server is away somebody on this machine may still get there.
  async function waitOut(wait: MemoryWait, closed: AbortSignal): Promise<MemoryEntry | undefined> {
    const end = performance.now() + wait.ms;
    for (;;) {
      const left = Math.max(0, end - performance.now());
      let isLocal = false;
      const found = await ask(
        () => named.waitForStatus({ ...wait, ms: left }),
        (error) => {
          isLocal = true;
          return local.waitForStatus({ ...wait, ms: Math.min(LOOK_MS, left) }).catch(() => refuse(error));
        },
      );
      const isOver = performance.now() >= end || closed.aborted || wait.signal?.aborted === true;
      if (found !== undefined || isOver || !isLocal) return found;
    }
  }
}

// What this machine knows of the session itself is true whatever the server says.
function unlessMovedOn(act: () => Promise<MemoryEntry>): (error: unknown) => Promise<MemoryEntry> {
  return (error) => {
    if (isMovedOn(error)) throw error;
    return act();
  };
}

function describeAway(error: unknown): string {
  const reason = error instanceof Error ? `${error.message} ` : "";
  return `Local only: ${reason}This is what this machine has stored itself.`;
}
