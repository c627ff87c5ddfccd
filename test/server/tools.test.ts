// Guards over every tool: what the model reads, what the client needs, what it costs.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect } from "vitest";
import { ERROR_TRAITS, type ErrorCode } from "../../src/domain/error-codes.ts";
import { reportError } from "../../src/domain/errors.ts";
import { redactSecrets } from "../../src/domain/redact.ts";
import { toInstructions } from "../../src/mcp/instructions.ts";
import { readListing } from "../../src/mcp/listing.ts";
import { toToolListing } from "../../src/mcp/tool-list.ts";
import { toErrorResult } from "../../src/mcp/tool-result.ts";
import type { ToolAnnotations } from "../../src/tools/define-tool.ts";
import { ALL_TOOLS, TOOLS, UNLISTED_TOOLS } from "../../src/tools/index.ts";
import { test } from "../support/fixture.ts";

const listing = TOOLS.map(toToolListing);
const everyTool = ALL_TOOLS.map(toToolListing);
const INITIALIZE = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "test", version: "1" } };

test("the list is what it was on purpose, the same bytes each time", async () => {
  expect(JSON.stringify(TOOLS.map(toToolListing))).toBe(JSON.stringify(listing));
  await expect(JSON.stringify(listing, null, 2)).toMatchFileSnapshot("__toolsnaps__/tools-list.json");
});

/** Tokens that a client pays for tools, about. */
const countTokens = (tools: typeof listing): number =>
  JSON.stringify(tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema }))).length / 4;

test("the list costs at most 1,400 tokens for `codex` (25 of them for `isolation`, 25 for `attempts`, 25 each for `failover` and `failoverFrom`) and `codex-reply` (25 in each for `check`, `commit`, `expect` and `handoff`), 2,500 (25 each for `check`, `isolation` and `handoff` of `route_task`) without the tools for threads, receipts, proposals, reviews, other agents and the memory, 2,780 without those for receipts, proposals, reviews, other agents and the memory", () => {
  expect(countTokens(listing.slice(0, 2))).toBeLessThanOrEqual(1_400);
  const without = (...starts: string[]) =>
    listing.filter(({ name }) => !starts.some((start) => name.startsWith(start)));
  const later = [
    "codex-verify",
    "codex-undo",
    "codex-land",
    "codex-review",
    "review_panel",
    "run_agent",
    "send_to",
    "save_",
    "restore_",
    "store_knowledge",
    "retrieve_knowledge",
    "wait_for",
    "run_coll",
  ];
  expect(countTokens(without("codex-threads", ...later))).toBeLessThanOrEqual(2_500);
  expect(countTokens(without(...later))).toBeLessThanOrEqual(2_780);
});

test("what Codex gets is what it was on purpose, and costs at most 1,200 tokens where no third agent is configured", async () => {
  const offered = readListing("codex");
  await expect(JSON.stringify(offered, null, 2)).toMatchFileSnapshot("__toolsnaps__/tools-list-codex.json");
  expect(countTokens(offered.filter(({ name }) => name !== "run_agent"))).toBeLessThanOrEqual(1_200);
  for (const { name, inputSchema } of offered) {
    const taken = everyTool.find((tool) => tool.name === name)?.inputSchema["properties"];
    expect(Object.keys(taken ?? {})).toEqual(expect.arrayContaining(Object.keys(inputSchema["properties"] ?? {})));
  }
});

