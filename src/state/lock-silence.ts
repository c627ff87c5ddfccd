// Locks whose holders cannot be looked up from here (in another container, on another machine). A living holder renews its locks, so a lock
// that is not renewed while this bridge watches it has lost its holder. Only this bridge's own clock counts: that of the holder may differ.
import { statSync, utimesSync } from "node:fs";

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

/** Returns whether a lock has not been renewed for `SILENT_MS`. The time counts from the first call for that lock. `now` stands still while the machine sleeps. */
export function createSilenceWatch(now: () => number): (path: string, text: string) => boolean {
  const seen = new Map<string, { readonly stamp: string; readonly at: number }>();
  return (path, text) => {
    const stamp = `${quietly(() => statSync(path).mtimeMs)} ${text}`;
    const known = seen.get(path);
    if (known?.stamp === stamp) return now() - known.at >= SILENT_MS;
    seen.set(path, { stamp, at: now() });
    return false;
  };
}

function quietly<Value>(act: () => Value): Value | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
