// Whether an account's usage is used up, and the error for a turn that is not started for that reason.
import { BridgeError } from "../../../domain/errors.ts";
import { toLocalTime } from "../../../domain/local-time.ts";
import { describeUse, type LimitWindow, toResetTime } from "../../../domain/usage-limits.ts";
import type { AccountLimits, ServerLimits } from "../protocol/rate-limits.ts";

/** Codex's id of its ordinary use. */
const ORDINARY = "codex";
const FULL = 100;

/** A used-up window whose end is known. */
export interface ReachedLimit {
  readonly window: LimitWindow;
  /** Epoch ms. */
  readonly resetsAt: number;
}

/**
 * Finds the window that keeps an account from another turn with `model`: the one that is reset last. undefined if there is none, and where
 * the limits do not say so plainly. `now` is epoch ms.
 */
export function findReached(
  { isUsageAllowed, limits: [main, ...others] }: AccountLimits,
  model: string | undefined,
  now: number,
): ReachedLimit | undefined {
  if (main === undefined || isUsageAllowed === true) return undefined;
  // 100 % may be rounded up.
  const isSaid = isUsageAllowed === false || main.reached !== undefined;
  const hasCredits = main.hasCredits && main.isSpendReached !== true;
  if (!isSaid || hasCredits || others.some((limits) => isFor(limits, model))) return undefined;
  return main.windows
    .flatMap((window) => {
      const resetsAt = toResetTime(window);
      return window.usedPercent >= FULL && resetsAt !== undefined && resetsAt > now ? [{ window, resetsAt }] : [];
    })
    .reduce<ReachedLimit | undefined>(
      (last, each) => (last && last.resetsAt >= each.resetsAt ? last : each),
      undefined,
    );
}

/** Whether an update of the limits is a reason to read all of them: it may lack what decides. */
export function looksReached({ limitId = ORDINARY, windows, reached, hasCredits }: ServerLimits): boolean {
  if (limitId !== ORDINARY || hasCredits) return false;
  return reached !== undefined || windows.some(({ usedPercent }) => usedPercent >= FULL);
}

/** The error of a turn that was not started. Its prompt has not reached Codex (`wasSent`). */
export function toLimitError({ window, resetsAt }: ReachedLimit, now: number): BridgeError {
  const use = describeUse(window, { limitName: undefined }, now);
  const tryAgain = `until ${toLocalTime(resetsAt, now)}`;
  return new BridgeError("USAGE_LIMIT", `The Codex account has reached its usage limit: ${use}. No turn was started.`, {
    nextStep: `Wait ${tryAgain}, then send the prompt again, or ask the user to check the account's plan and credits.`,
    details: {
      ...{ tryAgain, resetsAt: new Date(resetsAt).toISOString(), usedPercent: window.usedPercent, wasSent: false },
      ...(window.minutes === undefined ? {} : { windowMinutes: window.minutes }),
    },
  });
}

// A model with limits of its own does not depend on those of Codex's ordinary use. Their names differ in case and punctuation.
function isFor({ limitId, limitName }: ServerLimits, model: string | undefined): boolean {
  const wanted = toKey(model);
  return wanted !== "" && [limitId, limitName].some((name) => toKey(name) === wanted);
}

function toKey(name = ""): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}
