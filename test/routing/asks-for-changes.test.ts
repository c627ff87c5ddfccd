import { expect, test } from "vitest";
import { asksForChanges, forbidsChanges } from "../../src/routing/asks-for-changes.ts";

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

test.each([
  ["Run the tests and tell me what fails; do not change anything", true],
  ["Only look, don't edit: run the linter and list the warnings", true],
  ["Run the build without touching any files.", true],
  ["Fix the failing test, but don't touch anything else", false],
  ["Fix the failing test, do not change it", false],
  ["Implement the parser without changing the API", false],
  ["Run the tests", false],
])("%j forbids every change: %s", (task, expected) => {
  expect(forbidsChanges(task, { negations: ["not", "don't", "without"] })).toBe(expected);
});
