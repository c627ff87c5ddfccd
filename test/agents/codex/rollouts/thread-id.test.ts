// The three sources of a thread id, in order: event stream, structuredContent, rollout file.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findRollout, isThreadId, toThreadIdOfRollout } from "../../../../src/agents/codex/rollouts/rollout-files.ts";
import { findThreadId, toThreadId } from "../../../../src/agents/codex/rollouts/thread-id.ts";

const ID = "01a1fa4f-63b2-7772-b0a6-be473084c496";
let home: string;

beforeEach(() => {
  home = mkdtempSync("/var/tmp/codex-bridge-test-");
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** A UUIDv7 made at a time. */
const idAt = (time: number, tail = "772-b0a6-be473084c496") => {
  const hex = time.toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7${tail}`;
};

function addRollout(threadId: string, time: number, meta: Record<string, unknown>): void {
  const date = new Date(time);
  const pad = (n: number) => String(n).padStart(2, "0");
  const day = [date.getFullYear(), pad(date.getMonth() + 1), pad(date.getDate())];
  const folder = join(home, "sessions", ...day.map(String));
  mkdirSync(folder, { recursive: true });
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(pad).join("-");
  writeFileSync(
    join(folder, `rollout-${day.join("-")}T${clock}-${threadId}.jsonl`),
    `${JSON.stringify({ type: "session_meta", payload: meta })}\n`,
  );
}

test.each([
  [ID, true],
  [ID.toUpperCase(), true],
  ["nope", false],
  [`${ID} `, false],
  ["--last", false],
  ["", false],
])("%j is a thread id: %s", (text, expected) => {
  expect(isThreadId(text)).toBe(expected);
});

describe("from a line", () => {
  test.each<[string, Record<string, unknown>, string | undefined]>([
    ["thread.started", { type: "thread.started", thread_id: ID }, ID],
    ["a malformed id", { type: "thread.started", thread_id: "x" }, undefined],
    ["structuredContent", { structuredContent: { threadId: ID } }, ID],
    ["an MCP result", { jsonrpc: "2.0", id: 1, result: { structuredContent: { threadId: ID } } }, ID],
    ["another event", { type: "turn.started", thread_id: ID }, undefined],
  ])("%s", (_name, event, expected) => {
    expect(toThreadId(event)).toBe(expected);
  });
});

describe("from a rollout", () => {
  const now = Date.now();
  const query = { cwd: "/p", startedAt: now, threadSource: undefined };

  test("the file name holds it", () => {
    expect(toThreadIdOfRollout(`rollout-2026-11-21T05-27-33-${ID}.jsonl`)).toBe(ID);
    expect(toThreadIdOfRollout(`rollout-${ID}.jsonl`)).toBeUndefined();
  });

  test("what the output said comes first", () => {
    addRollout(idAt(now), now, { cwd: "/p", originator: "codex_exec" });
    expect(findThreadId(ID, home, query)).toBe(ID);
    expect(findThreadId(undefined, home, query)).toBe(idAt(now));
  });

  test("older ones, other directories and other programs are not it", () => {
    addRollout(idAt(now - 60_000), now, { cwd: "/p", originator: "codex_exec" });
    addRollout(idAt(now + 1), now, { cwd: "/other", originator: "codex_exec" });
    addRollout(idAt(now + 2), now, { cwd: "/p", originator: "codex_cli_rs" });
    expect(findThreadId(undefined, home, query)).toBeUndefined();
  });

  test("of several none is it: one may be a neighbour's", () => {
    for (const at of [now, now + 1]) addRollout(idAt(at), now, { cwd: "/p", originator: "codex_exec" });
    expect(findThreadId(undefined, home, query)).toBeUndefined();
  });

  test("our tag alone decides where the CLI has it", () => {
    addRollout(idAt(now), now, { cwd: "/p", originator: "codex_exec", thread_source: "codex-bridge-a" });
    addRollout(idAt(now + 1), now, { cwd: "/p", originator: "codex_exec", thread_source: "codex-bridge-b" });
    expect(findThreadId(undefined, home, { ...query, threadSource: "codex-bridge-a" })).toBe(idAt(now));
  });

  test("a thread of any day is found", () => {
    const old = Date.parse("2025-03-04T12:00:00Z");
    addRollout(idAt(old), old, {});
    // Copied into another day's folder, as a restored backup may be.
    addRollout(idAt(old, "000-b0a6-be473084c496"), now, {});
    expect(findRollout(home, idAt(old))).toContain("2025");
    expect(findRollout(home, idAt(old, "000-b0a6-be473084c496"))).toBeDefined();
    expect(findRollout(home, idAt(now))).toBeUndefined();
  });
});
