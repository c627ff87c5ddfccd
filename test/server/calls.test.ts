// Calls that no turn is needed for: arguments, protocol, queueing, the depth guard. No Codex is on the PATH.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { TOOLS } from "../../src/tools/index.ts";
import { type LabBridge, test as labTest } from "../support/fixture.ts";

// No Codex anywhere: what gets as far as a turn answers AGENT_NOT_FOUND.
const test = labTest.override("bridgeOptions", ({ lab }) => ({
  env: { PATH: lab.outside, CODEX_BIN: undefined, CODEX_HOME: undefined, BRIDGE_DEPTH: "0" },
}));

const nest = (depth: number): Record<string, unknown> => (depth === 1 ? {} : { a: nest(depth - 1) });
const PASSED = /^\[AGENT_NOT_FOUND\]/;

describe("arguments that are refused, by name, with the next step", () => {
  test.for<[string, string, Record<string, unknown>, RegExp]>([
    [
      "unknown",
      "codex",
      { prompt: "x", sandbx: "read-only" },
      /unknown argument "sandbx".*Valid arguments: prompt, cwd, sandbox/,
    ],
    ["missing", "codex", {}, /`prompt` or `prompts` is missing/],
    ["missing, where there is one way only", "codex-ask", {}, /`prompt` is missing/],
    ["empty prompt", "codex", { prompt: "" }, /`prompt` must not be empty/],
    ["blank prompt", "codex", { prompt: " \n" }, /`prompt` must not be empty/],
    ["wrong type", "codex", { prompt: 5 }, /`prompt` must be of type string/],
    ["lone surrogate", "codex", { prompt: "a\ud800b" }, /surrogate/],
    ["too long", "codex", { prompt: "x".repeat(1_048_577) }, /longer than 1048576/],
    [
      "bad sandbox",
      "codex",
      { prompt: "x", sandbox: "full" },
      /`sandbox` must be one of: read-only, workspace-write, danger-full-access/,
    ],
    ["bad policy", "codex", { prompt: "x", "approval-policy": "always" }, /`approval-policy` must be one of/],
    ["model that is an option", "codex", { prompt: "x", model: "--oss" }, /`model` must be a name/],
    ["timeout", "codex", { prompt: "x", timeoutMs: 1 }, /`timeoutMs` must be at least 1000\./],
    ["a number too large", "route_task", { task: "x", complexity: 2 }, /`complexity` must be at most 1\./],
    ["too many images", "codex", { prompt: "x", images: Array(21).fill("x") }, /`images` must have at most 20 items\./],
    ["an empty name", "codex", { prompt: "x", images: [""] }, /`images\.0` must have at least 1 character\./],
    ["no ids", "agent_job", { action: "wait", jobIds: [] }, /`jobIds` must have at least 1 item\./],
    ["NUL in instructions", "codex", { prompt: "x", "developer-instructions": "a\0" }, /`developer-instructions`.*NUL/],
    [
      "long instructions",
      "codex",
      { prompt: "x", "developer-instructions": "x".repeat(100_001) },
      /longer than 100000 bytes/,
    ],
    ["blank base instructions", "codex", { prompt: "x", "base-instructions": " " }, /`base-instructions`/],
    ["a profile that is a path", "codex", { prompt: "x", profile: "../x" }, /`profile` must be a name/],
    ["cwd with NUL", "codex", { prompt: "x", cwd: "a\0b" }, /cwd must be a path/],
    ["deep nesting", "codex", { prompt: "x", config: nest(100) }, /nest deeper than 100 levels/],
    ["images that are no list", "codex", { prompt: "x", images: "a.png" }, /`images` must be of type array/],
    ["two disagreeing ids", "codex-reply", { prompt: "x", sessionId: "s", threadId: "nope" }, /not a thread id/],
    ["no id", "codex-reply", { prompt: "x" }, /needs a threadId or a sessionId/],
  ])("%s", async ([_name, tool, args, message], { bridge }) => {
    const result = await bridge.call(tool, args);
    expect(result.isError).toBe(true);
    expect(result.text).toMatch(/^\[INVALID_ARGUMENT\]/);
    expect(result.text).toMatch(message);
    expect(result.structured["error"]).toMatchObject({ code: "INVALID_ARGUMENT", fault: "caller", retryable: false });
  });
});

describe("arguments that pass", () => {
  test.for<[string, Record<string, unknown>]>([
    ["null means absent", { prompt: "x", sandbox: null, cwd: null, model: null, config: null }],
    ["the longest prompt, in code points", { prompt: "🎉".repeat(1_048_576) }],
    ["nesting that is not too deep", { prompt: "x", outputSchema: nest(99) }],
    ["a relative cwd", { prompt: "x", cwd: "." }],
  ])("%s", async ([_name, args], { bridge }) => {
    expect((await bridge.call("codex", args)).text).toMatch(PASSED);
  });
});

describe("the protocol", () => {
  test("an unknown tool is a protocol error that names the tools", async ({ bridge }) => {
    await expect(bridge.client.callTool({ name: "nope", arguments: {} })).rejects.toThrow(
      new RegExp(`-32602.*Unknown tool: nope. Tools: ${TOOLS.map((tool) => tool.name).join(", ")}`),
    );
  });

  test.for(["text", ["a"], 5])("arguments %j are a protocol error", async (args, { bridge }) => {
    await expect(bridge.client.callTool({ name: "codex", arguments: args as never })).rejects.toThrow(/-32602/);
  });

  test("prototype names are unknown tools", async ({ bridge }) => {
    for (const name of ["__proto__", "constructor", "toString"]) {
      await expect(bridge.client.callTool({ name, arguments: {} })).rejects.toThrow(/Unknown tool/);
    }
  });
});

describe("depth", () => {
  const startAt = async (bridge: LabBridge, env: Record<string, string>) => {
    await bridge.restart({ env });
    return (await bridge.call("codex", { prompt: "x" })).text;
  };

  test("below another agent's call it refuses, unless the user allows a longer chain", async ({ bridge }) => {
    expect(await startAt(bridge, { BRIDGE_DEPTH: "1" })).toMatch(/^\[DEPTH_EXCEEDED\].*depth 1, limit 2/);
    expect(await startAt(bridge, { BRIDGE_DEPTH: "1", BRIDGE_MAX_DEPTH: "3" })).toMatch(PASSED);
    expect(await startAt(bridge, { BRIDGE_DEPTH: "nonsense" })).toMatch(PASSED);
  });
});

test("a wrong setting still lists the tools", async ({ bridge }) => {
  await bridge.restart({ env: { BRIDGE_LOG_LEVEL: "loud" } });
  expect((await bridge.client.listTools()).tools).toHaveLength(TOOLS.length);
  expect((await bridge.call("codex", { prompt: "x" })).text).toMatch(/^\[CONFIG_INVALID\].*BRIDGE_LOG_LEVEL/);
});

test("a damaged frame file is a thread that is not known, not a crash", async ({ lab, bridge }) => {
  const threadId = "01a1fc92-fa3b-7c32-a6e7-b95e0f886a37";
  await bridge.call("codex", { prompt: "x" });
  mkdirSync(join(lab.stateDir, "threads"), { recursive: true });
  writeFileSync(join(lab.stateDir, "threads", `${threadId}.json`), '{"threadId":');
  expect((await bridge.call("codex-reply", { prompt: "x", threadId })).text).toMatch(/^\[THREAD_NOT_FOUND\]/);
});
