// How a check is told to the model.
import { type CheckResult, hasPassed } from "../domain/check.ts";
import { countOf } from "../domain/count-of.ts";
import { cutText } from "../domain/cut-text.ts";
import { takeWithin } from "./take-within.ts";

/** Characters of a check's output in a result; its receipt has more. */
const SHOWN_CHARACTERS = 3_000;
const COMMAND_CHARACTERS = 300;
const CHANGED = { items: 20, bytes: 2_000 };

/** A check as a field of a result: bounded, with at most `most` characters of the end of its output. */
export function toCheckField(
  { command, output, changed = [], moreChanged = 0, ...check }: CheckResult,
  most = SHOWN_CHARACTERS,
): Record<string, unknown> {
  const end = takeEnd(output, most);
  const listed = takeWithin(changed, CHANGED);
  const more = listed.more + moreChanged;
  return {
    ...{ command: cutText(command, COMMAND_CHARACTERS), passed: hasPassed(check), ...check, output: end },
    ...(end.length === output.length ? {} : { isCut: true }),
    ...(listed.kept.length === 0 ? {} : { changed: listed.kept }),
    ...(more === 0 ? {} : { moreChanged: more }),
  };
}

/** How it ended and what it changed, in one line. */
export function describeCheck(check: CheckResult): string {
  const { exitCode, timedOut, durationMs, changed = [], moreChanged = 0, isPutBack = false } = check;
  const took = `${(durationMs / 1_000).toFixed(1)} s`;
  const end =
    timedOut === true ? `ended after ${took}: its time was up` : `exit ${exitCode ?? "unknown"} after ${took}`;
  const count = changed.length + moreChanged;
  const wrote = count === 0 ? "" : ` It changed ${countOf(count, "file")}${isPutBack ? ", which were put back" : ""}.`;
  return `Check ${hasPassed(check) ? "passed" : "failed"} (${end}).${wrote}`;
}

// A character takes three bytes at most, and six where JSON escapes it.
function takeEnd(output: string, most: number): string {
  const text = output.slice(-most).toWellFormed();
  return Buffer.byteLength(JSON.stringify(text)) <= 3 * most ? text : text.slice(-most / 3).toWellFormed();
}
