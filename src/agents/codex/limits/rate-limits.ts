// The usage limits of a Codex account, as Codex tells them (docs/codex-cli.md#usage-limits).

/** How much of a time window is used. */
export interface LimitWindow {
  /** 0 to 100. The app server rounds it to a whole number. */
  readonly usedPercent: number;
  /** Length of the window in minutes. */
  readonly minutes: number | undefined;
  /** When the window begins anew, Unix seconds. */
  readonly resetsAt: number | undefined;
}

/** Limits of one kind of usage. */
export interface RateLimits {
  /** Codex's id of the kind: `codex` is its ordinary use. */
  readonly limitId: string | undefined;
  /** Codex's name of it for people; undefined for its ordinary use. */
  readonly limitName: string | undefined;
  /** The windows that are told, the shorter one first (`primary`, `secondary`). */
  readonly windows: readonly LimitWindow[];
}

/** The latest time that a Date can have. */
const LAST_TIME = 8.64e15;

/** When a window begins anew, epoch ms; undefined where it is not told, or is no time that exists. */
export function toResetTime({ resetsAt }: Pick<LimitWindow, "resetsAt">): number | undefined {
  const at = resetsAt === undefined ? Number.NaN : resetsAt * 1_000;
  return Math.abs(at) <= LAST_TIME ? at : undefined;
}
