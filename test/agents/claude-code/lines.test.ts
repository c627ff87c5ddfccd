import { expect, test } from "vitest";
import { toClaudeEnv } from "../../../src/agents/claude-code/launch/claude-env.ts";
import { toFrameFlags } from "../../../src/agents/claude-code/launch/frame-flags.ts";
import { toSession } from "../../../src/agents/claude-code/sessions/session.ts";
import { findWiderFrame } from "../../../src/agents/claude-code/turn/frame-held.ts";
import { readLine } from "../../../src/agents/claude-code/turn/read-line.ts";
import { createTurnState } from "../../../src/agents/claude-code/turn/turn-state.ts";
import { READ_ONLY } from "../../../src/domain/sandbox.ts";

const flags = toFrameFlags({ sandbox: READ_ONLY });
const launch = { cwd: "/", flags };
const greeting = { cwd: "/", permissionMode: "dontAsk", tools: ["Read", "Grep", "Glob"], servers: [] };

test.each([
  ["a further tool", { tools: ["Read", "Bash"] }],
  ["no word on its tools", { tools: [] }],
  ["another mode", { permissionMode: "bypassPermissions" }],
  ["no word on its mode", { permissionMode: undefined }],
  ["a server", { servers: [{ name: "planted" }] }],
  ["another directory", { cwd: "/tmp" }],
  ["no word on its directory", { cwd: undefined }],
])("a Claude Code that starts with %s does not keep its frame", (_, change) => {
  expect(findWiderFrame(launch, greeting)).toBeUndefined();
  expect(findWiderFrame(launch, { ...greeting, tools: [...greeting.tools, "StructuredOutput"] })).toBeUndefined();
  expect(findWiderFrame(launch, { ...greeting, ...change })?.code).toBe("SANDBOX_NOT_HELD");
});

test("a thread under a permission profile of Codex's is refused", () => {
  const permissions = { name: "mine", writableRoots: [], allows: [] };
  expect(() => toFrameFlags({ sandbox: READ_ONLY, permissions: permissions as never })).toThrow(
    expect.objectContaining({ code: "AGENT_UNSUPPORTED" }),
  );
});

test("the turn of a task in the background does not end ours, and an unknown line says nothing", () => {
  const state = createTurnState(String);
  const lines = [
    "",
    '{"type":"brand_new","subtype":"x"}',
    '{"type":"result","is_error":false,"origin":{"kind":"task-notification"},"result":"theirs"}',
    '{"type":"system","subtype":"api_retry","error":"overloaded"}',
  ];
  const events = lines.flatMap((line) => readLine(state, line).events);
  expect(events).toEqual([{ kind: "notice", text: "The model is asked again: overloaded." }]);
  expect(state).toMatchObject({ result: undefined, hasGarbage: false });
  readLine(state, "{half");
  expect(state.hasGarbage).toBe(true);
  readLine(state, '{"type":"result","is_error":false,"result":"ours"}');
  expect(state.result).toMatchObject({ result: "ours" });
});

test("refused commands are counted, and the first 200 are named", () => {
  const state = createTurnState(String);
  let told = 0;
  for (let at = 0; at < 300; at += 1) {
    const input = { command: `rm ${at} ${"x".repeat(20_000)}` };
    const content = [{ type: "tool_use", id: `t-${at}`, name: "Bash", input }];
    readLine(state, JSON.stringify({ type: "assistant", message: { content } }));
    const denied = { type: "system", subtype: "permission_denied", tool_use_id: `t-${at}` };
    told += readLine(state, JSON.stringify(denied)).events.length;
  }
  expect([state.refused.count, state.refused.named.length, told]).toEqual([300, 200, 200]);
  expect(Math.max(...state.refused.named.map(({ length }) => length))).toBeLessThan(10_002);
});

test("a refused command loses its secrets before it is cut", () => {
  const state = createTurnState((text) => text.replaceAll(SECRET, "[redacted]"));
  const input = { command: `${"x".repeat(9_990)}${SECRET}` };
  const content = [{ type: "tool_use", id: "t", name: "Bash", input }];
  readLine(state, JSON.stringify({ type: "assistant", message: { content } }));
  readLine(state, JSON.stringify({ type: "system", subtype: "permission_denied", tool_use_id: "t" }));
  expect(state.refused.named.join()).toMatch(/^x+\[redacted\]$/);
});

const SECRET = "correct-horse-battery-staple";

