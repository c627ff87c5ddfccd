// Parses JSON texts and reads values at a path.
import { type ParseError, parse } from "jsonc-parser";
import type { JsonObject, JsonValue } from "../../domain/json.ts";

/** Keys and indices from the root of a file to a value. */
export type JsonPath = readonly (string | number)[];

/** The text is not JSON, or an edit would lose something. The message reads on from the file's path: `is not valid JSON`. */
export class JsonEditError extends Error {}

const OPTIONS = { allowTrailingComma: true, disallowComments: false };

/** Parses a JSON text, which may have comments. Throws JsonEditError. */
export function parseJson(text: string): JsonValue {
  try {
    // Preferred if it works: jsonc-parser mistakes a key `__proto__` for JavaScript's prototype.
    return JSON.parse(text);
  } catch {
    return parseWithComments(text);
  }
}

/** Returns the value at a path, or undefined. */
export function readAt(value: JsonValue | undefined, path: JsonPath): JsonValue | undefined {
  return path.reduce<JsonValue | undefined>((inner, key) => {
    if (isList(inner)) return inner[Number(key)];
    return isObject(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined;
  }, value);
}

/** Returns the strings of the list at a path; empty if there is no list. */
export function readTexts(value: JsonValue | undefined, path: JsonPath): string[] {
  const list = readAt(value, path);
  return isList(list) ? list.filter((entry) => typeof entry === "string") : [];
}

/** Whether a value is an array. */
export function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** Whether a value is an object, and not an array. */
export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// The parser recurses, and throws if values are nested too deep.
function parseWithComments(text: string): JsonValue {
  const errors: ParseError[] = [];
  let value: JsonValue | undefined;
  try {
    value = parse(text, errors, OPTIONS);
  } catch {
    throw new JsonEditError("cannot be edited safely");
  }
  if (errors.length > 0 || value === undefined) throw new JsonEditError("is not valid JSON");
  return value;
}
