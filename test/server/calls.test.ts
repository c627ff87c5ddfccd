// Calls that no turn is needed for: arguments, protocol, queueing, the depth guard. No Codex is on the PATH.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { TOOLS } from "../../src/tools/index.ts";
import { startBridge, type TestBridge } from "../support/bridge.ts";

let folder: string;
let bridge: TestBridge;

beforeEach(async () => {
  folder = mkdtempSync("/var/tmp/codex-bridge-test-");
  // No Codex anywhere: what gets as far as a turn answers AGENT_NOT_FOUND.
  bridge = await startBridge({
    env: { HOME: folder, PATH: folder, BRIDGE_STATE_DIR: join(folder, "state"), BRIDGE_DEPTH: "0" },
    cwd: folder,
  });
});
afterEach(async () => {
  await bridge.close();
  rmSync(folder, { recursive: true, force: true });
});

const nest = (depth: number): Record<string, unknown> => (depth === 1 ? {} : { a: nest(depth - 1) });
const PASSED = /^\[AGENT_NOT_FOUND\]/;

describe("arguments that are refused, by name, with the next step", () => {
  test.each<[string, string, Record<string, unknown>, RegExp]>([
    [
      "unknown",
      "codex",
      { prompt: "x", sandbx: "read-only" },
      /unknown argument "sandbx".*Valid arguments: prompt, cwd, sandbox/,
    ],
    ["missing", "codex", {}, /`prompt` is missing/],
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
    ["timeout", "codex", { prompt: "x", timeoutMs: 1 }, /`timeoutMs`/],
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
  ])("%s", async (_name, tool, args, message) => {
    const result = await bridge.call(tool, args);
    expect(result.isError).toBe(true);
    expect(result.text).toMatch(/^\[INVALID_ARGUMENT\]/);
    expect(result.text).toMatch(message);
    expect(result.structured["error"]).toMatchObject({ code: "INVALID_ARGUMENT", fault: "caller", retryable: false });
  });
});

describe("arguments that pass", () => {
  test.each<[string, Record<string, unknown>]>([
    ["null means absent", { prompt: "x", sandbox: null, cwd: null, model: null, config: null }],
    ["the longest prompt, in code points", { prompt: "🎉".repeat(1_048_576) }],
    ["nesting that is not too deep", { prompt: "x", outputSchema: nest(99) }],
    ["a relative cwd", { prompt: "x", cwd: "." }],
  ])("%s", async (_name, args) => {
    expect((await bridge.call("codex", args)).text).toMatch(PASSED);
  });
});

describe("the protocol", () => {
  test("an unknown tool is a protocol error that names the tools", async () => {
    await expect(bridge.client.callTool({ name: "nope", arguments: {} })).rejects.toThrow(
      new RegExp(`-32602.*Unknown tool: nope. Tools: ${TOOLS.map((tool) => tool.name).join(", ")}`),
    );
  });

  test.each(["text", ["a"], 5])("arguments %j are a protocol error", async (args) => {
    await expect(bridge.client.callTool({ name: "codex", arguments: args as never })).rejects.toThrow(/-32602/);
  });

  test("prototype names are unknown tools", async () => {
    for (const name of ["__proto__", "constructor", "toString"]) {
      await expect(bridge.client.callTool({ name, arguments: {} })).rejects.toThrow(/Unknown tool/);
    }
  });
});

describe("depth", () => {
  const startAt = async (env: Record<string, string>) => {
    await bridge.close();
    bridge = await startBridge({
      env: { HOME: folder, PATH: folder, BRIDGE_STATE_DIR: join(folder, "state"), ...env },
      cwd: folder,
    });
    return (await bridge.call("codex", { prompt: "x" })).text;
  };

  test("below another agent's call it refuses, unless the user allows a longer chain", async () => {
    expect(await startAt({ BRIDGE_DEPTH: "1" })).toMatch(/^\[DEPTH_EXCEEDED\].*depth 1, limit 2/);
    expect(await startAt({ BRIDGE_DEPTH: "1", BRIDGE_MAX_DEPTH: "3" })).toMatch(PASSED);
    expect(await startAt({ BRIDGE_DEPTH: "nonsense" })).toMatch(PASSED);
  });
});

test("a wrong setting still lists the tools", async () => {
  await bridge.close();
  bridge = await startBridge({ env: { HOME: folder, BRIDGE_LOG_LEVEL: "loud" }, cwd: folder });
  expect((await bridge.client.listTools()).tools).toHaveLength(TOOLS.length);
  expect((await bridge.call("codex", { prompt: "x" })).text).toMatch(/^\[CONFIG_INVALID\].*BRIDGE_LOG_LEVEL/);
});

test("a damaged frame file is a thread that is not known, not a crash", async () => {
  const threadId = "01a1fc92-fa3b-7c32-a6e7-b95e0f886a37";
  await bridge.call("codex", { prompt: "x" });
  mkdirSync(join(folder, "state/threads"), { recursive: true });
  writeFileSync(join(folder, "state/threads", `${threadId}.json`), '{"threadId":');
  expect((await bridge.call("codex-reply", { prompt: "x", threadId })).text).toMatch(/^\[THREAD_NOT_FOUND\]/);
});
