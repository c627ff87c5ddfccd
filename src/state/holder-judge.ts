// Whether the bridge that a lock or a job's record names still lives. In doubt it does, but not for ever.
import { ringBell } from "./bridge-bell.ts";
import type { LockHolder } from "./lock-holder.ts";
import { createSilenceWatch } from "./lock-renewal.ts";

/** `unknown`: it runs in another container or on another machine, and has not been silent for long enough to count as dead. */
export type HolderLiveness = "alive" | "dead" | "unknown";

/** Judges the holder that the file at `path` names. `text` must differ for another holder. */
export type HolderJudge = (path: string, text: string, holder: LockHolder, isOurShape?: boolean) => HolderLiveness;

/** Options of createHolderJudge. */
export interface HolderJudgeOptions {
  readonly stateDir: string;
  readonly judge: (holder: LockHolder) => HolderLiveness;
  /** Called with a holder that could not be looked up and has stopped renewing its file: it counts as dead. */
  readonly onSilent?: (holder: LockHolder) => void;
  /** Monotonic clock in ms; tests replace it. */
  readonly monotonic?: () => number;
}

/** Creates a judge. A holder that cannot be looked up is dead once its file was not renewed for a minute under our own eyes. */
export function createHolderJudge({ stateDir, judge, onSilent, monotonic }: HolderJudgeOptions): HolderJudge {
  const isSilent = createSilenceWatch(monotonic ?? (() => performance.now()));
  return (path, text, holder, isOurShape = true) => {
    const liveness = isOurShape ? judge(holder) : "unknown";
    const { bell } = holder;
    const ring = bell === undefined ? undefined : () => ringBell(stateDir, bell);
    if (liveness !== "unknown" || !isSilent(path, text, ring)) return liveness;
    onSilent?.(holder);
    return "dead";
  };
}
