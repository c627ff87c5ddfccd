// The parts that a task falls into, by its own form: the items of a list, or sentences that each ask for something.
import { splitUnits } from "./context-units.ts";
import { readOutline } from "./extract/outline.ts";
import { hasSignal } from "./extract/signals.ts";

/** More parts are no help. */
const MOST_PARTS = 12;
const PART_CHARACTERS = 300;

/** The parts of a task in its own words, in order; none if it has fewer than two. */
export function splitTask(task: string): readonly string[] {
  const units = splitUnits(task).map(({ start, end, line }) => ({ text: task.slice(start, end), line }));
  const outline = readOutline(units);
  const items = units.flatMap(({ text }, at) => {
    const { body } = outline[at] ?? { body: text };
    return body !== text.trim() && /^[-*•+\d(]/.test(text) ? [body] : [];
  });
  const sentences = outline.map(({ body }) => body).filter((body) => hasSignal(body, "imperative"));
  const parts = items.length >= 2 ? items : sentences;
  return parts.length < 2
    ? []
    : parts.slice(0, MOST_PARTS).map((part) => part.slice(0, PART_CHARACTERS).toWellFormed());
}
