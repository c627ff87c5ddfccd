// Long work in small pieces: the server has one thread, and what nobody waits for must not hold up what somebody waits for.

/** Longest time of one slice. */
const SLICE_MS = 3;
/** Pause after a slice: it leaves most of the time to others. */
const PAUSE_MS = 12;

/**
 * Does something for each item, in slices of a few ms, until it is done or the signal aborts.
 * With a signal it is work that nobody waits for, and pauses between the slices; without one it only lets others in.
 */
export async function forEachInSlices<Item>(
  items: Iterable<Item>,
  act: (item: Item) => void,
  signal?: AbortSignal,
): Promise<void> {
  const pause = (resolve: () => void): unknown =>
    signal === undefined ? setImmediate(resolve) : setTimeout(resolve, PAUSE_MS);
  let until = performance.now() + SLICE_MS;
  for (const item of items) {
    if (signal?.aborted === true) return;
    act(item);
    if (performance.now() < until) continue;
    await new Promise<void>(pause);
    until = performance.now() + SLICE_MS;
  }
}
