import { expect, test } from "vitest";
import { findUntold } from "../../../../src/delegation/turns/answers/find-untold.ts";
import type { UntoldPart } from "../../../../src/domain/turn.ts";

const ALL: UntoldPart[] = ["tokens used", "model that ran", "exit codes of commands", "rate limits of its provider"];
const usage = { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1, reasoningOutputTokens: 0 };

test("an answer names what it lacks, and only that", () => {
  const nothing = { usage: undefined, model: undefined, commands: { count: 0, failed: 0 } };
  expect(findUntold(ALL, nothing)).toEqual(["tokens used", "model that ran", "rate limits of its provider"]);
  const most = { usage, model: "m", commands: { count: 2, failed: 0 } };
  expect(findUntold(ALL, most)).toEqual(["exit codes of commands", "rate limits of its provider"]);
});

test("an agent whose protocol tells all lacks nothing", () => {
  expect(findUntold([], { usage: undefined, model: undefined, commands: { count: 1, failed: 0 } })).toEqual([]);
});
