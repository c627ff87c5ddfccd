// What real app servers of 0.120 to 0.169 answer to a request that they refuse.
import { expect, test } from "vitest";
import { toTurnError } from "../../../../src/agents/codex/failures/failure.ts";
import { NOTHING_ASKED } from "../../../../src/agents/codex/failures/refused-argument.ts";
import { toRpcError } from "../../../../src/agents/codex/failures/rpc-failure.ts";

const STORE = "failed to read thread: thread-store internal error: failed to read session metadata /h/r.jsonl";

test.each([
  ["thread/resume", -32_600, "no rollout found for thread id 01a1fa4f", "THREAD_NOT_FOUND"],
  ["turn/start", -32_600, "thread not found: 01a1fa4f", "THREAD_NOT_FOUND"],
  [
    "thread/resume",
    -32_600,
    "session 01a1 is archived. Run `codex unarchive 01a1` to unarchive it first.",
    "THREAD_NOT_FOUND",
  ],
  ["thread/resume", -32_600, "thread 01a1 already has an active writer", "SESSION_BUSY"],
  [
    "thread/resume",
    -32_603,
    "error resuming thread: Fatal error: Failed to initialize session: thread-store internal error: failed to resume local thread recorder: final paginated rollout record at /h/r.jsonl is missing an ordinal",
    "THREAD_NOT_FOUND",
  ],
  ["thread/resume", -32_603, `${STORE}: rollout at /h/r.jsonl is empty`, "THREAD_NOT_FOUND"],
  ["thread/resume", -32_600, "failed to load rollout `/h/r.jsonl`: empty session file", "THREAD_NOT_FOUND"],
  ["turn/start", -32_602, "Input exceeds the maximum length of 1048576 characters.", "INVALID_ARGUMENT"],
  [
    "thread/start",
    -32_600,
    "failed to load configuration: /h/config.toml:1:24: invalid type: string",
    "CONFIG_INVALID",
  ],
  ["thread/start", -32_600, "failed to load configuration: Model provider `nope` not found", "CONFIG_INVALID"],
  [
    "turn/start",
    -32_600,
    "failed to load configuration: default_permissions requires a `[permissions]` table",
    "CONFIG_INVALID",
  ],
  [
    "thread/start",
    -32_603,
    "error creating thread: Fatal error: Failed to initialize session: required MCP servers failed to initialize: bad: No such file",
    "CONFIG_INVALID",
  ],
  [
    "thread/start",
    -32_600,
    "Invalid request: unknown variant `nope`, expected one of `untrusted`, `never`",
    "AGENT_UNSUPPORTED",
  ],
  ["thread/start", -32_600, "Invalid request: missing field `threadId`", "PROTOCOL_ERROR"],
  ["thread/start", -32_600, "Not initialized", "PROTOCOL_ERROR"],
  [
    "turn/start",
    -32_600,
    "invalid thread settings override: invalid value for `sandbox_mode`: `WorkspaceWrite` is not in the allowed set [ReadOnly] (set by /etc/codex/requirements.toml)",
    "SANDBOX_DENIED",
  ],
  [
    "thread/start",
    -32_603,
    "error creating thread: failed to load AGENTS.md instructions for environment `local`: fs sandbox helper failed with status exit status: 1: bwrap: Creating new namespace failed",
    "SANDBOX_UNAVAILABLE",
  ],
  ["thread/start", -32_600, "something new", "PROTOCOL_ERROR"],
  ["thread/start", -32_603, "something new", "AGENT_BROKEN"],
  ["thread/resume", -32_603, "something new", "THREAD_BROKEN"],
  ["thread/fork", -32_603, "database is locked", "THREAD_BROKEN"],
])("%s, %i %s is %s", (method, code, message, expected) => {
  const error = toRpcError({ method, code, message });
  expect(error.code).toBe(expected);
  expect(error.report.agentText).toBe(message);
  expect(error.report.nextStep).not.toBe("");
});

const HELPER =
  "failed to load AGENTS.md instructions for environment `local`: fs sandbox helper failed with status exit status: 1:";

test.each([
  ["bwrap: Creating new namespace failed", /on this machine/, /doctor/],
  [
    "thread 'main' panicked at linux-sandbox: failed to resolve synthetic mount registry temp directory /t/gone: No such file or directory",
    /TMPDIR names \/t\/gone/,
    /unset TMPDIR/,
  ],
  [
    "error building bubblewrap command: Fatal error: cannot enforce sandbox read-only path /p/.git because it crosses writable symlink /p/.git",
    /directory/,
    /a link in place of .git/,
  ],
])("a sandbox that does not start, told by a request and by a turn: %s", (words, says, step) => {
  const message = `${HELPER} ${words}`;
  const asked = toRpcError({ method: "thread/start", code: -32_603, message: `error creating thread: ${message}` });
  const evidence = {
    errorInfo: undefined,
    stderr: "",
    exitCode: 0,
    signal: undefined,
    hasGarbage: false,
    isCutOff: false,
  };
  const turn = toTurnError({ ...evidence, message, hasBegun: true, asked: NOTHING_ASKED });
  for (const { code, report } of [asked, turn]) {
    expect(code).toBe("SANDBOX_UNAVAILABLE");
    expect(report.message).toMatch(says);
    expect(report.nextStep).toMatch(step);
  }
});
