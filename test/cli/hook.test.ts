// `codex-bridge hook`: whatever comes, it ends well and says nothing that Claude Code would show.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";

const BIN = join(import.meta.dirname, "../../dist/bin.js");

const folder = mkdtempSync(join(tmpdir(), "codex-bridge-hook-"));
afterAll(() => rmSync(folder, { recursive: true }));

const run = (event: string, input: string, env: Record<string, string> = {}) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, "hook", event], {
    input,
    encoding: "utf8",
    env: { PATH: process.env["PATH"], HOME: folder, ...env },
  });
  return { status, stdout, stderr };
};

test.each([
  { what: "an unknown event", event: "tool-start", input: "{}" },
  { what: "no payload", event: "subagent-stop", input: "" },
  { what: "half a payload", event: "subagent-stop", input: '{"last_assistant_message":"x' },
  { what: "a payload of another kind", event: "subagent-stop", input: "[]" },
  { what: "a payload of 20 MB", event: "subagent-stop", input: `{"x":"${"x".repeat(20_000_000)}"}` },
])("is silent with $what", ({ event, input }) => {
  expect(run(event, input)).toEqual({ status: 0, stdout: "", stderr: "" });
});

test("answers with one line of JSON", () => {
  const { status, stdout } = run("subagent-stop", JSON.stringify({ last_assistant_message: "My own words." }));
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ decision: "block" });
});

describe("user-prompt-submit", () => {
  const AUTOMATIC = { DELEGATION_MODE: "automatic" };
  const SILENT = { status: 0, stdout: "", stderr: "" };
  const submit = (prompt: unknown, env: Record<string, string> = AUTOMATIC) =>
    run("user-prompt-submit", JSON.stringify({ hook_event_name: "UserPromptSubmit", prompt }), env);
  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const rule = {
    rule_id: "own",
    priority: 1,
    conditions: { keywords: ["sing"] },
    action: { target_agent: "codex_cli" },
  };
  const own = {
    routing_config: {
      version: "1",
      default_agent: "claude_code",
      context_window: { max_tokens: 128_000, compression_threshold: 0.85, preservation_strategy: "hierarchical" },
      routing_rules: [rule],
      escalation_policies: [],
    },
  };

  test("tells Claude of a prompt that a rule sends to Codex", () => {
    const { status, stdout, stderr } = submit("fix the failing test");
    expect([status, stderr]).toEqual([0, ""]);
    expect(JSON.parse(stdout)).toEqual({
      hookSpecificOutput: {
        hookEventName: "UserPromptSubmit",
        additionalContext: expect.stringContaining("by rule execution_required"),
      },
    });
    expect(stdout.trim().split("\n")).toHaveLength(1);
  });

  test.each<[string, unknown, Record<string, string>]>([
    ["the mode is manual", "fix the test", { DELEGATION_MODE: "manual" }],
    ["no mode is set", "fix the test", {}],
    ["the mode is unknown", "fix the test", { DELEGATION_MODE: "loud" }],
    [
      "the plugin's option turns it off",
      "fix the test",
      { ...AUTOMATIC, CLAUDE_PLUGIN_OPTION_DELEGATION_MODE: "manual" },
    ],
    ["the prompt is Claude's", "explain the test", AUTOMATIC],
    ["the prompt is a command", "/fix the test", AUTOMATIC],
    ["the prompt has 1 MB", `fix the test ${"x ".repeat(500_000)}`, AUTOMATIC],
    ["the prompt is no text", { text: "fix the test" }, AUTOMATIC],
    ["a Codex of the bridge started this Claude", "fix the test", { ...AUTOMATIC, BRIDGE_DEPTH: "1" }],
    ["the rules file is gone", "fix the test", { ...AUTOMATIC, DELEGATION_RULES: "/nowhere/rules.json" }],
    ["the name of the rules file was not expanded", "fix it", { ...AUTOMATIC, DELEGATION_RULES: "${RULES}" }],
  ])("is silent if %s", (_what, prompt, env) => {
    expect(submit(prompt, env)).toEqual(SILENT);
  });

  test("is silent below a Codex of the bridge whose environment was dropped on the way", () => {
    const through = (depth: string): string => {
      const input = JSON.stringify({ prompt: "fix the test" });
      const command = `env -i HOME=${folder} DELEGATION_MODE=automatic ${process.execPath} ${BIN} hook user-prompt-submit; true`;
      const env = { PATH: process.env["PATH"], BRIDGE_DEPTH: depth };
      return spawnSync("sh", ["-c", command], { input, encoding: "utf8", env }).stdout;
    };
    expect(through("1")).toBe("");
    for (const none of ["0", "many", "-1"]) expect(through(none)).toContain("by rule execution_required");
  });

  test("reads prompts with the line ends of Windows, and with quotes and newlines", () => {
    const lines = 'the label says "hi"\n\nfix the failing test\n';
    const { stdout } = submit(lines);
    expect(stdout).toContain("by rule execution_required");
    expect(submit(lines.replaceAll("\n", "\r\n")).stdout).toBe(stdout);
  });

  test("is silent with broken rules, and goes by one's own", () => {
    const sing = (name: string, text: string) => submit("sing", { ...AUTOMATIC, DELEGATION_RULES: write(name, text) });
    expect(sing("half.json", "{")).toEqual(SILENT);
    expect(sing("odd.json", JSON.stringify({ ...own, odd: 1 }))).toEqual(SILENT);
    expect(sing("own.json", JSON.stringify(own)).stdout).toContain("by rule own (keywords: sing)");
  });

  test("is silent on half a payload, and when nobody reads or writes", () => {
    expect(run("user-prompt-submit", '{"prompt":"fix it', AUTOMATIC)).toEqual(SILENT);
    const shell = (line: string) => {
      const { status, stdout, stderr } = spawnSync("bash", ["--norc", "-c", `${line}; exit "\${PIPESTATUS[1]:-$?}"`], {
        encoding: "utf8",
        env: { PATH: process.env["PATH"], ...AUTOMATIC, NODE: process.execPath, BIN },
      });
      return { status, stdout, stderr };
    };
    expect(shell('"$NODE" "$BIN" hook user-prompt-submit <&-')).toEqual(SILENT);
    // A pipe that does not block, and whose writer is late.
    const late = `python3 -c 'import os,time; os.set_blocking(1,False); time.sleep(0.3); os.write(1,b"{\\"prompt\\":"); time.sleep(0.2); os.write(1,b"\\"fix the test\\"}")'`;
    expect(shell(`${late} | "$NODE" "$BIN" hook user-prompt-submit`).stdout).toContain("by rule execution_required");
    const closed = `echo '{"prompt":"fix the test"}' | "$NODE" "$BIN" hook user-prompt-submit | true`;
    expect(shell(closed)).toEqual(SILENT);
  });

  test("`suggest` leaves the choice to Claude, as the plugin's option too", () => {
    for (const variable of ["DELEGATION_MODE", "CLAUDE_PLUGIN_OPTION_DELEGATION_MODE"]) {
      expect(submit("fix the test", { [variable]: "suggest" }).stdout).toContain("If you agree");
    }
  });
});
