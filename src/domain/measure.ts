// How long a command takes on the state that a proposal began with and on what it holds now, run in turns.

/** The runs of one state. */
export interface MeasuredState {
  /** In the order in which they ran. */
  readonly runsMs: readonly number[];
  readonly medianMs: number;
}

/** What the runs say. Ranges that touch prove nothing. */
export type MeasureVerdict = "faster" | "slower" | "within the noise" | "failed";

/** Why nothing is compared. */
export interface MeasureFailure {
  readonly state: "old" | "new";
  /** Absent if its time was up. */
  readonly exitCode?: number | undefined;
  readonly timedOut?: boolean | undefined;
  /** The end of what it printed, without secrets. */
  readonly output: string;
}

/** A measurement. */
export interface MeasureResult {
  readonly command: string;
  /** When it began, epoch ms. */
  readonly at: number;
  readonly verdict: MeasureVerdict;
  readonly old?: MeasuredState | undefined;
  readonly new?: MeasuredState | undefined;
  /** Median of the old state by that of the new one: 2 is twice as fast. Absent where one is 0 ms. */
  readonly speedup?: number | undefined;
  readonly failure?: MeasureFailure | undefined;
}

/**
 * Compares them. The new state is faster only if its slowest run is faster than the quickest old one: with 5 runs each this happens by chance once in 252
 * times, with 3 once in 20.
 */
export function compareRuns(
  oldMs: readonly number[],
  newMs: readonly number[],
): Pick<MeasureResult, "verdict" | "old" | "new" | "speedup"> {
  const old = { runsMs: oldMs, medianMs: findMedian(oldMs) };
  const now = { runsMs: newMs, medianMs: findMedian(newMs) };
  const speedup =
    old.medianMs > 0 && now.medianMs > 0 ? Math.round((old.medianMs / now.medianMs) * 100) / 100 : undefined;
  const isFaster = Math.max(...newMs) < Math.min(...oldMs);
  const isSlower = Math.min(...newMs) > Math.max(...oldMs);
  const verdict = isFaster ? "faster" : isSlower ? "slower" : "within the noise";
  return { verdict, old, new: now, ...(speedup === undefined ? {} : { speedup }) };
}

function findMedian(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
