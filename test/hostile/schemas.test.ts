// Schemas that are made to stop the server: it answers others meanwhile, and each call has its answer.
import { expect, test } from "vitest";
import { until } from "../support/lab.ts";
import { type Attack, attack } from "./attack.ts";

const EVIL_TEXT = `{"a":"${"a".repeat(40)}!"}`;
const EVIL = { properties: { a: { pattern: "^(a+)+$" } } };

/** Ends the process of Node 20.20, also in a thread. */
const NESTED = `${"(".repeat(2_500)}a${")*".repeat(2_500)}`;

/** Two references each, 34 levels. */
function doubling(): Record<string, unknown> {
  const twice = (at: number): unknown => {
    const next = { $ref: `#/$defs/d${at + 1}` };
    return { anyOf: [{ allOf: [next, { required: ["y"] }] }, { allOf: [next, { required: ["z"] }] }] };
  };
  return { d34: {}, ...Object.fromEntries(Array.from({ length: 34 }, (_, at) => [`d${at}`, twice(at)])) };
}

/** A schema of 40 to the power of `depth` parts. */
function wide(depth: number): Record<string, unknown> {
  return depth === 0 ? { type: "number" } : { anyOf: Array.from({ length: 40 }, () => wide(depth - 1)) };
}

const isPrompt = async (it: Attack): Promise<void> => {
  const startedAt = Date.now();
  it.ask(`ping ${startedAt}`, "ping");
  await it.bridge.answer(`ping ${startedAt}`);
  expect(Date.now() - startedAt).toBeLessThan(1_000);
};
const readCode = async (it: Attack, id: number): Promise<unknown> =>
  (await it.bridge.answer(id, 60_000)).result?.["structuredContent"];

test.each<[string, Record<string, unknown>, string, string]>([
  ["a pattern that never ends", EVIL, EVIL_TEXT, "INVALID_OUTPUT"],
  [
    "references that double",
    { properties: { a: { $ref: "#/$defs/d0" } }, $defs: doubling() },
    '{"a":{}}',
    "INVALID_OUTPUT",
  ],
  ["references that double at the top", { $ref: "#/$defs/d0", $defs: doubling() }, "{}", "INVALID_ARGUMENT"],
  [
    "things that must differ",
    { items: {}, uniqueItems: true },
    JSON.stringify(Array.from({ length: 30_000 }, (_, n) => ({ n }))),
    "INVALID_OUTPUT",
  ],
  ["a pattern that overflows the compiler's stack", { pattern: NESTED }, "1", "INVALID_ARGUMENT"],
  ["code without end", wide(3), "1", "INVALID_ARGUMENT"],
  ["a promise for a verdict", { $async: true, ...EVIL }, '{"a":1}', "INVALID_ARGUMENT"],
  ["a reference to itself", { $ref: "#" }, "1", "INVALID_ARGUMENT"],
  ["a dynamic reference to nothing", { $dynamicRef: "#x" }, "1", "INVALID_ARGUMENT"],
  [
    "an answer that nests 100,000 levels",
    { properties: { a: { $ref: "#" } } },
    `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`,
    "INVALID_OUTPUT",
  ],
])("%s", (_name, outputSchema, answer, code) =>
  attack(async (it) => {
    it.answerWith(answer);
    it.call(1, "codex", { prompt: "x", outputSchema });
    await until("the turn has begun", () => it.countTurns() > 0 || it.answers(1).length > 0);
    await isPrompt(it);
    it.call(2, "codex", { prompt: "y" });
    expect(await readCode(it, 2)).toMatchObject({ content: answer.length > 40_000 ? expect.any(String) : answer });
    expect(await readCode(it, 1)).toMatchObject({ error: { code } });
    await isPrompt(it);
  }),
);

test.each([
  ["that never ends", "^(a+)+$", "INVALID_OUTPUT"],
  ["that overflows the compiler's stack", NESTED, "INVALID_ARGUMENT"],
])("a regular expression %s, in expect", (_name, expected, code) =>
  attack(async (it) => {
    it.answerWith(`${"a".repeat(40)}!`);
    it.call(1, "codex", { prompt: "x", expect: expected });
    await until("the turn has begun", () => it.countTurns() > 0 || it.answers(1).length > 0);
    await isPrompt(it);
    expect(await readCode(it, 1)).toMatchObject({ error: { code } });
    await isPrompt(it);
  }),
);

test("a cancel while an answer is checked", () =>
  attack(async (it) => {
    it.answerWith(EVIL_TEXT);
    it.call(1, "codex", { prompt: "x", outputSchema: EVIL });
    await until("the turn is over", () => it.countTurns() > 0 && it.children().length === 0);
    it.cancel(1);
    await isPrompt(it);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(it.answers(1)).toEqual([]);
  }));

test("eight at once", () =>
  attack(async (it) => {
    it.answerWith(EVIL_TEXT);
    const ids = Array.from({ length: 8 }, (_, at) => at + 1);
    for (const id of ids) it.call(id, "codex", { prompt: "x", outputSchema: EVIL });
    await until("the turns have begun", () => it.countTurns() > 0);
    await isPrompt(it);
    for (const id of ids) expect(await readCode(it, id)).toMatchObject({ error: { code: "INVALID_OUTPUT" } });
  }));
