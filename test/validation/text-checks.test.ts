// What a regular expression is matched against, and which are taken. Schemas: test/agents/codex/turn/output-schema.test.ts.
import { describe, expect, test } from "vitest";
import { toBridgeError } from "../../src/domain/errors.ts";
import type { Expectation } from "../../src/validation/expectation.ts";
import { unfence } from "../../src/validation/json-answer.ts";
import { findPatternRefusal } from "../../src/validation/pattern-check.ts";
import { createTextChecks } from "../../src/validation/text-checks.ts";
import { buildValidationWorker } from "../support/validation-worker.ts";

const never = new AbortController().signal;
const worker = buildValidationWorker();

async function judge(expectation: Expectation, text: string, limitMs = 20_000): Promise<string> {
  try {
    const options = { name: "expect", mayBeFenced: true };
    const check = await createTextChecks(worker, limitMs)(expectation, options, never);
    return (await check(text, never)).kind;
  } catch (thrown) {
    return toBridgeError(thrown).message;
  }
}

describe("a regular expression", () => {
  test.each([
    ["matches anywhere", "b+", "abbc", "fits"],
    ["is anchored to the whole text", "^yes$", "no\nyes\nno", "misfit"],
    ["does not see line breaks at the end", "^yes$", "yes\r\n\n", "fits"],
    ["sees those at the beginning", "^yes$", "\nyes", "misfit"],
    ["has a dot that is no line break", "^a.b$", "a\nb", "misfit"],
    ["knows characters beyond the first plane", "^.$", "😀", "fits"],
    ["knows properties of characters", "^\\p{Lu}$", "É", "fits"],
    ["tells upper case from lower case", "yes", "YES", "misfit"],
    ["may match nothing", "^$", "", "fits"],
  ])("%s", async (_name, pattern, text, verdict) => {
    expect(await judge(pattern, text)).toBe(verdict);
  });

  test.each([
    ["(", /Unterminated group/],
    ["a**", /Nothing to repeat/],
    ["\\q", /Invalid escape/],
    ["(?i:a)(?<n>b)(?<n>c)", /cannot be used/],
    [`${"(".repeat(11)}a${")".repeat(11)}`, /nest 11 deep, and at most 10/],
    ["a".repeat(10_001), /has 10001 characters, and at most 10000/],
    [`((${"a".repeat(5_000)}))`, /at most 5000 are taken where groups nest 2 deep/],
  ])("%s cannot be used", async (pattern, reason) => {
    expect(await judge(pattern, "")).toMatch(/^expect cannot be used: /);
    expect(await judge(pattern, "")).toMatch(reason);
  });

  test("that never ends is ended, and is no fit", async () => {
    expect(await judge("^(a+)+$", `${"a".repeat(40)}!`, 500)).toBe("unknown");
  });

  test.each([["\\(".repeat(20)], ["[(]".repeat(20)], ["[\\](]".repeat(20)], ["(a)".repeat(20)]])(
    "counts only groups: %s",
    (pattern) => {
      expect(findPatternRefusal(pattern)).toBeUndefined();
    },
  );
});

test.each([
  [{ properties: { a: { pattern: `${"(".repeat(20)}${")".repeat(20)}` } } }],
  [{ $defs: { a: { patternProperties: { [`${"(".repeat(20)}${")".repeat(20)}`]: {} } } } }],
])("a schema may not hold such a pattern either", async (schema) => {
  expect(await judge(schema, "{}")).toMatch(/a pattern in it cannot be used: its groups nest 20 deep/);
});

test.each([
  ['```json\n{"a":1}\n```', '{"a":1}\n'],
  ["\n```\n[1]\n```\n", "[1]\n"],
  ["```JSON\r\n1```", "1"],
  ["Here:\n```json\n1\n```", "Here:\n```json\n1\n```"],
  ["```", "```"],
  ["```json\n``", "```json\n``"],
])("of a code fence %j remains %j", (text, inner) => {
  expect(unfence(text)).toBe(inner);
});
