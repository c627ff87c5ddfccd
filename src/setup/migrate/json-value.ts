// JSON as a value: parsed, looked into, changed.
import { type ParseError, parse } from "jsonc-parser";

/** A JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Keys and indices from the top of a file to a value. */
export type JsonPath = readonly (string | number)[];

/** A text that is not JSON, or has what an edit could not keep; the message follows the file's path. */
export class JsonEditError extends Error {}

const OPTIONS = { allowTrailingComma: true, disallowComments: false };

/** The value of a JSON text, which may hold comments. Throws JsonEditError. */
export function parseJson(text: string): Json {
  const plain = parsePlain(text);
  if (plain !== undefined) return plain;
  const errors: ParseError[] = [];
  const value = orRefuse(() => parse(text, errors, OPTIONS) as Json | undefined);
  if (errors.length > 0 || value === undefined) throw new JsonEditError("is not valid JSON");
  return value;
}

/** The value at a path, or undefined. */
export function readAt(value: Json | undefined, path: JsonPath): Json | undefined {
  return path.reduce<Json | undefined>((inner, key) => {
    if (typeof inner !== "object" || inner === null || !Object.hasOwn(inner, key)) return undefined;
    return (inner as Readonly<Record<string | number, Json>>)[key];
  }, value);
}

/** A value with the one at a path set; `undefined` removes it. */
export function setAt(value: Json | undefined, path: JsonPath, after: Json | undefined): Json | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return after;
  if (Array.isArray(value)) {
    const next = setAt(value[Number(key)], rest, after);
    return next === undefined ? value.toSpliced(Number(key), 1) : value.toSpliced(Number(key), 1, next);
  }
  const { [key]: inner, ...others } = (value ?? {}) as Readonly<Record<string | number, Json>>;
  const next = setAt(inner, rest, after);
  return next === undefined ? others : { ...others, [key]: next };
}

// Where there are no comments: the other parser takes `__proto__` for what it is in JavaScript.
function parsePlain(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

// The parser recurses.
function orRefuse<Value>(act: () => Value): Value {
  try {
    return act();
  } catch {
    throw new JsonEditError("cannot be edited safely");
  }
}
