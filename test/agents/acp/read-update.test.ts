// An agent that tells of more than anybody could read.
import { expect, test } from "vitest";
import { readUpdate, refuseTool } from "../../../src/agents/acp/turn/read-update.ts";
import { createTurnState } from "../../../src/agents/acp/turn/turn-state.ts";

test("what is kept of it is bounded", () => {
  const state = createTurnState(String);
  const call = (id: string, more: object) => ({ sessionUpdate: "tool_call", toolCallId: id, ...more });
  for (let at = 0; at < 1_200; at += 1) readUpdate(state, call(`open-${at}`, { kind: "read", title: "x" }), "agent");
  readUpdate(state, call("i".repeat(100_000), { kind: "read" }), "agent");
  const rawInput = { command: "c".repeat(100_000) };
  for (let at = 0; at < 300; at += 1) refuseTool(state, call(`no-${at}`, { kind: "execute", rawInput }), "agent");
  for (let at = 0; at < 12; at += 1) {
    const locations = Array.from({ length: 2_000 }, (_, file) => ({ path: `/p/${at}/${file}` }));
    readUpdate(state, call(`edit-${at}`, { kind: "edit", status: "completed", locations }), "agent");
  }
  expect([state.open.size, state.refused.named.length, state.changes.size]).toEqual([1_000, 200, 10_000]);
  expect(Math.max(...state.refused.named.map(({ length }) => length))).toBeLessThan(10_002);
  expect(state.refused.count).toBe(300);
  expect([...state.warnings]).toEqual([expect.stringContaining("more than 10000 changed files")]);
});

test("a command loses its secrets before it is cut, as an item too", () => {
  const state = createTurnState((text) => text.replaceAll(SECRET, "[redacted]"));
  const rawInput = { command: `${"x".repeat(9_990)}${SECRET}` };
  const call = { sessionUpdate: "tool_call", toolCallId: "t", kind: "execute", rawInput };
  const events = refuseTool(state, call, "agent");
  expect(JSON.stringify(events)).not.toContain("correct");
  expect(state.refused.named.join()).toMatch(/^x+\[redacted\]$/);
});

const SECRET = "correct-horse-battery-staple";
