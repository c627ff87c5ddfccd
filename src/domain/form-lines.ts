// What a person surely sees of a form: Claude Code shows three lines of its message, and cuts each at the width of the screen
// (docs/claude-code.md#forms). What is below or beyond may be unseen.
import { foldText } from "./fold-text.ts";

/** Lines of a message that are shown. */
export const FORM_LINES = 3;
/** Columns that a line has on a screen of 80. */
export const FORM_COLUMNS = 76;

/** Whether all these lines are shown. */
export function fitsForm(lines: readonly string[]): boolean {
  return foldText(lines.join("\n"), FORM_COLUMNS).length <= FORM_LINES;
}
