// Finds out whether the machine has slept: then the clock on the wall went on, and the one that only runs with the machine did not (Linux).

/** A clock that is set right by less than this is no sleep. */
const LEAST_MS = 10_000;

/** Makes a function that says whether the machine has slept since now. A clock that was set counts as a sleep. */
export function createSleepWatch(): () => boolean {
  const toDrift = (): number => Date.now() - performance.now();
  const before = toDrift();
  return () => Math.abs(toDrift() - before) > LEAST_MS;
}
