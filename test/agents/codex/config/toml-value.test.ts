import fc from "fast-check";
import { parse } from "smol-toml";
import { expect, test } from "vitest";
import { toTomlValue } from "../../../../src/agents/codex/config/toml-value.ts";

test.each([['a"b\\c\n\u0000\u007f日本🎉'], [true], [1.5], [["a", ["b"]]], [{ "a b": { c: [1, 2] } }]])(
  "%j survives a TOML parser",
  (value) => {
    expect(parse(`v = ${toTomlValue(value as never)}`)["v"]).toEqual(value);
  },
);

test("any text survives", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => parse(`v = ${toTomlValue(text)}`)["v"] === text));
});
