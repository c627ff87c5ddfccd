// Single values change, everything else of the text stays.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JsonValue } from "../../../src/domain/json.ts";
import { changeJson } from "../../../src/setup/files/json-edit.ts";
import { parseJson } from "../../../src/setup/files/json-value.ts";

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
    '{"a": {"b": 1, "c": "x"}, "z": 2}',
  );
});

test("a line that holds several keys is not broken, nor is a comment lost", () => {
  const text = '{\n  "a": { "x": 1, "y": [] }, // why\n  "b": {\n    "c": 1 // last\n  }\n}';
  expect(changeJson(text, [{ path: ["a", "env"], after: {} }])).toBe(text.replace("[] }", '[], "env": {} }'));
  const added = changeJson(text, [{ path: ["b", "env"], after: {} }]);
  expect(added).toBe(text.replace('"c": 1 // last', '"c": 1,\n    "env": {} // last'));
  expect(changeJson(added, [{ path: ["b", "env"] }])).toBe(text);
  expect(changeJson(added, [{ path: ["b", "c"] }])).toBe(text.replace('"c": 1', '"env": {}'));
});

test("a list gets an entry in the manner of the last one, and loses it again", () => {
  const list = ["a", "args"];
  const lines = '{"a": {\n  "args": [\n    "x"\n  ]\n}}';
  const added = changeJson(lines, [{ path: [...list, 1], after: "y" }]);
  expect(added).toBe(lines.replace('"x"', '"x",\n    "y"'));
  expect(changeJson(added, [{ path: [...list, 1], before: "y" }])).toBe(lines);
  expect(changeJson('{"a": {"args": ["x"]}}', [{ path: [...list, 1], after: "y" }])).toBe(
    '{"a": {"args": ["x", "y"]}}',
  );
  expect(changeJson('{"a": {"args": []}}', [{ path: [...list, 0], after: "y" }])).toBe('{"a": {"args": ["y"]}}');
  const three = '{"a": {"args": ["x", /* why */ "y", "z"]}}';
  const remove = (...indexes: number[]) =>
    changeJson(
      three,
      indexes.map((at) => ({ path: [...list, at] })),
    );
  expect(remove(1, 0)).toBe('{"a": {"args": [/* why */ "z"]}}');
  expect(remove(2, 1)).toBe('{"a": {"args": ["x" /* why */ ]}}');
  expect(remove(2, 0)).toBe('{"a": {"args": [/* why */ "y"]}}');
  expect(parseJson(remove(2, 1, 0))).toEqual({ a: { args: [] } });
});

test("comments between two keys stay when the second goes", () => {
  expect(changeJson('{"a": 1, // why\n"b": 2}', [{ path: ["b"] }])).toBe('{"a": 1 // why\n}');
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
  expect(() => changeJson(twice, [{ path: ["a", "command"], after: "x" }])).toThrow("the same key twice");
});

test("in any JSON, in any form, a key that is added and removed again leaves what was there", () => {
  const value = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<JsonValue>;
  fc.assert(
    fc.property(fc.dictionary(fc.string(), value), fc.constantFrom(0, 2, "\t"), (others, spaces) => {
      const text = JSON.stringify({ target: others }, null, spaces);
      const key = ["target", "new key"];
      const added = changeJson(text, [{ path: key, after: {} }]);
      expect(changeJson(added, [{ path: key }]).replace(/\s/g, "")).toBe(text.replace(/\s/g, ""));
    }),
  );
});

test("in any JSON, in any form, only the one value differs", () => {
  const value = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<JsonValue>;
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
