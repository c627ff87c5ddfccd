// JSON as a value: parsed, looked into, changed.
import { type ParseError, parse } from "jsonc-parser";
import type { JsonObject, JsonValue } from "../../../domain/json.ts";

/** Keys and indices from the top of a file to a value. */
export type JsonPath = readonly (string | number)[];

/** A text that is not JSON, or an edit that would lose something. The message follows the file's path. */
export class JsonEditError extends Error {}

const OPTIONS = { allowTrailingComma: true, disallowComments: false };

/** The value of a JSON text, which may have comments. Throws JsonEditError. */
export function parseJson(text: string): JsonValue {
  try {
    // Preferred where it works: jsonc-parser takes a key `__proto__` for JavaScript's prototype.
    return JSON.parse(text);
  } catch {
    return parseWithComments(text);
  }
}

/** The value at a path, or undefined. */
export function readAt(value: JsonValue | undefined, path: JsonPath): JsonValue | undefined {
  return path.reduce<JsonValue | undefined>((inner, key) => {
    if (isList(inner)) return inner[Number(key)];
    return isObject(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined;
  }, value);
}

/** The texts of the list at a path; empty where there is no list. */
export function readTexts(value: JsonValue | undefined, path: JsonPath): string[] {
  const list = readAt(value, path);
  return isList(list) ? list.filter((entry) => typeof entry === "string") : [];
}

/** Whether a value is a list. */
export function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** Whether a value is an object. */
export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// The parser recurses, and throws where values are nested too deep.
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
