import { expect, test } from "vitest";
import { dropRefused, readOwn, toOwn } from "../../../src/agents/codex/codex-frame.ts";

const OWN = {
  baseInstructions: "b",
  compactPrompt: "c",
  profile: "p",
  config: { "tools.x": true, service_tier: "flex" },
};

test("Codex's part of a frame comes back as it was stored, and an empty one stores nothing", () => {
  expect(toOwn(readOwn(OWN))).toEqual(OWN);
  expect(toOwn(readOwn({}))).toEqual({});
  expect(readOwn({}).config).toEqual({});
});

test("keys of a newer version are passed over, and a value that cannot be Codex's is refused", () => {
  expect(toOwn(readOwn({ ...OWN, later: 1 }))).toEqual(OWN);
  for (const own of [{ profile: 7 }, { baseInstructions: [] }, { config: "x" }, { config: [] }]) {
    expect(() => readOwn(own)).toThrow("record is damaged");
  }
});

test("a new thread loses the config key that was refused, and nothing else", () => {
  expect(dropRefused(OWN, "config.tools.x")).toEqual({ ...OWN, config: { service_tier: "flex" } });
  expect(dropRefused({ config: { a: 1 } }, "config.a")).toEqual({});
  expect(dropRefused(OWN, "reasoningEffort")).toBeUndefined();
  expect(dropRefused(OWN, undefined)).toBeUndefined();
});
