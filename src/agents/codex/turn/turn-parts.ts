// What a turn of Codex needs besides its request.
import type { Clock } from "../../../domain/clock.ts";
import type { Redact } from "../../../domain/redact.ts";
import type { RunLedger } from "../../../process/run-ledger.ts";
import type { TurnLaunch } from "../launch/turn-launch.ts";
import type { WarnOfLimits } from "../limits/limit-warnings.ts";
import type { AnswerCheck } from "./output-schema.ts";

/** The parts. `launch` was prepared for this turn. */
export interface TurnParts {
  readonly runId: string;
  /** Names that Codex's sandbox may leave behind. */
  readonly absentNames: readonly string[];
  readonly launch: TurnLaunch;
  /** Tag of a new thread's rollout, if it was given one. */
  readonly threadSource: string | undefined;
  /** Whether the usage that is read of the turn is the thread's running total. */
  readonly tellsRunningUsage: boolean;
  /** Whether nothing but what the model calls bears the run's marks. Then a turn without a call leaves nothing. */
  readonly marksCallsOnly: boolean;
  readonly codexHome: string;
  readonly ledger: RunLedger;
  readonly clock: Clock;
  /** Says which usage limits are nearly used, as far as it was not said before. */
  readonly warnOfLimits: WarnOfLimits;
  readonly checkAnswer: AnswerCheck | undefined;
  /** Removes secrets from everything that is reported about the turn. */
  readonly redact: Redact;
}
