import { describe, expect, test } from "vitest";
import { createAnswerChecks } from "../../../../src/agents/codex/turn/output-schema.ts";
import { toBridgeError } from "../../../../src/domain/errors.ts";
import { buildValidationWorker } from "../../../support/validation-worker.ts";

const WORKER = buildValidationWorker();
/** A busy machine can stop a thread for seconds. */
const patient = createAnswerChecks(WORKER, 20_000);
/** For what would never end. */
const impatient = createAnswerChecks(WORKER, 1_000);
const choose = (expected: RegExp) => (expected.source.includes("too long") ? impatient : patient);
const never = new AbortController().signal;

type Schema = Record<string, unknown>;

/** What becomes of a schema and an answer: `fits`, or code and message. */
async function judge(schema: Schema, answer: string, open = patient): Promise<string> {
  try {
    const problem = await (await open(schema, never))(answer, never);
    return problem === undefined ? "fits" : `${problem.code} ${problem.message}`;
  } catch (thrown) {
    const { code, message } = toBridgeError(thrown);
    return `before the turn: ${code} ${message}`;
  }
}

const NUMBER = { type: "object", properties: { n: { type: "number" } }, required: ["n"], additionalProperties: false };

/** Two references each, 34 levels: 2 to the power of 34 checks. */
function doubling(top: Schema): Schema {
  const twice = (at: number): Schema => {
    const next = { $ref: `#/$defs/d${at + 1}` };
    return { anyOf: [{ allOf: [next, { required: ["y"] }] }, { allOf: [next, { required: ["z"] }] }] };
  };
  const defs = Object.fromEntries(Array.from({ length: 34 }, (_, at) => [`d${at}`, twice(at)]));
  return { ...top, $defs: { ...defs, d34: { type: "object" } } };
}

describe("an answer", () => {
  test.each<[string, Schema, string, RegExp]>([
    ["that fits", NUMBER, '{"n":1}', /^fits$/],
    ["of another type", NUMBER, '{"n":"1"}', /^INVALID_OUTPUT .*answer\/n must be number/],
    ["that is no JSON", NUMBER, "well", /^INVALID_OUTPUT .*it is not JSON/],
    [
      "for a pattern that never ends",
      { properties: { a: { pattern: "^(a+)+$" } } },
      `{"a":"${"a".repeat(40)}!"}`,
      /^INVALID_OUTPUT It is not known .*too long/,
    ],
    [
      "for references that double",
      doubling({ properties: { a: { $ref: "#/$defs/d0" } } }),
      '{"a":{}}',
      /^INVALID_OUTPUT It is not known .*too long/,
    ],
    [
      "of many things that must differ",
      { properties: { a: { uniqueItems: true } } },
      JSON.stringify({ a: Array.from({ length: 20_000 }, (_, n) => ({ n })) }),
      /^INVALID_OUTPUT It is not known .*too long/,
    ],
    [
      "longer than is checked",
      NUMBER,
      `"${"x".repeat(4_000_000)}"`,
      /^INVALID_OUTPUT It is not known .*4000002 characters/,
    ],
    [
      "that nests too deep",
      { properties: { a: { $ref: "#" } } },
      `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`,
      /^INVALID_OUTPUT .*nests too deep/,
    ],
    [
      "that meets what refers to itself",
      { properties: { a: { $ref: "#/$defs/x" } }, $defs: { x: { allOf: [{ $ref: "#/$defs/x" }] } } },
      '{"a":1}',
      /^INVALID_ARGUMENT .*refers to itself/,
    ],
  ])("%s", async (_name, schema, answer, expected) => {
    expect(await judge(schema, answer, choose(expected))).toMatch(expected);
  });
});

