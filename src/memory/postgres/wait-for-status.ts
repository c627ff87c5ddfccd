// Waits until a session has a status: the server tells of each entry that is stored.
import type { MemoryEntry, MemoryWait } from "../memory-store.ts";
import type { Notifications } from "./notifications.ts";

/** A connection pooler between here and the server may swallow notifications, so now and then it is looked anyway. */
const LOOK_MS = 5_000;
/** Others of the database may be told of very often. */
const LEAST_PAUSE_MS = 50;

/** Waits; `readLast` gives the entry last stored in the session. Undefined at the end of the time, or when one of the signals is aborted. */
export async function waitForStatus(
  { status, ms, signal }: MemoryWait,
  readLast: () => Promise<MemoryEntry | undefined>,
  notifications: Notifications,
  closing: AbortSignal,
): Promise<MemoryEntry | undefined> {
  // No clock that can be set back.
  const end = performance.now() + ms;
  const first = await readLast();
  if (first?.status === status) return first;
  if (ms <= 0) return undefined;
  const bell = createBell([closing, ...(signal === undefined ? [] : [signal])]);
  const listener = await notifications.join(bell.ring);
  const isEnded = (): boolean => closing.aborted || signal?.aborted === true;
  try {
    for (;;) {
      // Once more after the first look: what was stored before anybody listened rang no bell.
      const last = await readLast();
      if (last?.status === status) return last;
      const left = end - performance.now();
      if (left <= 0 || isEnded()) return undefined;
      await bell.wait(Math.min(LOOK_MS, left));
      if (isEnded()) return undefined;
      await new Promise((resolve) => setTimeout(resolve, Math.min(LEAST_PAUSE_MS, left)));
      await listener.again();
    }
  } finally {
    listener.leave();
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
