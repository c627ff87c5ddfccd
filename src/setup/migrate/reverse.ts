// What takes edits back in a file as it is now.
import type { Edit } from "./edit.ts";
import type { JsonChange } from "./json-edit.ts";
import { type Json, type JsonPath, readAt, setAt } from "./json-value.ts";

/** What takes one edit back, if it is not back already. */
export type Reversal =
  | { readonly kind: "back"; readonly changes: readonly JsonChange[] }
  /** A value is no longer what was written, or its entry is gone: they are somebody else's. */
  | { readonly kind: "foreign" | "gone" | "settled" };

/** Takes an edit back, the last change first. */
export function reverseEdit(root: Json | undefined, { changes }: Edit): Reversal {
  const reversed: JsonChange[] = [];
  let now = root;
  for (const change of changes.toReversed()) {
    const back = reverseChange(now, change);
    if (back === "foreign") return { kind: isGone(now, change) ? "gone" : "foreign" };
    if (back === "settled") continue;
    reversed.push(back);
    now = setAt(now, back.path, back.after);
  }
  return reversed.length === 0 ? { kind: "settled" } : { kind: "back", changes: reversed };
}

function reverseChange(root: Json | undefined, change: JsonChange): JsonChange | "settled" | "foreign" {
  const { before, after } = change;
  const path = findInList(root, change) ?? change.path;
  const now = readAt(root, path);
  if (isSame(now, before)) return "settled";
  if (isSame(now, after)) return { path, before: after, after: before };
  // An object that was made for a value of ours, with others in it by now.
  return isSame(after, {}) ? "settled" : "foreign";
}

// Entries of a list move: they are found by what they are, or were.
function findInList(root: Json | undefined, { path, before, after }: JsonChange): JsonPath | undefined {
  const [list, at] = [readAt(root, path.slice(0, -1)), path.at(-1)];
  if (!Array.isArray(list) || typeof at !== "number" || isSame(list[at], after)) return undefined;
  const found = [after, before]
    .map((value) => list.findIndex((entry) => isSame(entry, value)))
    .find((index) => index >= 0);
  return found === undefined ? undefined : [...path.slice(0, -1), found];
}

// A rule may have been moved to another list, where it means something else.
function isGone(root: Json | undefined, { path, after }: JsonChange): boolean {
  if (typeof path.at(-1) !== "number") return readAt(root, path.slice(0, -1)) === undefined;
  const lists = ["allow", "ask", "deny"].map((list) => readAt(root, ["permissions", list]));
  return !lists.some((list) => Array.isArray(list) && list.some((entry) => isSame(entry, after)));
}

function isSame(a: Json | undefined, b: Json | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
