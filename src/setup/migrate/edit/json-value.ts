// JSON as a value: parsed, looked into, changed.
import { type ParseError, parse } from "jsonc-parser";

/** A JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: Json;
}

/** Keys and indices from the top of a file to a value. */
export type JsonPath = readonly (string | number)[];

/** A text that is not JSON, or an edit that would lose something. The message follows the file's path. */
export class JsonEditError extends Error {}

const OPTIONS = { allowTrailingComma: true, disallowComments: false };

/** The value of a JSON text, which may have comments. Throws JsonEditError. */
export function parseJson(text: string): Json {
  try {
    // Preferred where it works: jsonc-parser takes a key `__proto__` for JavaScript's prototype.
    return JSON.parse(text);
  } catch {
    return parseWithComments(text);
  }
}

/** The value at a path, or undefined. */
export function readAt(value: Json | undefined, path: JsonPath): Json | undefined {
  return path.reduce<Json | undefined>((inner, key) => {
    if (isList(inner)) return inner[Number(key)];
    return isObject(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined;
  }, value);
}

/** The texts of the list at a path; empty where there is no list. */
export function readTexts(value: Json | undefined, path: JsonPath): string[] {
  const list = readAt(value, path);
  return isList(list) ? list.filter((entry) => typeof entry === "string") : [];
}

/** A value with the one at a path set; `undefined` removes it. */
export function setAt(value: Json | undefined, path: JsonPath, after: Json | undefined): Json | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return after;
  if (isList(value)) {
    const next = setAt(value[Number(key)], rest, after);
    return next === undefined ? value.toSpliced(Number(key), 1) : value.toSpliced(Number(key), 1, next);
  }
  const { [key]: inner, ...others } = isObject(value) ? value : {};
  const next = setAt(inner, rest, after);
  return next === undefined ? others : { ...others, [key]: next };
}

/** Whether a value is a list. */
export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** Whether a value is an object. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// The parser recurses, and throws where values are nested too deep.
function parseWithComments(text: string): Json {
  const errors: ParseError[] = [];
  let value: Json | undefined;
  try {
    value = parse(text, errors, OPTIONS);
  } catch {
    throw new JsonEditError("cannot be edited safely");
  }
  if (errors.length > 0 || value === undefined) throw new JsonEditError("is not valid JSON");
  return value;
}
