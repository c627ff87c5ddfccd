// Translates JSON Schema draft-04 to draft-07, which ajv can check. They differ in `id`, in the exclusive limits, and in newer keywords.
import { isRecord } from "../domain/guards.ts";

/** Keywords whose value maps names to schemas. The names are not keywords. */
const MAPS: readonly string[] = ["properties", "patternProperties", "definitions", "dependencies"];
/** Keywords whose value is any JSON, not a schema. */
const DATA: readonly string[] = ["enum", "default"];
/** Keywords that draft-04 does not have and therefore ignores. */
const LATER: readonly string[] = ["$id", "const", "contains", "propertyNames", "if", "then", "else"];

/** The same schema in draft-07. The caller limits its nesting. */
export function toDraft07(schema: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(schema)
    .filter(([name]) => !LATER.includes(name))
    .map(([name, value]): [string, unknown] => [name === "id" ? "$id" : name, toValue(name, value)]);
  return withExclusiveLimits(Object.fromEntries(entries));
}

function toValue(name: string, value: unknown): unknown {
  if (DATA.includes(name)) return value;
  if (MAPS.includes(name) && isRecord(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, toAny(inner)]));
  }
  return toAny(value);
}

function toAny(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toAny);
  return isRecord(value) ? toDraft07(value) : value;
}

// `{minimum: 1, exclusiveMinimum: true}` becomes `{exclusiveMinimum: 1}`.
function withExclusiveLimits(schema: Record<string, unknown>): Record<string, unknown> {
  const result = { ...schema };
  for (const [limit, exclusive] of [
    ["minimum", "exclusiveMinimum"],
    ["maximum", "exclusiveMaximum"],
  ] as const) {
    if (typeof schema[exclusive] !== "boolean") continue;
    delete result[exclusive];
    if (schema[exclusive] && schema[limit] !== undefined) {
      result[exclusive] = schema[limit];
      delete result[limit];
    }
  }
  return result;
}
