// The usage limits of a Codex account, as Codex tells them (docs/codex-cli.md#usage-limits).
import type { LimitWindow } from "../../../domain/usage-limits.ts";

/** Limits of one kind of usage. */
export interface RateLimits {
  /** Codex's id of the kind: `codex` is its ordinary use. */
  readonly limitId: string | undefined;
  /** Codex's name of it for people; undefined for its ordinary use. */
  readonly limitName: string | undefined;
  /** The windows that are told, the shorter one first (`primary`, `secondary`). */
  readonly windows: readonly LimitWindow[];
  /** Whether turns go on at 100 %, on credits; undefined where it is not told. */
  readonly hasCredits?: boolean | undefined;
}
