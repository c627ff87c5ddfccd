// Judges a text by a regular expression. Runs in the validation worker: a search can take for ever.
import { cutText } from "../domain/cut-text.ts";
import type { Verdict } from "./expectation.ts";

const REASON_CHARACTERS = 500;
const SHOWN_CHARACTERS = 200;

/** Deeper groups can overflow the stack of Node's compiler for regular expressions, which ends the process (Node 20.20: `(a)*` nested 2,500 times). */
const MOST_DEPTH = 10;
/**
 * Characters times depth. The compiler cannot be interrupted: for 976 characters with groups 10 deep it takes up to 3 s, for 130 groups of that
 * kind minutes (Node 20.20).
 */
const MOST_WEIGHT = 10_000;

/** Why a regular expression is not even compiled; undefined if it may be. */
export function findPatternRefusal(pattern: string): string | undefined {
  const depth = findDepth(pattern);
  if (depth > MOST_DEPTH) return `its groups nest ${depth} deep, and at most ${MOST_DEPTH} are taken`;
  const most = Math.floor(MOST_WEIGHT / Math.max(1, depth));
  return pattern.length <= most
    ? undefined
    : `it has ${pattern.length} characters, and at most ${most} are taken where groups nest ${depth} deep`;
}

// How deep its groups nest. What is escaped, or in a class, opens no group.
function findDepth(pattern: string): number {
  let depth = 0;
  let most = 0;
  let isInClass = false;
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern[at];
    if (character === "\\") at += 1;
    else if (isInClass) isInClass = character !== "]";
    else if (character === "[") isInClass = true;
    else if (character === ")") depth -= 1;
    else if (character === "(") {
      depth += 1;
      most = Math.max(most, depth);
    }
  }
  return most;
}

/** Judges the text; without one, whether the pattern can be used at all. It may match anywhere; line breaks at the end of the text do not count. */
export function judgeByPattern(pattern: string, text: string | undefined): Verdict {
  const refusal = findPatternRefusal(pattern);
  if (refusal !== undefined) return { kind: "unusable", reason: refusal };
  try {
    // What is too large shows itself only when it is used.
    if (new RegExp(pattern, "u").test(text === undefined ? "" : dropLineBreaks(text)) || text === undefined) {
      return { kind: "fits" };
    }
  } catch (error) {
    return { kind: "unusable", reason: toReason(error, pattern) };
  }
  return { kind: "misfit", reason: `it does not match /${cutText(pattern, SHOWN_CHARACTERS)}/u` };
}

function dropLineBreaks(text: string): string {
  let end = text.length;
  while (text[end - 1] === "\n" || text[end - 1] === "\r") end -= 1;
  return text.slice(0, end);
}

// V8 puts the whole pattern in front of what is wrong.
function toReason(error: unknown, pattern: string): string {
  const message = error instanceof Error ? error.message : String(error);
  const reason = message.replace(`Invalid regular expression: /${pattern}/u: `, () => "");
  return cutText(`it is no regular expression of JavaScript with the flag u: ${reason}`, REASON_CHARACTERS);
}
