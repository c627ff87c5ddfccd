// Single values change, everything else of the text stays.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { changeJson, type Json, parseJson } from "../../src/migrate/json-edit.ts";

const path = ["a", "args"];

describe("a list keeps its form", () => {
  test.each([
    ['{"a":{"args":["x","y"]}}', '{"a":{"args":["p","q","r"]}}'],
    ['{"a": {"args": ["x", "y"]}}', '{"a": {"args": ["p", "q", "r"]}}'],
    ['{"a": {"args": [] }}', '{"a": {"args": ["p", "q", "r"] }}'],
    [
      '{\r\n\t"a": {\r\n\t\t"args": [\r\n\t\t\t"x"\r\n\t\t]\r\n\t}\r\n}',
      '{\r\n\t"a": {\r\n\t\t"args": [\r\n\t\t\t"p",\r\n\t\t\t"q",\r\n\t\t\t"r"\r\n\t\t]\r\n\t}\r\n}',
    ],
  ])("%j", (before, after) => {
    expect(changeJson(before, [{ path, before: ["x"], after: ["p", "q", "r"] }])).toBe(after);
  });
});

test("a key is added in the manner of its neighbours, and removed again", () => {
  const lines = '{\n    "a": {\n        "b": 1\n    }\n}\n';
  const added = changeJson(lines, [{ path: ["a", "c"], after: "x" }]);
  expect(added).toBe('{\n    "a": {\n        "b": 1,\n        "c": "x"\n    }\n}\n');
  expect(parseJson(changeJson(added, [{ path: ["a", "c"], before: "x" }]))).toEqual({ a: { b: 1 } });
  expect(changeJson('{"a": {"b": 1}, "z": 2}', [{ path: ["a", "c"], after: "x" }])).toBe(
    '{"a": {"b": 1,"c": "x"}, "z": 2}',
  );
});

test("comments and trailing commas stay", () => {
  const text = '{ // servers\n  "a": { "command": "codex", /* why */ "x": 1, },\n}\n';
  expect(changeJson(text, [{ path: ["a", "command"], before: "codex", after: "codex-bridge" }])).toBe(
    text.replace('"codex"', '"codex-bridge"'),
  );
});

test("what could be lost is refused", () => {
  expect(() => parseJson('{"a": ')).toThrow("is not valid JSON");
  expect(() => parseJson("")).toThrow("is not valid JSON");
  const twice = '{"a": {"command": "codex"}, "a": {"command": "codex"}}';
  expect(() => changeJson(twice, [{ path: ["a", "command"], after: "x" }])).toThrow("stands twice");
});

test("in any JSON, in any form, only the one value differs", () => {
  const value = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>;
  const indent = fc.constantFrom(0, 2, 4, "\t");
  fc.assert(
    fc.property(fc.dictionary(fc.string(), value), fc.string(), indent, (others, after, spaces) => {
      const before = { ...others, target: { command: "codex", keep: [1, { a: "b" }] } };
      const text = JSON.stringify(before, null, spaces);
      const changed = changeJson(text, [{ path: ["target", "command"], before: "codex", after }]);
      expect(changed).toBe(text.replace('"codex"', () => JSON.stringify(after)));
    }),
  );
});