test("each role has its tools, and a name that is not offered cannot be called", async ({ folder, startServer }) => {
  const names = (role: "claude" | "codex" | "any") => readListing(role).map(({ name }) => name);
  expect(names("claude")).toEqual(listing.map(({ name }) => name));
  expect(names("codex").slice(0, 5)).toEqual([
    "claude",
    "claude-reply",
    "claude-review",
    "agent_job",
    "agent_job_control",
  ]);
  expect(names("any").toSorted()).toEqual([...new Set([...names("claude"), ...names("codex")])].toSorted());
  const server = startServer({ words: ["serve", "--role", "codex"], env: { HOME: folder, PATH: folder }, cwd: folder });
  server.send({ id: 0, method: "initialize", params: INITIALIZE });
  server.send({ id: 1, method: "tools/list" });
  server.send({ id: 2, method: "tools/call", params: { name: "codex", arguments: { prompt: "x" } } });
  const { tools } = (await server.answer(1)).result as { tools: { name: string; annotations: object }[] };
  expect(tools.map(({ name }) => name)).toEqual(names("codex").filter((name) => name !== "run_agent"));
  expect((await server.answer(0)).result).toMatchObject({ instructions: toInstructions("codex") });
  expect((await server.answer(2)).error?.message).toMatch(
    /^MCP error -32602: Unknown tool: codex|^Unknown tool: codex/,
  );
});

test("an agent is told that no tool goes beyond what it may do itself", async ({ folder, startServer }) => {
  for (const [args, name, isHeld] of [
    [["serve", "--role", "codex"], "test", true],
    [["serve", "--role", "any"], "codex-mcp-client", true],
    [["serve", "--role", "any"], "claude-code", false],
    [["serve"], "test", false],
  ] as const) {
    const server = startServer({
      words: [...args],
      env: { HOME: folder, PATH: folder, BRIDGE_AGENTS: "[]" },
      cwd: folder,
    });
    server.send({ id: 0, method: "initialize", params: { ...INITIALIZE, clientInfo: { name, version: "1" } } });
    server.send({ id: 1, method: "tools/list" });
    const { tools } = (await server.answer(1)).result as { tools: { annotations: ToolAnnotations }[] };
    const isFree = ({ destructiveHint, openWorldHint }: ToolAnnotations) => destructiveHint || openWorldHint;
    expect(
      tools.some(({ annotations }) => isFree(annotations)),
      `${args} ${name}`,
    ).toBe(!isHeld);
  }
});

test("a role that there is not is refused", async ({ folder, startServer }) => {
  const server = startServer({
    words: ["serve", "--role", "gemini"],
    env: { HOME: folder, PATH: folder },
    cwd: folder,
  });
  expect((await server.exited).code).toBe(2);
  expect(server.stderr()).toContain('--role "gemini" is none of claude, codex, any');
});

test("a tool that is loaded on demand costs at most 120 tokens, and 25 for each argument", () => {
  for (const tool of everyTool.filter(({ _meta }) => _meta["anthropic/alwaysLoad"] !== true)) {
    const count = Object.keys(tool.inputSchema["properties"] as object).length;
    expect(countTokens([tool]), tool.name).toBeLessThanOrEqual(120 + 25 * count);
  }
});

test("the instructions are short, and speak of every tool by its name", () => {
  for (const role of ["claude", "codex"] as const) {
    expect(toInstructions(role).length).toBeLessThan(2_000);
    for (const { name } of readListing(role)) expect(toInstructions(role)).toContain(`\`${name}\``);
  }
});