test("commands and changes are counted, a new file stays new", () => {
  const state = createTurnState(String);
  const call = (id: string, name: string, input: object) =>
    readLine(
      state,
      JSON.stringify({ type: "assistant", message: { content: [{ type: "tool_use", id, name, input }] } }),
    );
  const end = (id: string, extra: object = {}, outcome?: object) =>
    readLine(
      state,
      JSON.stringify({
        type: "user",
        message: { content: [{ type: "tool_result", tool_use_id: id, content: "", ...extra }] },
        tool_use_result: outcome,
      }),
    ).events;
  call("1", "Bash", { command: "false" });
  expect(end("1", { is_error: true, content: "Exit code 3\nno" })).toMatchObject([
    { phase: "finished", item: { type: "command", command: "false", exitCode: 3, hasFailed: true } },
  ]);
  call("2", "Write", { file_path: "/a" });
  end("2", {}, { type: "create" });
  call("3", "Edit", { file_path: "/a" });
  end("3");
  call("4", "Edit", { file_path: "/b" });
  end("4", { is_error: true });
  expect(state).toMatchObject({ commands: 1, failedCommands: 1, hasWorked: true });
  expect([...state.changes.values()]).toEqual([{ path: "/a", kind: "add" }]);
});

test.each([
  ["CLAUDE_CODE_USE_BEDROCK", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]],
  ["CLAUDE_CODE_USE_VERTEX", ["GOOGLE_APPLICATION_CREDENTIALS"]],
])("with %s Claude Code gets the credentials of that cloud, and without it none", (on, names) => {
  const cloud = Object.fromEntries(
    ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "GOOGLE_APPLICATION_CREDENTIALS"].map(
      (name) => [name, "AKIA0123456789abcdef"] as const,
    ),
  );
  const pick = (env: Record<string, string>): string[] =>
    Object.keys(toClaudeEnv({ ...cloud, ...env }, [], {})).filter((name) => name in cloud);
  expect(pick({ [on]: "1" })).toEqual(names);
  expect(pick({ [on]: "0" })).toEqual([]);
  expect(pick({})).toEqual([]);
});

test("Claude Code gets its own credentials, and neither those of others nor the marks of the session above", () => {
  const env = toClaudeEnv(
    {
      PATH: "/bin",
      ANTHROPIC_API_KEY: "sk-ant-1",
      CLAUDE_CODE_OAUTH_TOKEN: "t0ken-of-claude-code",
      CLAUDECODE: "1",
      CLAUDE_CODE_SESSION_ID: "x",
      CLAUDE_CODE_MESSAGING_TOKEN: "x",
      CLAUDE_CODE_MAX_RETRIES: "10",
      BRIDGE_DEPTH: "0",
      OPENAI_API_KEY: "sk-1",
      CODEX_HOME: "/x",
      GITHUB_TOKEN: "ghp_0123456789",
      MY_SECRET: "kept0123",
    },
    ["MY_SECRET"],
    { BRIDGE_DEPTH: "1" },
  );
  expect(env).toEqual({
    PATH: "/bin",
    ANTHROPIC_API_KEY: "sk-ant-1",
    CLAUDE_CODE_OAUTH_TOKEN: "t0ken-of-claude-code",
    MY_SECRET: "kept0123",
    BRIDGE_DEPTH: "1",
    CLAUDE_CODE_MAX_RETRIES: "0",
    CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: "1",
    CLAUDE_CODE_DISABLE_FILE_MENTIONS: "1",
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    DISABLE_AUTOUPDATER: "1",
  });
});

test("a session is read along the branch that a resume follows", () => {
  const line = (uuid: string, parentUuid: string | null, type: string, content: unknown, extra: object = {}) => ({
    uuid,
    parentUuid,
    type,
    message: { role: type, content, model: "m" },
    cwd: "/p",
    timestamp: "2026-01-01T00:00:00.000Z",
    ...extra,
  });
  const lines = [
    { type: "queue-operation", content: "not this" },
    line("1", null, "user", "one"),
    line("2", "1", "assistant", [{ type: "text", text: "lost" }]),
    line("3", "1", "assistant", [
      { type: "thinking", thinking: "x" },
      { type: "text", text: "kept" },
    ]),
    line("4", "3", "user", [{ type: "tool_result", content: "x" }]),
    line("5", "4", "user", "for itself", { isMeta: true }),
    line(
      "6",
      "5",
      "user",
      [
        { type: "text", text: "<system-reminder>x" },
        { type: "text", text: "two" },
      ],
      { cwd: "/q" },
    ),
    line("7", "6", "assistant", [{ type: "text", text: "API Error" }], {
      cwd: "/q",
      message: { content: [{ type: "text", text: "API Error" }], model: "<synthetic>" },
    }),
    line("8", "2", "assistant", [{ type: "text", text: "of a subagent" }], { isSidechain: true }),
  ];
  expect(toSession(lines)).toMatchObject({
    firstCwd: "/p",
    cwd: "/q",
    model: "m",
    turnAt: Date.parse("2026-01-01"),
    messages: [
      { role: "user", text: "one" },
      { role: "assistant", text: "kept" },
      { role: "user", text: "two" },
    ],
  });
  expect(toSession([{ type: "queue-operation" }])).toBeUndefined();
  expect(toSession([line("1", "1", "user", "its own parent")])?.messages).toHaveLength(1);
});
