import { expect, test } from "vitest";
import { asksForChanges } from "../../src/routing/asks-for-changes.ts";

test.each([
  ["Fix the failing test", true],
  ["Please fix the failing test", true],
  ["Run the tests and fix what breaks", true],
  ["Why does it fail? Repair it.", true],
  ["Renamed files: see below. Adding a test is wanted", true],
  ["Run the tests", false],
  ["Explain how to fix the parser", false],
  ["Do not fix it, say why it fails", false],
  ["Review the fix of the parser", false],
  ["", false],
])("%j: %s", (task, expected) => {
  expect(asksForChanges(task, { negations: ["not"] })).toBe(expected);
});
