// The final message as data, where the call asked for JSON.
import type { TurnAnswer } from "../delegation/requests.ts";
import { unfence } from "../validation/json-answer.ts";
import { fitsWhole, type TextLimits } from "./shorten-text.ts";

/** Most characters that are parsed: a longer message is not shown whole, and neither is its data. */
const MOST_CHARACTERS = 50_000;
/** What nests deeper can overflow the stack of the client that reads it. */
const MOST_LEVELS = 100;

/** The data as a field, or a warning that says why there is none. `others` are the other fields as JSON. */
export function toData(
  { isJson, content }: Pick<TurnAnswer, "isJson" | "content">,
  others: string,
  limits?: TextLimits,
): { readonly data: { readonly data?: unknown }; readonly warnings: readonly string[] } {
  if (isJson !== true || content === "") return { data: {}, warnings: [] };
  if (content.length > MOST_CHARACTERS) return { data: {}, warnings: [TOO_LARGE] };
  let data: unknown;
  try {
    data = JSON.parse(unfence(content));
  } catch {
    return { data: {}, warnings: [NO_JSON] };
  }
  if (!isShallow(data)) return { data: {}, warnings: [TOO_DEEP] };
  // The message comes first: it must not be cut for its own copy.
  if (!fitsWhole(content, `${others}${JSON.stringify(data)}`, limits)) return { data: {}, warnings: [TOO_LARGE] };
  return { data: { data }, warnings: [] };
}

const TOO_LARGE = "`data` is left out, since it does not fit beside the message. The message is the same JSON.";
const TOO_DEEP = "`data` is left out, since it nests too deep. The message is the same JSON.";
const NO_JSON = "`data` is left out: the message is no JSON any more, since a secret in it was replaced or it was cut.";

function isShallow(root: unknown): boolean {
  let level = [root];
  for (let depth = 0; depth <= MOST_LEVELS; depth += 1) {
    level = level.flatMap((value) => (typeof value === "object" && value !== null ? Object.values(value) : []));
    if (level.length === 0) return true;
  }
  return false;
}
