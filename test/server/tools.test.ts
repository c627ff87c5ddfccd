// Guards over every tool: what the model reads, what the client needs, what it costs.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { BridgeError, ERROR_TRAITS, type ErrorCode } from "../../src/domain/errors.ts";
import { INSTRUCTIONS } from "../../src/mcp/instructions.ts";
import { toToolListing } from "../../src/mcp/tool-list.ts";
import { toErrorResult } from "../../src/mcp/tool-result.ts";
import { TOOLS } from "../../src/tools/index.ts";

const listing = TOOLS.map(toToolListing);

test("the list is what it was on purpose, the same bytes each time", async () => {
  expect(JSON.stringify(TOOLS.map(toToolListing))).toBe(JSON.stringify(listing));
  await expect(JSON.stringify(listing, null, 2)).toMatchFileSnapshot("__toolsnaps__/tools-list.json");
});

test("the list costs at most 1,000 tokens for the two thread tools, 1,400 for all", () => {
  const paid = listing.map(({ name, description, inputSchema }) => ({ name, description, inputSchema }));
  expect(JSON.stringify(paid.slice(0, 2)).length / 4).toBeLessThanOrEqual(1_000);
  expect(JSON.stringify(paid).length / 4).toBeLessThanOrEqual(1_400);
});

test("the instructions are short", () => {
  expect(INSTRUCTIONS.length).toBeLessThan(2_000);
});

describe.each(listing)("$name", (tool) => {
  test("has a name, a file and words that a client takes", () => {
    expect(tool.name).toMatch(/^[a-z][a-z0-9_-]{0,63}$/);
    expect(existsSync(join(import.meta.dirname, "../../src/tools", `${tool.name.replaceAll("_", "-")}.ts`))).toBe(true);
    expect(tool.description.length).toBeGreaterThan(0);
    expect(tool.description.length).toBeLessThanOrEqual(1_500);
    expect(JSON.stringify(tool)).not.toMatch(/[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]|ignore (all )?previous/i);
  });

  test("is strict, flat and described", () => {
    expect(tool.inputSchema["additionalProperties"]).toBe(false);
    expect(tool.inputSchema.type).toBe("object");
    expect(tool.outputSchema.type).toBe("object");
    expect(JSON.stringify(tool)).not.toMatch(/"\$schema"|"\$ref"|9007199254740991|"type":"null"/);
    for (const [name, schema] of Object.entries(
      tool.inputSchema["properties"] as Record<string, Record<string, unknown>>,
    )) {
      expect(schema["description"], name).toBeTruthy();
      expect(schema["type"], name).toBeTruthy();
    }
  });

  test("says all four things that it does to the world", () => {
    expect(Object.values(tool.annotations).map((hint) => typeof hint)).toEqual([
      "boolean",
      "boolean",
      "boolean",
      "boolean",
    ]);
    expect(tool._meta["anthropic/requiresUserInteraction"]).toBeUndefined();
  });

  test("every error fits its output schema", () => {
    const validate = new Ajv2020({ strict: false }).compile(tool.outputSchema);
    for (const code of Object.keys(ERROR_TRAITS) as ErrorCode[]) {
      const { errorFields } = TOOLS.find(({ name }) => name === tool.name) ?? {};
      const result = toErrorResult(new BridgeError(code, "It failed.", { details: { a: [1] } }), [], errorFields);
      expect(validate(result.structuredContent), code).toBe(true);
      expect(result.content[0]?.["text"], code).toMatch(new RegExp(`^\\[${code}\\] It failed\\. \\w`));
    }
  });
});
