// What a rollout says of the frame in force, as CLIs from 0.50 on write it (docs/codex-cli.md#rollouts).
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { CodexFrame } from "../../../../src/agents/codex/codex-frame.ts";
import {
  findErrorInfo,
  findFrameInForce,
  findUsageTotal,
} from "../../../../src/agents/codex/rollouts/rollout-records.ts";
import { describeFrameWidening } from "../../../../src/agents/codex/turn/frame-check.ts";
import { READ_ONLY } from "../../../../src/domain/sandbox.ts";

const HOME = "/home/me/.codex";
const since = Date.parse("2026-11-21T05:00:00Z");
const context = (policy: object, time = "2026-11-21T05:00:01Z", cwd = "/p") =>
  `${JSON.stringify({ timestamp: time, type: "turn_context", payload: { cwd, sandbox_policy: policy } })}\n`;
const write: CodexFrame = {
  cwd: "/p",
  sandbox: { ...READ_ONLY, mode: "workspace-write" },
  approvalPolicy: "never",
  config: {},
  backend: "codex-exec",
};
const readOnly: CodexFrame = { ...write, sandbox: READ_ONLY };

const widening = (policy: object, frame: CodexFrame, cwd?: string) => {
  const inForce = findFrameInForce(context(policy, undefined, cwd), since);
  return inForce === undefined ? undefined : describeFrameWidening(inForce, frame, HOME);
};

test.each<[string, object, CodexFrame, string[]]>([
  ["as asked", { type: "read-only" }, readOnly, []],
  ["as asked, 0.50", { mode: "read-only" }, readOnly, []],
  ["narrower", { type: "read-only" }, write, []],
  ["wider", { type: "danger-full-access" }, write, ["mode danger-full-access instead of workspace-write"]],
  ["network", { type: "workspace-write", network_access: true }, write, ["network access"]],
  ["a root", { type: "workspace-write", writable_roots: ["/d"] }, write, ["writable root /d"]],
  [
    "0.120's own memories, and what lies in cwd",
    { type: "workspace-write", writable_roots: [`${HOME}/memories`, "/p/sub"] },
    write,
    [],
  ],
])("%s", (_name, policy, frame, expected) => {
  expect(widening(policy, frame)).toEqual(expected);
});

test("another directory is wider; a form that is not known is not judged", () => {
  expect(widening({ type: "read-only" }, readOnly, "/elsewhere")).toEqual(["cwd /elsewhere"]);
  expect(widening({ type: "from-the-future" }, readOnly)).toEqual([]);
});

test("a directory that a link leads to is another one, although both are one place by now", () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "frame-check-")));
  mkdirSync(join(folder, "there"));
  symlinkSync(join(folder, "there"), join(folder, "here"));
  const [here, there] = [join(folder, "here"), join(folder, "there")];
  expect(widening({ type: "read-only" }, { ...readOnly, cwd: here }, there)).toEqual([`cwd ${there}`]);
  rmSync(folder, { recursive: true });
});

test("only the newest context counts, and none from before the turn", () => {
  const text =
    context({ type: "danger-full-access" }) +
    context({ type: "read-only" }, "2026-11-21T05:00:02Z") +
    '{"type":"turn_context","tim';
  expect(findFrameInForce(text, since)?.sandbox?.mode).toBe("read-only");
  expect(findFrameInForce(context({ type: "read-only" }, "2026-11-21T04:59:59Z"), since)).toBeUndefined();
});

test("error class and token total of the newest turn", () => {
  const done = (info: unknown) =>
    `${JSON.stringify({ type: "event_msg", payload: { type: "task_complete", error: { codex_error_info: info } } })}\n`;
  expect(findErrorInfo(done("x") + done("usage_limit_exceeded"))?.name).toBe("usage_limit_exceeded");
  expect(findErrorInfo(done({ http_connection_failed: { http_status_code: 401 } }))).toEqual({
    name: "http_connection_failed",
    httpStatus: 401,
  });
  expect(findErrorInfo("garbage\n")).toBeUndefined();
  const count = JSON.stringify({
    type: "event_msg",
    payload: { type: "token_count", info: { total_token_usage: { input_tokens: 7 } } },
  });
  expect(findUsageTotal(`${count}\n`)?.inputTokens).toBe(7);
});
