// Who makes a call. The metadata is what Codex 0.169.0 and 0.120.0 sent.
import { expect, test } from "vitest";
import { readCaller } from "../../src/mcp/caller.ts";

const THREAD = "01a21b5c-6c95-7db0-80a8-34ac6985a76f";
const TURN = {
  ...{ session_id: THREAD, thread_id: THREAD, turn_id: "01a21b5c-6cfb-7533-b328-d33fe77bc960", model: "gpt-5.5" },
  ...{ sandbox: "seccomp", sandbox_mode: "workspace-write", workspaces: { "/p": { has_changes: false } } },
  codex_version: "0.169.0",
};
const toMeta = (turn: unknown, more = {}) => ({
  ...{ callId: "c1", threadId: THREAD, progressToken: 1, "x-codex-turn-metadata": turn },
  ...more,
});
const CLAUDE_CODE = { role: "claude", name: "claude-code" } as const;
const CODEX = { role: "codex", name: "codex-mcp-client" } as const;

test("a client of a person's is no agent, in every role but Codex's", () => {
  const meta = { progressToken: 1, "claudecode/toolUseId": "t" };
  for (const role of ["claude", "any"] as const) {
    expect(readCaller(meta, { ...CLAUDE_CODE, role })).toBeUndefined();
    expect(readCaller(undefined, { role, name: undefined })).toBeUndefined();
    expect(readCaller(undefined, { role, name: "codex-bridge demo" })).toBeUndefined();
  }
  expect(readCaller(meta, { ...CLAUDE_CODE, role: "codex" })).toEqual({ agent: "codex", threadId: undefined });
});

test.each(["claude", "codex", "any"] as const)("Codex tells its thread, turn and sandbox, in the role %s", (role) => {
  const whole = {
    ...{ agent: "codex", threadId: THREAD, turnId: TURN.turn_id },
    sandbox: "workspace-write",
  };
  expect(readCaller(toMeta(TURN), { ...CODEX, role })).toEqual(whole);
  expect(readCaller(toMeta(JSON.stringify(TURN)), { ...CODEX, role })).toEqual(whole);
  expect(readCaller(toMeta(TURN), { role, name: undefined })).toEqual(whole);
});

test("an old Codex is known by its name, and does not tell its sandbox", () => {
  const { session_id, turn_id, sandbox } = TURN;
  const old = { progressToken: 1, "x-codex-turn-metadata": { session_id, turn_id, sandbox } };
  expect(readCaller(old, CODEX)).toEqual({ agent: "codex", threadId: undefined, turnId: turn_id, sandbox: undefined });
  for (const role of ["claude", "any"] as const) {
    expect(readCaller({ progressToken: 1 }, { ...CODEX, role })).toEqual({ agent: "codex", threadId: undefined });
  }
});

test.each([
  ["an unknown mode", { ...TURN, sandbox_mode: "danger-full-access " }],
  ["a mode of another type", { ...TURN, sandbox_mode: ["danger-full-access"] }],
  ["no mode but null", { ...TURN, sandbox_mode: null }],
  ["text that is no JSON", '{"sandbox_mode":"danger-full-access"'],
  ["text that is no object", '"danger-full-access"'],
  ["a list", [{ ...TURN, sandbox_mode: "danger-full-access" }]],
  ["null", null],
  ["a number", 3],
  ["a text without end", JSON.stringify({ sandbox_mode: "danger-full-access", more: "x".repeat(70_000) })],
  ["another thread than the call's", { ...TURN, thread_id: TURN.turn_id, sandbox_mode: "danger-full-access" }],
])("%s is read-only", (_name, told) => {
  for (const role of ["claude", "codex", "any"] as const) {
    expect(readCaller(toMeta(told), { ...CODEX, role })).toMatchObject({ agent: "codex", sandbox: "read-only" });
  }
});

test("a mode that is inherited, not told, does not count", () => {
  const turn = Object.create({ sandbox_mode: "danger-full-access" });
  expect(readCaller(toMeta(turn), CODEX)).toMatchObject({ sandbox: undefined });
});

test("an id that is no id is left out", () => {
  for (const id of ["../x", "", "x".repeat(101), 7, { a: 1 }]) {
    expect(readCaller({ threadId: id }, CODEX)).toEqual({ agent: "codex", threadId: undefined });
    expect(readCaller(toMeta({ ...TURN, thread_id: id, turn_id: id }, { threadId: id }), CODEX)).toMatchObject({
      threadId: undefined,
      turnId: undefined,
    });
  }
});

test.each([
  ["0.50.0", 60_000],
  ["0.120.0", 120_000],
  ["0.141.9-alpha.1", 120_000],
  ["0.142.0", 300_000],
  ["0.169.0", 300_000],
  ["1.0.0", undefined],
  ["", undefined],
])("a Codex %j gives a call up after %s ms", (version, limitMs) => {
  expect(readCaller({}, { ...CODEX, version })?.limitMs).toBe(limitMs);
  expect(readCaller(toMeta(TURN), { ...CODEX, version })?.limitMs).toBe(limitMs);
  expect(readCaller({}, { role: "codex", name: "another client", version })?.limitMs).toBeUndefined();
});
