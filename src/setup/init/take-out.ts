// Takes the values of a set-up out of a JSON file that somebody has changed since.
import type { JsonObject, JsonValue } from "../../domain/json.ts";
import { changeJson, type JsonChange } from "../files/json-edit.ts";
import { isList, isObject, type JsonPath, parseJson, readAt } from "../files/json-value.ts";

/** What is to be done at one place, and the places where the value is not ours any more. */
interface TakenOut {
  readonly changes: readonly JsonChange[];
  readonly kept: readonly string[];
  /** Whether nothing is left at this place. */
  readonly isEmpty: boolean;
}

const NOTHING: TakenOut = { changes: [], kept: [], isEmpty: false };

/** Returns the text without these changes, and the values that stay since somebody has changed them. Throws JsonEditError. */
export function takeOutValues(
  text: string,
  changes: readonly JsonChange[],
): { readonly text: string; readonly kept: readonly string[] } {
  const kept: string[] = [];
  let current = text;
  // The last change first: each was made in the text that the one before it had left.
  for (const change of changes.toReversed()) {
    const found = takeOut(parseJson(current), change);
    kept.push(...found.kept);
    if (found.changes.length > 0) current = changeJson(current, found.changes);
  }
  return { text: current, kept };
}

function takeOut(root: JsonValue, { path, before, after }: JsonChange): TakenOut {
  const now = readAt(root, path);
  if (after === undefined) return NOTHING;
  if (typeof path.at(-1) === "number" && before === undefined) {
    // It may have moved within its list.
    const list = readAt(root, path.slice(0, -1));
    return isList(list) ? takeOutEntries(path.slice(0, -1), list, [after]) : NOTHING;
  }
  if (now === undefined || isSame(now, before)) return NOTHING;
  if (isSame(now, after)) return { ...NOTHING, changes: [{ path, before: now, after: before }] };
  if (before === undefined) return takeOutNew(path, now, after);
  if (!isList(before) || !isList(now) || !isList(after)) return { ...NOTHING, kept: [path.join(".")] };
  const added = after.filter((value) => !before.some((old) => isSame(old, value)));
  return takeOutEntries(path, now, added);
}

function takeOutNew(path: JsonPath, now: JsonValue, after: JsonValue): TakenOut {
  const whole = { ...NOTHING, changes: [{ path, before: now }], isEmpty: true };
  if (isSame(now, after)) return whole;
  if (isList(now) && isList(after)) {
    const found = takeOutEntries(path, now, after);
    return found.isEmpty ? whole : found;
  }
  if (!isObject(now) || !isObject(after) || isUnit(after)) return { ...NOTHING, kept: [path.join(".")] };
  const inner = Object.entries(after).flatMap(([key, value]) => {
    const held = readAt(now, [key]);
    return held === undefined ? [] : [takeOutNew([...path, key], held, value)];
  });
  const isEmpty = inner.filter((found) => found.isEmpty).length === Object.keys(now).length;
  if (isEmpty) return whole;
  return { ...NOTHING, changes: inner.flatMap(({ changes }) => changes), kept: inner.flatMap(({ kept }) => kept) };
}

// Such as a server: without its command, the rest of it would be of no use.
function isUnit(value: JsonObject): boolean {
  return Object.values(value).some((inner) => !isList(inner) && !isObject(inner));
}

function takeOutEntries(path: JsonPath, now: readonly JsonValue[], ours: readonly JsonValue[]): TakenOut {
  const places = ours.map((value) => now.findLastIndex((entry) => isSame(entry, value))).filter((at) => at >= 0);
  const last = [...new Set(places)].sort((a, b) => b - a);
  return {
    changes: last.map((at) => ({ path: [...path, at], before: now[at] })),
    kept: [],
    isEmpty: last.length === now.length,
  };
}

function isSame(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
