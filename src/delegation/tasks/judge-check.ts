// What the check of an attempt means for its task: an attempt whose check failed, or did not run, has not done it.
import { type CheckResult, hasPassed } from "../../domain/check.ts";
import { reportError } from "../../domain/errors.ts";
import type { TurnAnswer, TurnEnd } from "../requests.ts";
import { addWork } from "../turns/turn-end.ts";

/** The end of an attempt whose call asks for a check, or not. A completed turn fails by its check; every other end stays as it is. */
export function judgeCheck(end: TurnEnd, isAsked: boolean): TurnEnd {
  if (end.kind !== "completed" || !isAsked) return end;
  const error = findProblem(end.answer);
  if (error === undefined) return end;
  const { answer, startedAt, waitedMs } = end;
  const threaded = { ...error, threadId: answer.threadId };
  return { kind: "failed", answer, startedAt, waitedMs, error: addWork(threaded, answer) };
}

// A check of an earlier turn of the same call says nothing of the last one.
function findProblem({ unchecked, check }: TurnAnswer) {
  if (unchecked !== undefined) {
    const message = `The turn has completed, but its check was not run: ${unchecked.message}`;
    return reportError(unchecked.code, message, { ...unchecked, threadId: undefined });
  }
  if (check === undefined) return reportError("INTERNAL", "The turn has completed, but its check was not run.");
  return hasPassed(check) ? undefined : reportError("CHECK_FAILED", `The check failed: ${describeExit(check)}.`);
}

/** How a check that failed ended, as a part of a sentence. */
export function describeExit({ exitCode, timedOut }: CheckResult): string {
  if (timedOut === true) return "its time was up";
  return exitCode === undefined ? "its exit code is not known" : `exit code ${exitCode}`;
}
