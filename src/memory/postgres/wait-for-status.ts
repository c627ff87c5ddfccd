// Waits until a session has a status: the server tells of each entry that is stored.
import type { MemoryEntry, MemoryWait } from "../memory-store.ts";
import type { PgClient } from "./client.ts";

/** Where the server tells of it. */
export const CHANNEL = "codex_bridge_memory";

/** A connection pooler between here and the server may swallow notifications, so now and then it is looked anyway. */
const LOOK_MS = 5_000;

/** Waits; `readLast` gives the entry last stored in the session. Undefined at the end of the time, or when one of the signals is aborted. */
export async function waitForStatus(
  { status, ms, signal }: MemoryWait,
  readLast: () => Promise<MemoryEntry | undefined>,
  client: PgClient,
  closing: AbortSignal,
): Promise<MemoryEntry | undefined> {
  const end = Date.now() + ms;
  const first = await readLast();
  if (first?.status === status) return first;
  if (ms <= 0) return undefined;
  const bell = createBell([closing, ...(signal === undefined ? [] : [signal])]);
  const stop = await client.listen(CHANNEL, bell.ring, bell.ring);
  try {
    for (;;) {
      // Once more after the first look: what was stored before anybody listened rang no bell.
      const last = await readLast();
      if (last?.status === status) return last;
      const left = end - Date.now();
      if (left <= 0 || closing.aborted || signal?.aborted === true) return undefined;
      await bell.wait(Math.min(LOOK_MS, left));
    }
  } finally {
    stop();
    bell.close();
  }
}

interface Bell {
  readonly ring: () => void;
  /** Ends with the next ring, at once if it has rung since the last wait, or after `ms`. */
  wait(ms: number): Promise<void>;
  close(): void;
}

function createBell(signals: readonly AbortSignal[]): Bell {
  let hasRung = false;
  let wake: () => void = () => undefined;
  const ring = (): void => {
    hasRung = true;
    wake();
  };
  for (const signal of signals) signal.addEventListener("abort", ring);
  return {
    ring,
    wait: async (ms) => {
      if (!hasRung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      hasRung = false;
    },
    close: () => {
      for (const signal of signals) signal.removeEventListener("abort", ring);
    },
  };
}
