// Further input for a job, as the next turns of its thread: a backend whose turns take none gets it that way.
import type { CallContext } from "../delegation/requests.ts";
import { cutText } from "../domain/cut-text.ts";
import { type ErrorReport, reportError } from "../domain/errors.ts";
import type { FinishedCall, ToolAnswer } from "./define-tool.ts";
import { mergeResults } from "./merge-results.ts";
import { shortenText } from "./shorten-text.ts";

/** Runs another turn of the job's thread, with what holds for its first one. `before` is the answer so far. */
export type Follow = (
  request: { readonly prompt: string; readonly threadId: string },
  call: CallContext,
  before: ToolAnswer,
) => Promise<FinishedCall>;

/** What the input is followed with. */
export interface Following {
  readonly follow: Follow;
  /** Stores a text that is too long for a result, and returns its path. */
  readonly spill: (text: string) => string;
}

/**
 * Runs turns until no input is left, and gives one end for all of them. An answer that is there is not lost where a later turn fails: then a
 * warning names the failure. A cancel ends all of it, and its error has the answer.
 */
export async function followInputs(end: FinishedCall, call: CallContext, following: Following): Promise<FinishedCall> {
  let last = end;
  for (;;) {
    const threadId = "error" in last ? undefined : last.structured["threadId"];
    if ("error" in last || typeof threadId !== "string" || threadId === "") return last;
    const inputs = call.takeSteers?.() ?? [];
    if (inputs.length === 0) return last;
    call.report("Goes on with further input");
    const next = await following.follow({ prompt: inputs.join("\n\n"), threadId }, call, last);
    if ("error" in next) {
      const { code, message, nextStep } = next.error;
      return code === "CANCELLED"
        ? { ...next, error: addAnswer(next.error, last, following.spill) }
        : warn(last, `A turn with further input failed: [${code}] ${cutText(message, 500)} ${nextStep}`);
    }
    last = join(last, next, following.spill);
  }
}

/** Longest answer that stands in an error; a longer one is in a file, too. */
const ANSWER_CHARACTERS = 1_000;

// The job was cancelled, but a turn of it had answered before.
function addAnswer(error: ErrorReport, answer: ToolAnswer, spill: Following["spill"]): ErrorReport {
  const { text } = answer;
  if (text.trim() === "") return error;
  const path = text.length > ANSWER_CHARACTERS ? (answer.links[0]?.path ?? spillQuietly(text, spill)) : undefined;
  const where = path === undefined ? "" : ` The whole answer is in ${path}.`;
  const message = `${error.message} A turn before that had answered; its answer follows.${where}`;
  const details = { ...error.details, ...(path === undefined ? {} : { answerFile: path }) };
  return reportError(error.code, message, { ...error, details, agentText: text });
}

function spillQuietly(text: string, spill: Following["spill"]): string | undefined {
  try {
    return spill(text);
  } catch {
    // Its beginning stands in the error all the same.
    return undefined;
  }
}

/** The answer with another warning. */
export function warn(answer: ToolAnswer, warning: string): ToolAnswer {
  const { warnings } = answer.structured;
  const all = [...(Array.isArray(warnings) ? warnings : []), warning];
  return { ...answer, structured: { ...answer.structured, warnings: all } };
}

// Both messages, and what both turns did.
function join(first: ToolAnswer, second: ToolAnswer, spill: (text: string) => string): ToolAnswer {
  const whole = `${first.text}\n\n[After further input:]\n\n${second.text}`;
  const { content: _content, ...others } = mergeResults(first.structured, second.structured);
  const { content } = shortenText(whole, JSON.stringify(others), spill);
  return { structured: { ...others, content }, text: content, links: [...first.links, ...second.links] };
}