describe("a schema is refused before the turn where it", () => {
  test.each<[string, Schema, RegExp]>([
    ["is none", { type: "nonsense" }, /type must be/],
    ["is asynchronous", { $async: true, ...NUMBER }, /\$async/],
    ["is asynchronous somewhere", { properties: { n: { $async: true } } }, /\$async/],
    ["would take for ever", doubling({ $ref: "#/$defs/d0" }), /takes too long/],
    ["refers to a file", { $ref: "file:///etc/passwd" }, /can't resolve reference/],
    ["refers to the network", { properties: { n: { $ref: "https://example.com/x" } } }, /can't resolve reference/],
    ["refers to itself without end", { $ref: "#" }, /refers to itself/],
    [
      "refers to itself by way of another",
      { $ref: "#/$defs/a", $defs: { a: { $ref: "#/$defs/b" }, b: { $ref: "#/$defs/a" } } },
      /refers to itself/,
    ],
    ["refers to itself in a choice", { anyOf: [{ $ref: "#" }] }, /refers to itself/],
    ["has a dynamic reference to nothing", { $dynamicRef: "#x" }, /\$dynamicRef "#x" leads to no/],
    ["has one that is no fragment", { properties: { n: { $dynamicRef: "x" } } }, /\$dynamicRef "x" leads to no/],
    ["has one that is no text", { $dynamicRef: 5 }, /\$dynamicRef 5 leads to no/],
    [
      "has a recursive reference to itself",
      { $schema: "https://json-schema.org/draft/2019-09/schema", $recursiveRef: "#" },
      /refers to itself/,
    ],
    ["has a pattern that is none", { pattern: "(" }, /regular expression/],
    ["takes the name of a metaschema", { $id: "https://json-schema.org/draft/2020-12/schema" }, /cannot be used/],
    [
      "names a dialect that nobody knows",
      { $schema: "http://json-schema.org/draft-03/schema#" },
      /draft-03.*is not known; known are .*2020-12.*draft-04/,
    ],
    ["names a dialect by a number", { $schema: 7 }, /\$schema 7 is not known/],
  ])("%s", async (_name, schema, expected) => {
    const told = await judge(schema, '{"n":1}', choose(expected));
    expect(told).toMatch(/^before the turn: INVALID_ARGUMENT outputSchema cannot be used: /);
    expect(told).toMatch(expected);
  });
});

describe("the dialect is the one of $schema", () => {
  const exclusive = { properties: { n: { minimum: 1, exclusiveMinimum: true } } };
  // `const` came later and is passed over; the name of a property is no keyword.
  const old = {
    id: "mine",
    definitions: { const: exclusive },
    $ref: "#/definitions/const",
    const: 5,
    enum: [{ n: 2 }, { n: 1 }],
  };
  const tuple = { properties: { n: { items: [{ type: "string" }, false] } } };
  test.each<[string, Schema, string, string]>([
    [
      "https://json-schema.org/draft/2020-12/schema",
      { properties: { n: { prefixItems: [{ type: "string" }] } } },
      '{"n":["a"]}',
      '{"n":[1]}',
    ],
    ["https://json-schema.org/draft/2019-09/schema", tuple, '{"n":["a"]}', '{"n":["a",1]}'],
    ["http://json-schema.org/draft-07/schema#", tuple, '{"n":["a"]}', '{"n":["a",1]}'],
    ["https://json-schema.org/draft-07/schema", tuple, '{"n":["a"]}', '{"n":["a",1]}'],
    ["http://json-schema.org/draft-06/schema#", { properties: { n: { const: 2 } } }, '{"n":2}', '{"n":1}'],
    ["https://json-schema.org/draft-04/schema", old, '{"n":2}', '{"n":1}'],
    ["http://json-schema.org/draft-04/schema#", exclusive, '{"n":2}', '{"n":1}'],
  ])("%s", async ($schema, schema, good, bad) => {
    expect(await judge({ $schema, ...schema }, good)).toBe("fits");
    expect(await judge({ $schema, ...schema }, bad)).toMatch(/^INVALID_OUTPUT/);
  });

  test("without $schema, a tuple by an array of `items` is of an older draft, and checked", async () => {
    expect(await judge(tuple, '{"n":["a"]}')).toBe("fits");
    expect(await judge(tuple, '{"n":["a",1]}')).toMatch(/^INVALID_OUTPUT/);
    const mixed = { ...tuple, unevaluatedProperties: false };
    expect(await judge(mixed, '{"n":["a"],"m":1}')).toMatch(/^INVALID_OUTPUT/);
    expect(await judge({ ...tuple, prefixItems: [] }, "[]")).toMatch(/^before the turn: INVALID_ARGUMENT/);
  });

  test("names of properties and definitions may be those of keywords", async () => {
    const named = {
      properties: {
        $async: { type: "number" },
        $dynamicRef: { $ref: "#/$defs/$async" },
        properties: { type: "number" },
      },
      $defs: { $async: { type: "string" } },
      required: ["$async"],
    };
    expect(await judge(named, '{"$async":1,"$dynamicRef":"x","properties":1}')).toBe("fits");
    expect(await judge(named, '{"$async":"1"}')).toMatch(/^INVALID_OUTPUT/);
    expect(await judge(named, '{"$async":1,"$dynamicRef":1}')).toMatch(/^INVALID_OUTPUT/);
  });

  test("a reference that makes a schema of a map of names opens no asynchronous one", async () => {
    const trick = { properties: { n: { $ref: "#/$defs" } }, $defs: { $async: { type: "number" } } };
    expect(await judge(trick, '{"n":1}')).toMatch(/^(?:fits|before the turn: INVALID_ARGUMENT|INVALID_OUTPUT)/);
    const worse = { properties: { n: { $ref: "#/default/x" } }, default: { x: { $async: true } } };
    expect(await judge(worse, '{"n":1}')).toMatch(/^before the turn: INVALID_ARGUMENT .*\$async/);
  });

  test("a tree by $dynamicRef is checked", async () => {
    const tree = {
      $dynamicAnchor: "node",
      type: "object",
      required: ["n"],
      properties: { next: { $dynamicRef: "#node" } },
    };
    expect(await judge(tree, '{"n":1,"next":{"n":2}}')).toBe("fits");
    expect(await judge(tree, '{"n":1,"next":{}}')).toMatch(/^INVALID_OUTPUT/);
  });
});

describe("the check itself", () => {
  const slow = { properties: { a: { pattern: "^(a+)+$" } } };
  const answer = `{"a":"${"a".repeat(40)}!"}`;

  test("ends at once where the turn is cancelled, and keeps nobody waiting", async () => {
    const check = await createAnswerChecks(WORKER, 60_000)(slow, never);
    const cancel = new AbortController();
    setTimeout(() => cancel.abort(), 300);
    let beats = 0;
    const beat = setInterval(() => {
      beats += 1;
    }, 10);
    const startedAt = Date.now();
    expect((await check(answer, cancel.signal))?.code).toBe("CANCELLED");
    clearInterval(beat);
    expect(Date.now() - startedAt).toBeLessThan(10_000);
    expect(beats).toBeGreaterThan(5);
    await expect(createAnswerChecks(WORKER)(slow, cancel.signal)).rejects.toMatchObject({ code: "CANCELLED" });
  });

  test("that cannot start is no fit", async () => {
    await expect(createAnswerChecks("/nowhere/worker.mjs")(NUMBER, never)).rejects.toMatchObject({ code: "INTERNAL" });
  });

  test("that fills the memory is ended alone", async () => {
    // Every branch is compiled to code of its own.
    const wide = (depth: number): Schema =>
      depth === 0 ? { type: "number" } : { anyOf: Array.from({ length: 40 }, () => wide(depth - 1)) };
    expect(await judge(wide(3), "1", impatient)).toMatch(/^before the turn: INVALID_ARGUMENT .*too (long|much memory)/);
  });
});
