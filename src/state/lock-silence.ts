// Locks of holders that nobody here can look up (in another container, on another machine). Their holders renew them while they live, so
// a lock that is not renewed for a while, under our own eyes, has lost its holder. No clock but our own is trusted for it.
import { statSync, utimesSync } from "node:fs";

/** How often a holder renews its locks. */
export const RENEW_MS = 10_000;
/** So long a lock has to be watched without a renewal before it is free. */
export const SILENT_MS = 60_000;

/** Renews files while there are any. */
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

/** Tells whether a lock has been silent for `SILENT_MS`, since the first time that it was asked about. `now` stands still while the machine sleeps. */
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
