// Judges a JSON Schema, or an answer by it. Runs in the validation worker: a schema can make this take for ever, or fill the memory.
import { cutText } from "../domain/cut-text.ts";
import { isRecord } from "../domain/guards.ts";
import type { Verdict } from "./expectation.ts";
import { findPatternRefusal } from "./pattern-check.ts";
import { findDialect, KNOWN_DIALECTS } from "./schema-dialects.ts";

type Validate = (value: unknown) => unknown;

const REASON_CHARACTERS = 500;
/** An answer that nests deeper than this can run out of stack with a good schema. */
const DEEP_LEVELS = 200;
/** Every kind of JSON value: with one of them, a schema whose top refers to itself without end shows it. */
const SAMPLES: readonly unknown[] = [null, true, 0, "", [], {}];

/** Judges the answer by a schema, which is given as the text of a JSON object; without an answer, whether the schema can be used at all. */
export function judgeBySchema(text: string, answer: string | undefined): Verdict {
  const schema: unknown = JSON.parse(text);
  if (!isRecord(schema)) return badSchema("it is not an object");
  const refusal = findRefusal(schema);
  if (refusal !== undefined) return badSchema(refusal);
  const dialect = findDialect(schema["$schema"] ?? guessDialect(schema));
  if (dialect === undefined) {
    const named = cutText(JSON.stringify(schema["$schema"]), 100);
    return badSchema(`its $schema ${named} is not known; known are ${KNOWN_DIALECTS.join(", ")}`);
  }
  const { name, validator } = dialect;
  const compiled = attempt(() => validator.compile({ ...schema, $schema: name }));
  if ("thrown" in compiled) return badSchema(toReason(compiled.thrown));
  const validate = compiled.value;
  if (answer === undefined) return tryOut(validate);
  const parsed = attempt((): unknown => JSON.parse(answer));
  if ("thrown" in parsed) return { kind: "misfit", reason: "it is not JSON" };
  return judgeValue(validate, parsed.value, () => validator.errorsText(validate.errors, { dataVar: "answer" }));
}

function tryOut(validate: Validate): Verdict {
  for (const sample of SAMPLES) {
    const run = attempt(() => validate(sample));
    if ("thrown" in run) return badSchema(toReason(run.thrown));
  }
  return { kind: "fits" };
}

function judgeValue(validate: Validate, value: unknown, describe: () => string): Verdict {
  const run = attempt(() => validate(value));
  // An asynchronous validator returns a promise, which would count as true.
  if ("value" in run) return run.value === true ? { kind: "fits" } : { kind: "misfit", reason: cut(describe()) };
  if (run.thrown instanceof RangeError && isDeep(value))
    return { kind: "misfit", reason: "it nests too deep to check" };
  return badSchema(toReason(run.thrown));
}

/** Why a schema is not even compiled; undefined if it may be. */
function findRefusal(schema: Readonly<Record<string, unknown>>): string | undefined {
  const top = schema["$dynamicAnchor"];
  for (const part of listSchemas(schema)) {
    // With it ajv gives a promise for a verdict.
    if (Object.hasOwn(part, "$async")) return "$async is not part of JSON Schema";
    const refusal = listPatterns(part)
      .map(findPatternRefusal)
      .find((reason) => reason !== undefined);
    if (refusal !== undefined) return `a pattern in it cannot be used: ${refusal}`;
    // ajv resolves any other value to the schema that contains it, which is wrong and may never end.
    const target = part["$dynamicRef"];
    if (target === undefined || target === "#" || (typeof top === "string" && target === `#${top}`)) continue;
    return `its $dynamicRef ${cutText(JSON.stringify(target), 100)} leads to no $dynamicAnchor at the top of the schema; use $ref`;
  }
  return undefined;
}

function listPatterns({ pattern, patternProperties }: Readonly<Record<string, unknown>>): string[] {
  const names = isRecord(patternProperties) ? Object.keys(patternProperties) : [];
  return typeof pattern === "string" ? [pattern, ...names] : names;
}

/** Keywords whose value maps names to schemas: a name there may be anything, also `$async`. */
const NAME_MAPS: ReadonlySet<string> = new Set([
  "properties",
  "patternProperties",
  "$defs",
  "definitions",
  "dependentSchemas",
  "dependencies",
]);

// Data under `const` or `default` is listed too: a `$ref` can make a schema of it.
function* listSchemas(root: unknown): Generator<Record<string, unknown>> {
  const waiting = [{ value: root, isNameMap: false }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value, isNameMap } = next;
    if (isRecord(value) && !isNameMap) yield value;
    if (typeof value !== "object" || value === null) continue;
    for (const [key, inner] of Object.entries(value)) {
      if (typeof inner !== "object" || inner === null) continue;
      waiting.push({ value: inner, isNameMap: !isNameMap && NAME_MAPS.has(key) && isRecord(inner) });
    }
  }
}

// Without `$schema`, `items` as an array is of an older draft; 2019-09 is the newest one that has it.
function guessDialect(schema: Readonly<Record<string, unknown>>): string | undefined {
  const parts = [...listSchemas(schema)];
  const hasTuple = parts.some(({ items }) => Array.isArray(items));
  const isNewer = parts.some((part) => "prefixItems" in part || "$dynamicRef" in part);
  return hasTuple && !isNewer ? "https://json-schema.org/draft/2019-09/schema" : undefined;
}

function isDeep(root: unknown): boolean {
  let level = [root];
  for (let depth = 0; depth < DEEP_LEVELS; depth += 1) {
    level = level.flatMap((value) => (typeof value === "object" && value !== null ? Object.values(value) : []));
    if (level.length === 0) return false;
  }
  return true;
}

function badSchema(reason: string): Verdict {
  return { kind: "unusable", reason: cut(reason) };
}

function toReason(thrown: unknown): string {
  if (thrown instanceof RangeError && thrown.message.includes("call stack")) return "it refers to itself without end";
  return thrown instanceof Error ? thrown.message : String(thrown);
}

function cut(text: string): string {
  return cutText(text, REASON_CHARACTERS);
}

function attempt<Value>(act: () => Value): { readonly value: Value } | { readonly thrown: unknown } {
  try {
    return { value: act() };
  } catch (thrown) {
    return { thrown };
  }
}
