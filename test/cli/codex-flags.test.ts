import { expect, test } from "vitest";
import { toCodexFlags } from "../../src/cli/codex-flags.ts";

test("model, config, features and profile become overrides, in order", () => {
  const values = { model: 'a"b', config: ["x.y = 1", "z=[1]"], enable: ["one"], disable: ["two"], profile: "p" };
  expect(toCodexFlags(values)).toEqual({
    overrides: ["x.y=1", "z=[1]", 'model="a\\"b"', "features.one=true", "features.two=false"],
    profile: "p",
  });
  expect(toCodexFlags({})).toEqual({ overrides: [], profile: undefined });
});

test.each([[{ config: ["novalue"] }], [{ config: ["=x"] }], [{ config: ["a b=x"] }], [{ enable: ["a=b"] }]])(
  "%j is refused",
  (values) => {
    expect(() => toCodexFlags(values)).toThrow(/is not KEY=VALUE|not the name of a feature/);
  },
);
