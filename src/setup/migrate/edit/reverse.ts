// Computes the changes that undo an edit in the current file.
import type { JsonValue } from "../../../domain/json.ts";
import type { JsonChange } from "../../files/json-edit.ts";
import { isList, isObject, readAt, readTexts } from "../../files/json-value.ts";
import type { Edit } from "./edit.ts";

/** How to undo one edit. */
export type Reversal =
  | { readonly kind: "back"; readonly changes: readonly JsonChange[] }
  /** There is nothing to undo: the value is as it was before the migration, or gone. */
  | { readonly kind: "settled" | "gone" }
  /** It cannot be undone. The reason reads on from the entry's name: `was changed since, and stays`. */
  | { readonly kind: "stuck"; readonly reason: string };

const CHANGED: Reversal = { kind: "stuck", reason: "was changed since, and stays" };

/** Returns how to undo an edit. */
export function reverseEdit(root: JsonValue, edit: Edit): Reversal {
  const [first] = edit.changes;
  if (first === undefined) return { kind: "settled" };
  if (edit.kind === "rule" && first.before === undefined) return reverseAddedRule(root, edit, first);
  const changes: JsonChange[] = [];
  for (const change of edit.changes) {
    const back = reverseChange(root, change);
    if (back === undefined) return readAt(root, change.path.slice(0, -1)) === undefined ? { kind: "gone" } : CHANGED;
    changes.push(...back);
  }
  return changes.length === 0 ? { kind: "settled" } : { kind: "back", changes };
}

// Returns undefined if somebody has changed the value since.
function reverseChange(root: JsonValue, { path, before, after }: JsonChange): JsonChange[] | undefined {
  const now = readAt(root, path);
  if (isSame(now, before)) return [];
  if (isSame(now, after)) return [{ path, before: after, after: before }];
  if (before !== undefined || !isObject(after) || !isObject(now)) return undefined;
  // We added this object, and somebody has added keys to it since: remove only our keys.
  const inner = Object.entries(after).map(([key, value]) =>
    reverseChange(root, { path: [...path, key], after: value }),
  );
  return inner.includes(undefined) ? undefined : inner.flatMap((changes) => changes ?? []);
}

// A rule may have moved within its list, so it is searched by its text.
function reverseAddedRule(root: JsonValue, { isClosing, beside }: Edit, { path, after }: JsonChange): Reversal {
  const listPath = path.slice(0, -1);
  const list = readAt(root, listPath);
  const at = isList(list) ? list.lastIndexOf(after ?? null) : -1;
  const closed = ["ask", "deny"].flatMap((name) => readTexts(root, ["permissions", name]));
  const hasOld = beside === undefined || closed.includes(beside);
  const isElsewhere = at < 0 && closed.some((rule) => rule === after);
  if (isClosing && !hasOld && (at >= 0 || isElsewhere)) {
    return { kind: "stuck", reason: `stays: put the rule ${beside} back beside it first, which closes the old server` };
  }
  if (at >= 0) return { kind: "back", changes: [{ path: [...listPath, at], before: after }] };
  return { kind: beside !== undefined && readTexts(root, listPath).includes(beside) ? "settled" : "gone" };
}

function isSame(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
