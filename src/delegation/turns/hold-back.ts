// A turn that another agent can take is not begun where the account's usage limit is nearly used: work stops between turns, not within one.
import type { Clock } from "../../domain/clock.ts";
import { type ErrorReport, reportError } from "../../domain/errors.ts";
import { toLocalTime } from "../../domain/local-time.ts";
import type { TurnOutcome } from "../../domain/turn.ts";
import { describeUse, type LimitWindow, toResetTime } from "../../domain/usage-limits.ts";
import type { TurnOptions } from "../requests.ts";
import type { TurnThread } from "../threads/record-keeper.ts";

/** What it is decided by. */
export interface HoldBackOptions {
  /** Percent from which on a limit counts as nearly used; undefined holds nothing back. */
  readonly relayAt?: number | undefined;
  /** How much of the account is used, as far as it was told; undefined where that is not known of the agent. */
  readonly readUsage?: (() => readonly LimitWindow[]) | undefined;
  readonly clock: Clock;
}

/** The outcome of a turn that is held back; undefined where it may run. `agent` is the agent's name. */
export function holdBack(
  { mayRelay = false }: Pick<TurnOptions, "mayRelay">,
  { record }: Pick<TurnThread, "record">,
  agent: string,
  { relayAt, readUsage, clock }: HoldBackOptions,
): TurnOutcome | undefined {
  if (!mayRelay || relayAt === undefined || readUsage === undefined) return undefined;
  const now = clock();
  const nearly = findNearlyUsed(readUsage(), relayAt, now);
  if (nearly === undefined) return undefined;
  const report = {
    ...{ threadId: record?.threadId, content: "", usage: undefined, changes: [], refusedCommands: [], leftRunning: [] },
    ...{ commands: { count: 0, failed: 0 }, hasWorked: false, warnings: [], durationMs: 0 },
  };
  return { kind: "failed", report, error: toError(agent, nearly, now) };
}

/** Whether the error is that of a turn that was held back. */
export function isHeldBack({ code, details }: ErrorReport): boolean {
  return code === "USAGE_LIMIT" && details["isNearlyUsed"] === true;
}

interface Nearly {
  readonly window: LimitWindow;
  readonly resetsAt: number;
}

// The one that is reset last. Of one whose reset is not known nobody could say when the work comes back.
function findNearlyUsed(windows: readonly LimitWindow[], relayAt: number, now: number): Nearly | undefined {
  return windows
    .flatMap((window) => {
      const resetsAt = toResetTime(window);
      return window.usedPercent >= relayAt && resetsAt !== undefined && resetsAt > now ? [{ window, resetsAt }] : [];
    })
    .reduce<Nearly | undefined>((last, each) => (last && last.resetsAt >= each.resetsAt ? last : each), undefined);
}

function toError(agent: string, { window, resetsAt }: Nearly, now: number): ErrorReport {
  const use = describeUse(window, { limitName: undefined }, now);
  return reportError("USAGE_LIMIT", `${agent} was passed over (BRIDGE_RELAY_AT): ${use}.`, {
    nextStep: `Wait until ${toLocalTime(resetsAt, now)}, or make the call without failover.`,
    details: {
      ...{ resetsAt: new Date(resetsAt).toISOString(), usedPercent: window.usedPercent, wasSent: false },
      isNearlyUsed: true,
    },
  });
}
