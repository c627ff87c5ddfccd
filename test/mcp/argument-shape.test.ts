// Arguments that no schema judges, read from JSON as a client writes it.
import { expect, test } from "vitest";
import { findShapeFault } from "../../src/mcp/argument-shape.ts";

const nest = (depth: number): string => `{"a":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}}`;

test.each<[string, string, string | undefined]>([
  ["ordinary ones", '{"prompt":"x","timeoutMs":1e300,"list":[1,{"a":null}]}', undefined],
  ["nesting that is not too deep", nest(100), undefined],
  ["deep nesting", nest(101), "arguments nest deeper than 100 levels."],
  ["a name of JavaScript's own", '{"a":{"__proto__":{}}}', 'unknown argument "__proto__".'],
  ["a number that JSON cannot hold", '{"complexity":1e999}', '"complexity" is a number that is too large.'],
  ["one in a list", '{"outputSchema":{"enum":[1,-1e999]}}', '"1" is a number that is too large.'],
  ["one with a long name", `{"${"a".repeat(1_000)}":1e999}`, `"${"a".repeat(60)}…" is a number that is too large.`],
])("%s", (_name, json, fault) => {
  expect(findShapeFault(JSON.parse(json))).toBe(fault);
});
