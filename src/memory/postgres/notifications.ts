// One connection on which the server tells of stored entries, for all who wait.
import type { PgClient } from "./client.ts";

/** Where the server tells of it. */
export const CHANNEL = "codex_bridge_memory";

/** All who wait of one store. */
export interface Notifications {
  /** Has `ring` called with each notification, and when no more will come. The server is listened to at once where it can be; otherwise with `again`. */
  join(ring: () => void): Promise<Listener>;
}

/** One who waits. */
export interface Listener {
  /** Listens again where that has ended. */
  again(): Promise<void>;
  leave(): void;
}

/** A connection that lived shorter was of no use: the next one is made only after as long. */
const SHORT_MS = 2_000;

/** Makes it. A server that tells nothing is no error: whoever waits looks now and then anyway. `now` is in milliseconds. */
export function createNotifications(
  client: Pick<PgClient, "listen">,
  now: () => number = () => performance.now(),
): Notifications {
  const rings = new Set<() => void>();
  let stop: (() => void) | undefined;
  let starting: Promise<void> | undefined;
  let restsUntil = 0;
  const ringAll = (): void => {
    for (const ring of rings) ring();
  };

  async function start(): Promise<void> {
    let hasEnded = false;
    let stopThis: (() => void) | undefined;
    const began = now();
    stopThis = await client.listen(CHANNEL, ringAll, () => {
      hasEnded = true;
      // One that never listened ends too, and one that was left ends late: to look and listen at once would be without end, or for nothing.
      if (stop === undefined || stop !== stopThis) return;
      stop = undefined;
      // A server or a pooler that drops each connection at once would have everybody look and connect many times a second.
      if (now() - began < SHORT_MS) restsUntil = now() + SHORT_MS;
      ringAll();
    });
    if (rings.size === 0 || hasEnded) stopThis();
    else stop = stopThis;
  }

  function again(): Promise<void> {
    if (stop !== undefined || now() < restsUntil) return Promise.resolve();
    starting ??= start()
      .catch(() => undefined)
      .finally(() => {
        starting = undefined;
      });
    return starting;
  }

  return {
    join: async (ring) => {
      rings.add(ring);
      await again();
      return {
        again,
        leave: () => {
          rings.delete(ring);
          if (rings.size > 0) return;
          stop?.();
          stop = undefined;
        },
      };
    },
  };
}
