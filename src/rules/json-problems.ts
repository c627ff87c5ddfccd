// Says why a text is not JSON, in words for the person who wrote it, and on the line that has to be corrected.
import { type ParseError, printParseErrorCode } from "jsonc-parser";

/** The problem, and where in the text to correct it. */
export interface JsonProblem {
  readonly offset: number;
  readonly message: string;
}

/** Longest excerpt of the file in a message. */
const EXCERPT_CHARACTERS = 40;

/** Describes the first error of a parse. */
export function describeJsonError(text: string, { error, offset }: ParseError): JsonProblem {
  const here = toExcerpt(text, offset);
  const before = findLastCharacter(text, offset);
  switch (printParseErrorCode(error)) {
    case "InvalidCommentToken":
    case "UnexpectedEndOfComment":
      return { offset, message: "comments are not allowed in JSON" };
    case "PropertyNameExpected":
    case "ValueExpected":
      return describeMissing(text, { offset, before, here });
    case "ColonExpected":
      return { offset: before, message: `a colon is missing before ${here}` };
    case "CommaExpected":
      return { offset: before, message: `a comma is missing before ${here}` };
    case "CloseBraceExpected":
    case "CloseBracketExpected":
      return describeUnclosed(text, offset);
    case "EndOfFileExpected":
      return {
        offset,
        message: `the JSON is complete before ${here}: remove the rest, or there is one } or ] too many`,
      };
    case "UnexpectedEndOfString":
      return { offset, message: `the text ${here} does not end on its line: a " is missing` };
    case "InvalidNumberFormat":
    case "UnexpectedEndOfNumber":
      return { offset, message: `${here} is not a number` };
    case "InvalidUnicode":
    case "InvalidEscapeCharacter":
      return {
        offset,
        message: `the text ${here} contains an escape that JSON does not know: write \\\\ for a backslash`,
      };
    case "InvalidCharacter":
      return { offset, message: `the text ${here} contains a control character or a tab: write \\t or \\n` };
    default:
      return {
        offset,
        message: `${here} is not JSON: put names and texts in double quotes; the only other words are true, false and null`,
      };
  }
}

function describeMissing(
  text: string,
  { offset, before, here }: { offset: number; before: number; here: string },
): JsonProblem {
  const [last, next] = [text.charAt(before), text.slice(offset).trimStart().charAt(0)];
  if (last === "," && (next === "}" || next === "]"))
    return { offset: before, message: `remove the comma before the ${next}: JSON allows no comma at the end` };
  if (next === "") return describeUnclosed(text, offset);
  if (last === ":") return { offset: before, message: `a value is missing after the colon, before ${here}` };
  if (next === ",") return { offset, message: "there is nothing before this comma" };
  return { offset, message: `found ${here}, expected a name or a value in double quotes` };
}

// Points to the bracket that nothing closes. The end of the file is rarely the place to correct.
function describeUnclosed(text: string, offset: number): JsonProblem {
  const open: { offset: number; bracket: string }[] = [];
  for (const match of text.slice(0, offset).matchAll(/"(?:[^"\\\n]|\\.)*"?|[{}[\]]/gu)) {
    if (match[0] === "{" || match[0] === "[") open.push({ offset: match.index, bracket: match[0] });
    else if (match[0] === "}" || match[0] === "]") open.pop();
  }
  const last = open.at(-1);
  const found = toExcerpt(text, offset);
  if (last === undefined) return { offset, message: `a } or ] is missing before ${found}` };
  return { offset: last.offset, message: `the ${last.bracket} here is not closed before ${found}` };
}

function findLastCharacter(text: string, offset: number): number {
  return Math.max(0, text.slice(0, offset).trimEnd().length - 1);
}

function toExcerpt(text: string, offset: number): string {
  const rest = text.slice(offset, offset + 1_000).trimStart();
  const word = /^(?:"[^"\n]*"?|'[^'\n]*'?|[\w.+-]+|.)/su.exec(rest)?.[0] ?? "";
  return word === "" ? "the end of the file" : word.slice(0, EXCERPT_CHARACTERS).replace(/\p{C}/gu, " ");
}
