// The gate on the last words of a messenger, with transcripts as Claude Code 2.1.329 writes them.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { answerSubagentStop } from "../../../src/setup/hooks/subagent-stop.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "codex-bridge-gate-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const user = (content: unknown): string => JSON.stringify({ type: "user", message: { role: "user", content } });
const result = (content: unknown): string => user([{ tool_use_id: "t", type: "tool_result", content }]);
const USE_MUTEX = JSON.stringify({ threadId: "01a2", content: "use a mutex" });

function stop(message: string, lines: readonly string[], further: Record<string, unknown> = {}) {
  const path = join(folder, "agent.jsonl");
  writeFileSync(path, lines.join("\n"));
  return answerSubagentStop({ last_assistant_message: message, agent_transcript_path: path, ...further });
}

test("the newest result counts, as text or as blocks; other lines and a half written one do not", () => {
  const lines = [
    user("use a queue"),
    result("old"),
    '{"type":"assistant","message":{"content":[{"type":"text","text":"x"}]}}',
  ];
  expect(stop("use a mutex", [...lines, result(USE_MUTEX), '{"type":"us'])).toEqual({});
  expect(stop("use a mutex", [...lines, result([{ type: "text", text: USE_MUTEX }]), "null"])).toEqual({});
  expect(stop("old", [...lines, result(USE_MUTEX)])).toMatchObject({ decision: "block" });
});

test("it refuses three times, then lets go", () => {
  const lines = [result(USE_MUTEX), user("Stop hook feedback:\nof another hook")];
  for (let refusals = 0; refusals < 3; refusals += 1) {
    const answer = stop("use a queue", lines, { stop_hook_active: refusals > 0 });
    expect(answer).toMatchObject({ decision: "block" });
    lines.push(user(`Stop hook feedback:\n${answer["reason"]}`));
  }
  expect(stop("use a queue", lines, { stop_hook_active: true })).toEqual({});
});

test("a transcript that cannot be read proves nothing: it refuses once", () => {
  const payload = { last_assistant_message: "use a mutex", agent_transcript_path: join(folder, "none.jsonl") };
  expect(answerSubagentStop(payload)).toMatchObject({ decision: "block" });
  expect(answerSubagentStop({ ...payload, stop_hook_active: true })).toEqual({});
  expect(answerSubagentStop({ last_assistant_message: "Codex could not be reached." })).toEqual({});
  expect(() => answerSubagentStop([])).toThrow();
});
