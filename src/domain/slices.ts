// Does long work in small pieces. The server has one thread, and background work must not delay a call.

/** Time limit of one slice. */
const SLICE_MS = 3;
/** Pause after a slice. It leaves most of the time to other work. */
const PAUSE_MS = 12;

/**
 * Does something for each item, in slices of a few ms, until all is done or the signal aborts.
 * With a signal this is background work and pauses between slices; without one it only lets other work in.
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