test("every file that defines a tool is in the list, and no name is used twice", () => {
  const folder = join(import.meta.dirname, "../../src/tools");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
    (name) => name.endsWith(".ts") && /define(?:Job)?Tool\(\{/.test(readFileSync(join(folder, name), "utf8")),
  );
  const toFile = ({ name }: { readonly name: string }): string => `${name.replaceAll("_", "-")}.ts`;
  const unlisted = UNLISTED_TOOLS.map((tool) => join("unlisted", toFile(tool)));
  expect(files.toSorted()).toEqual([...everyTool.map(toFile), ...unlisted].toSorted());
});

test("the built server says the same, byte for byte, each time it is asked", async ({ folder, startServer }) => {
  const server = startServer({ env: { HOME: folder, PATH: folder }, cwd: folder });
  server.send({ id: 0, method: "initialize", params: INITIALIZE });
  for (const id of [1, 2]) server.send({ id, method: "tools/list" });
  const [first, second] = [await server.answer(1), await server.answer(2)];
  expect(JSON.stringify(first.result)).toBe(JSON.stringify({ tools: listing }));
  expect(JSON.stringify(second.result)).toBe(JSON.stringify(first.result));
});

test("a tool that is offered to no model can be called all the same, and only looks", async ({
  folder,
  startServer,
}) => {
  const server = startServer({ env: { HOME: folder, PATH: folder }, cwd: folder });
  server.send({ id: 0, method: "initialize", params: INITIALIZE });
  for (const [at, { name, annotations }] of UNLISTED_TOOLS.entries()) {
    expect(listing.map((tool) => tool.name)).not.toContain(name);
    expect(annotations).toMatchObject({ readOnlyHint: true, destructiveHint: false });
    server.send({ id: at + 1, method: "tools/call", params: { name, arguments: { command: "codex-status" } } });
  }
  expect(JSON.stringify((await server.answer(1)).result)).toContain("No background jobs of this project.");
});

describe.each(everyTool)("$name", (tool) => {
  test("has a name, a file and words that a client takes", () => {
    expect(tool.name).toMatch(/^[a-z][a-z0-9_-]{0,63}$/);
    expect(existsSync(join(import.meta.dirname, "../../src/tools", `${tool.name.replaceAll("_", "-")}.ts`))).toBe(true);
    expect(tool.description.length).toBeGreaterThan(0);
    expect(tool.description.length).toBeLessThanOrEqual(1_500);
    const [first = ""] = tool.description.split(/(?<=\.)\s/);
    // What it is for stands in the first sentence: search and truncation live there.
    expect(first.length).toBeLessThanOrEqual(200);
    expect(first).toMatch(/^[A-Z][a-z]+ .*\.$/);
    expect(tool.title).toMatch(/^[A-Z].{2,60}$/);
    expect(tool.description).not.toMatch(/\n|https?:|\bI\b|IMPORTANT|ALWAYS|NEVER/);
    // Families: what acts on the threads of one agent begins with its name, ours is verb_noun.
    expect(tool.name).toMatch(/^(codex|claude)(-[a-z]+)*$|^[a-z]+(_[a-z]+)+$/);
    expect(JSON.stringify(tool)).not.toMatch(/[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]|ignore (all )?previous/i);
  });

  test("is strict, flat and described", () => {
    expect(tool.inputSchema["additionalProperties"]).toBe(false);
    expect(tool.inputSchema.type).toBe("object");
    expect(tool.outputSchema.type).toBe("object");
    // Permissive: a misfit of the result would lose it in some clients.
    expect(tool.outputSchema["additionalProperties"]).not.toBe(false);
    expect((tool.outputSchema["required"] as string[]).length).toBeLessThanOrEqual(2);
    expect(JSON.stringify(tool)).not.toMatch(/"\$schema"|"\$ref"|9007199254740991|"type":"null"/);
    for (const [name, schema] of Object.entries(
      tool.inputSchema["properties"] as Record<string, Record<string, unknown>>,
    )) {
      expect(String(schema["description"]), name).toMatch(/^[A-Z0-9].*\.$/);
      expect(String(schema["description"]).length, name).toBeLessThanOrEqual(120);
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
    const { readOnlyHint, destructiveHint } = tool.annotations;
    expect(readOnlyHint && destructiveHint).toBe(false);
    expect(tool._meta["anthropic/requiresUserInteraction"]).toBeUndefined();
    expect(tool._meta["anthropic/alwaysLoad"] === true || typeof tool._meta["anthropic/searchHint"] === "string").toBe(
      true,
    );
  });

  test("every error fits its output schema", () => {
    const validate = new Ajv2020({ strict: false }).compile(tool.outputSchema);
    for (const code of Object.keys(ERROR_TRAITS) as ErrorCode[]) {
      const { errorFields } = ALL_TOOLS.find(({ name }) => name === tool.name) ?? {};
      const result = toErrorResult(reportError(code, "It failed.", { details: { a: [1] } }), {
        fields: errorFields,
        redact: redactSecrets,
      });
      expect(validate(result.structuredContent), code).toBe(true);
      expect(result.content[0]?.["text"], code).toMatch(new RegExp(`^\\[${code}\\] It failed\\. \\w`));
    }
  });
});
