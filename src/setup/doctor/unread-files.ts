// Files of Claude Code that could not be read: it ignores them too, and does not say so.
import type { FileProblem } from "../../clients/claude-code/claude-json.ts";
import { toOwnerHint } from "../../files/owner-hint.ts";
import { readSmallTextIfAny } from "../../files/small-file.ts";
import { parseJson } from "../files/json-value.ts";
import { type Finding, warning } from "./check.ts";

/** What is wrong with such a file, and what to do. */
export function describeUnread({ file, reason }: FileProblem): Finding {
  return hasComments(file)
    ? warning(
        `${file} has comments or a comma at the end of a list, so Claude Code ignores all of it`,
        "Take them out of that file.",
      )
    : warning(`${file} ${reason}${toOwnerHint(file)}`, "Correct it, since Claude Code reads it too.");
}

// JSON with comments is the only text that the lenient parser takes and that of the problem did not.
function hasComments(file: string): boolean {
  const text = readSmallTextIfAny(file)?.replace(/^\ufeff/, "") ?? "";
  try {
    JSON.parse(text);
    return false;
  } catch {
    return isLenientJson(text);
  }
}

function isLenientJson(text: string): boolean {
  try {
    parseJson(text);
    return true;
  } catch {
    return false;
  }
}
