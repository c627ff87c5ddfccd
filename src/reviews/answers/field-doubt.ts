// What a field beside an empty list says of the whole: that all is well, or that it may not be. A name or a value that is not known is a doubt.
import { LooseObject, type LooseValue } from "./loose-json.ts";
import { isApproval } from "./plain-no.ts";

/** How a field's name is to be read: what it names is good or bad to have. `unknown` where that cannot be told, such as `findingsComplete`. */
type Meaning = "good" | "bad" | "unknown";

const toWords = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

const GOOD = toWords(
  `acceptable accepted approve approved approves clean complete completed correct done finished good lgtm mergeable ok okay pass passed passes passing
  ready safe sound success succeeded successful valid`,
);
const BAD = toWords(
  `aborted bad blocked blocker blockers blocking broken bug bugs bypass cancelled critical cut defect defects disapproved error errors failed failing
  fails failure failures finding findings flaw flaws incomplete incorrect insecure invalid issue issues missed missing omitted partial problem problems
  regression regressions reject rejected skipped truncated unread unreviewed unsafe unverified vulnerabilities vulnerability vulnerable wrong`,
);
/** They change nothing. */
const NEUTRAL = toWords(
  "a an and any are change changes code contains count found has have in is it logic number of overall patch review security the there total was were",
);
const NOT = toWords("no non not without zero");

/**
 * Whether a field may say that not all is well. Any other number is a score, and any other object is read field by field.
 */
export function isDoubtful(key: string, value: LooseValue): boolean {
  const words = splitName(key);
  if (Array.isArray(value)) return value.some((one) => typeof one !== "object" && isDoubtful(key, one));
  const meaning = findMeaning(words);
  if (typeof value === "boolean") return meaning === "unknown" || value !== (meaning === "good");
  if (typeof value === "number") return value !== 0 && words.some((word) => BAD.has(word)) && meaning !== "good";
  if (value instanceof LooseObject) return meaning === "bad" && value.entries.length > 0;
  if (typeof value !== "string") return false;
  if (meaning === "bad") return !NONE.test(value);
  return !isApproval(value) || (meaning === "good" && NONE.test(value) && value.trim() !== "");
}

const NONE = /^\W*(?:none|no|nothing|false|0|n\/?a)?\W*$/i;

// `hasIssues`, `has_issues`, `isOK`.
const splitName = (key: string): string[] =>
  key
    .replace(/([a-z\d])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu) ?? [];

function findMeaning(words: readonly string[]): Meaning {
  const told = words.filter((word) => !NEUTRAL.has(word));
  const rest = told.filter((word) => !NOT.has(word));
  const isNegated = rest.length < told.length;
  const isGood = rest.length > 0 && rest.every((word) => GOOD.has(word));
  const isBad = rest.length > 0 && rest.every((word) => BAD.has(word));
  if ((!isGood && !isBad) || told.length - rest.length > 1) return "unknown";
  return isGood !== isNegated ? "good" : "bad";
}
