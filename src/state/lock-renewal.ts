// Locks whose holders cannot be looked up from here (in another container, on another machine). A living holder renews its locks, so a lock
// that is not renewed while this bridge watches it has lost its holder. Only this bridge's own clock counts: that of the holder may differ.
import { statSync, utimesSync } from "node:fs";
import type { RingAnswer } from "./bridge-bell.ts";

/** How often a holder renews its locks. */
export const RENEW_MS = 10_000;
/** A lock is free after it was watched for this time without a renewal. */
export const SILENT_MS = 60_000;

/** Renews the files that `listPaths` returns, from `start` to `stop`. */
export function createRenewal(listPaths: () => Iterable<string>): { start(): void; stop(): void } {
  let timer: NodeJS.Timeout | undefined;
  const renew = (): void => {
    const now = new Date();
    for (const path of listPaths()) quietly(() => utimesSync(path, now, now));
  };
  return {
    start: () => {
      timer ??= setInterval(renew, RENEW_MS).unref();
    },
    stop: () => {
      clearInterval(timer);
      timer = undefined;
    },
  };
}

interface Watch {
  readonly stamp: string;
  /** Time of the first look, or of the last answer of the holder's bell. */
  at: number;
  /** Whether the bell answered when it was last rung. */
  hasAnswered: boolean;
}

/**
 * Returns whether a lock has not been renewed for `SILENT_MS`, and its holder's bell, if it has one, did not answer either. The time counts
 * from the first call for that lock. `now` stands still while the machine sleeps. Each call rings; the answer counts from the next call on.
 */
export function createSilenceWatch(
  now: () => number,
): (path: string, text: string, ring?: () => Promise<RingAnswer>) => boolean {
  const seen = new Map<string, Watch>();
  return (path, text, ring) => {
    const stamp = `${quietly(() => statSync(path).mtimeMs)} ${text}`;
    const known = seen.get(path);
    const watch = known?.stamp === stamp ? known : { stamp, at: now(), hasAnswered: false };
    seen.set(path, watch);
    const isSilent = now() - watch.at >= SILENT_MS && !watch.hasAnswered;
    void ring?.().then((answer) => {
      if (answer === undefined) return;
      watch.hasAnswered = answer === "answered";
      if (watch.hasAnswered) watch.at = now();
    });
    return isSilent;
  };
}

function quietly<Value>(act: () => Value): Value | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
