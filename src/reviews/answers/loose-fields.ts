// Fields of a loosely written object, by any of the names that models give them.
import { LooseObject, type LooseValue } from "./loose-json.ts";

/** A key without what models write differently: `start_line`, `startLine`, `Start-Line`. */
export function toPlainKey(key: string): string {
  return key.replace(/[\s_-]+/g, "").toLowerCase();
}

/** The value of the first of these names (plain ones) that has one. Of a key that is given twice the last counts, as in JSON. */
export function findField(object: LooseObject, names: readonly string[]): LooseValue | undefined {
  for (const name of names) {
    for (const [key, value] of [...object.entries].reverse()) {
      if (value !== null && value !== "" && toPlainKey(key) === name) return value;
    }
  }
  return undefined;
}

/** The same as text: a number as it is written, the strings of an array as lines. */
export function findText(object: LooseObject, names: readonly string[]): string | undefined {
  for (const name of names) {
    const text = toText(findField(object, [name]));
    if (text !== undefined && text.trim() !== "") return text;
  }
  return undefined;
}

function toText(value: LooseValue | undefined): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "number") return String(value);
  if (!Array.isArray(value)) return undefined;
  const lines = value.filter((line) => typeof line === "string");
  return lines.length === 0 ? undefined : lines.join("\n");
}

/** The objects that stand under these names. */
export function findObjects(object: LooseObject, names: readonly string[]): LooseObject[] {
  return names.flatMap((name) => {
    const value = findField(object, [name]);
    const first = Array.isArray(value) ? value[0] : value;
    return first instanceof LooseObject ? [first] : [];
  });
}
