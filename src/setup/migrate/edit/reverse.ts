// What takes an edit back in a file as it is now.
import type { JsonValue } from "../../../domain/json.ts";
import type { Edit } from "./edit.ts";
import type { JsonChange } from "./json-edit.ts";
import { isList, isObject, readAt, readTexts } from "./json-value.ts";

/** What takes one edit back. */
export type Reversal =
  | { readonly kind: "back"; readonly changes: readonly JsonChange[] }
  /** It is as it was before the migration, or gone. */
  | { readonly kind: "settled" | "gone" }
  /** Somebody changed it since; the reason follows its name. */
  | { readonly kind: "stuck"; readonly reason: string };

const CHANGED: Reversal = { kind: "stuck", reason: "was changed since, and stays" };

/** Takes an edit back. */
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

// Undefined where the value is somebody else's by now.
function reverseChange(root: JsonValue, { path, before, after }: JsonChange): JsonChange[] | undefined {
  const now = readAt(root, path);
  if (isSame(now, before)) return [];
  if (isSame(now, after)) return [{ path, before: after, after: before }];
  if (before !== undefined || !isObject(after) || !isObject(now)) return undefined;
  // An object that was added with a value of ours, and has others in it by now.
  const inner = Object.entries(after).map(([key, value]) =>
    reverseChange(root, { path: [...path, key], after: value }),
  );
  return inner.includes(undefined) ? undefined : inner.flatMap((changes) => changes ?? []);
}

// Rules move within their list: they are found by their text.
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
