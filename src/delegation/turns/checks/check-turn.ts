// The step of a turn that runs the caller's check on what a completed turn left.
import type { CheckResult } from "../../../domain/check.ts";
import { toBridgeError } from "../../../domain/errors.ts";
import type { ThreadFrame } from "../../../domain/thread.ts";
import type { TurnOutcome } from "../../../domain/turn.ts";
import type { CallContext } from "../../requests.ts";
import { addWarnings, type Turn, type TurnStep } from "../turn-steps.ts";
import { type CheckKeeping, keepCheck } from "./keep-check.ts";
import type { CheckDone } from "./run-check.ts";

/** Runs a command in the sandbox of a frame. Throws as `AgentBackend.runInSandbox` does, and SANDBOX_DENIED. */
export type RunCheck = (
  check: { readonly command: string; readonly frame: ThreadFrame },
  call: Pick<CallContext, "signal" | "report" | "caller">,
) => Promise<CheckDone>;

/** Options of the step. */
export interface CheckTurnOptions extends Omit<CheckKeeping, "files"> {
  readonly runCheck: RunCheck;
  /** Undefined where no receipts are kept. */
  readonly files: CheckKeeping["files"] | undefined;
  /** Directory of the bridge. */
  readonly baseDir: string;
}

/** Checks after every completed turn whose call asks for it. A turn that has ended keeps its answer, whatever becomes of its check. */
export function checkTurn(options: CheckTurnOptions): TurnStep {
  return (next) => async (turn) => {
    const outcome = await next(turn);
    const { check: command, call } = turn;
    if (command === undefined || outcome.kind !== "completed") return outcome;
    try {
      const { check, warnings } = await options.runCheck({ command, frame: toFrame(turn) }, call);
      const told = { ...outcome, report: { ...outcome.report, check } };
      return addWarnings(told, { after: [...warnings, ...keep(options, outcome, check)] });
    } catch (thrown) {
      // The work is cancelled before its end.
      if (call.signal.aborted) return { kind: "interrupted", report: outcome.report };
      const unchecked = toBridgeError(thrown).report;
      const { code, message, nextStep } = unchecked;
      const told = { ...outcome, report: { ...outcome.report, unchecked } };
      return addWarnings(told, { after: [`The check was not run: [${code}] ${message} ${nextStep}`] });
    }
  };
}

// A person's consent for one turn is not one for a command of the caller's.
function toFrame({ thread }: Turn): ThreadFrame {
  return thread.narrow ?? thread.frame;
}

function keep({ files, logger, baseDir }: CheckTurnOptions, { report }: TurnOutcome, check: CheckResult): string[] {
  if (files === undefined || report.receipt === undefined) return [];
  return keepCheck({ files, logger }, { id: report.receipt, project: baseDir }, check);
}
