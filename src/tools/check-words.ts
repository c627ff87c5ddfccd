// How a check is told to the model.
import type { Check } from "../delegation/receipts/receipts.ts";
import { countOf } from "../domain/count-of.ts";

/** Characters of a check's output in a result; the receipt has more. */
const SHOWN_CHARACTERS = 3_000;
const SHOWN_BYTES = 9_000;
const MOST_CHANGED = 20;

/** A check as a field of a result: bounded, and with the end of its output. */
export function toCheckField({ changed, moreChanged = 0, ...check }: Check): Record<string, unknown> {
  const { text, isWhole } = takeEnd(check.output);
  const shown = changed?.slice(0, MOST_CHANGED);
  const more = (changed?.length ?? 0) - (shown?.length ?? 0) + moreChanged;
  return {
    ...{ ...check, output: text },
    ...(isWhole ? {} : { isCut: true }),
    ...(shown === undefined ? {} : { changed: shown }),
    ...(more === 0 ? {} : { moreChanged: more }),
  };
}

/** How it ended and what it changed, in one line. */
export function describeCheck({ exitCode, timedOut, durationMs, changed = [], moreChanged = 0 }: Check): string {
  const took = `${(durationMs / 1_000).toFixed(1)} s`;
  const end =
    timedOut === true ? `ended after ${took}: its time was up` : `exit ${exitCode ?? "unknown"} after ${took}`;
  const count = changed.length + moreChanged;
  const wrote = count === 0 ? "" : ` It changed ${countOf(count, "file")}.`;
  return `Check ${exitCode === 0 ? "passed" : "failed"} (${end}).${wrote}`;
}

function takeEnd(output: string): { readonly text: string; readonly isWhole: boolean } {
  let text = output.slice(-SHOWN_CHARACTERS).toWellFormed();
  if (Buffer.byteLength(text) > SHOWN_BYTES) text = text.slice(-SHOWN_CHARACTERS / 3).toWellFormed();
  return { text, isWhole: text.length === output.length };
}
