// What is the bridge's in a thread that a terminal has open too, and what is the user's.
import { expect, test } from "vitest";
import { OtherTurns } from "../../../../src/agents/codex-app-server/thread/other-turns.ts";
import { OtherInput } from "../../../../src/agents/codex-app-server/turn/other-input.ts";

const message = (id: string, clientId: string | null, turnId = "t") => ({
  turnId,
  item: { type: "userMessage", id, clientId },
});

test("a turn that begins with the bridge's message is its own; further messages are counted as the user's", () => {
  const input = new OtherInput();
  const { clientUserMessageId: own } = input.mark();
  const { clientUserMessageId: steer } = input.mark();
  expect(own).not.toBe(steer);
  expect(input.see("item/started", { turnId: "t", item: { type: "contextCompaction", id: "c" } }, "t")).toBeUndefined();
  expect(input.see("item/started", message("1", own), "t")).toBeUndefined();
  expect(input.see("item/completed", message("1", own), "t")).toBeUndefined();
  expect(input.see("item/started", message("2", steer), "t")).toBeUndefined();
  expect(input.describe()).toEqual([]);
  expect(input.see("item/started", message("x", null, "another"), "t")).toBeUndefined();
  expect(input.see("item/started", message("3", null), "t")).toBeUndefined();
  expect(input.describe()).toEqual(["The user added a message to this turn in a terminal."]);
  expect(input.see("item/started", message("3", null), "t")).toBeUndefined();
  expect(input.see("item/started", message("4", "theirs"), "t")).toBeUndefined();
  expect(input.describe()).toEqual(["The user added 2 messages to this turn in a terminal."]);
});

test("a turn that begins with the user's message is the user's: the prompt was put into it", () => {
  const input = new OtherInput();
  const { clientUserMessageId: own } = input.mark();
  expect(input.see("item/started", message("1", "theirs"), "t")).toMatchObject({ code: "SESSION_BUSY" });
  expect(input.see("item/started", message("2", own), "t")).toBeUndefined();
});

const turn = (id: string) => ({ turn: { id, status: "inProgress" } });

test("turns of others are counted, and known as long as they run", () => {
  const others = new OtherTurns();
  others.setOwn("own");
  others.see("turn/started", turn("own"), false);
  expect([others.isRunning, others.takeCount()]).toEqual([false, 0]);
  others.see("turn/started", turn("a"), false);
  expect(others.isRunning).toBe(true);
  others.see("turn/completed", turn("a"), false);
  others.see("turn/started", turn("b"), false);
  others.see("turn/completed", turn("b"), false);
  expect([others.isRunning, others.takeCount(), others.takeCount()]).toEqual([false, 2, 0]);
  // A turn that is named only after it has begun.
  others.see("turn/started", turn("late"), false);
  others.setOwn("late");
  expect([others.isRunning, others.takeCount()]).toEqual([false, 0]);
});

test("while the bridge is away only the thread's status tells of them", () => {
  const others = new OtherTurns();
  const status = (type: string) => ({ status: { type, activeFlags: [] } });
  others.see("thread/status/changed", status("active"), false);
  expect(others.isRunning).toBe(false);
  others.see("thread/status/changed", status("active"), true);
  others.see("thread/status/changed", status("active"), true);
  expect(others.isRunning).toBe(true);
  others.see("thread/status/changed", status("idle"), true);
  others.see("thread/status/changed", status("active"), true);
  others.see("thread/status/changed", status("somethingNew"), true);
  expect(others.isRunning).toBe(true);
  others.see("thread/status/changed", status("systemError"), true);
  expect([others.isRunning, others.takeCount()]).toEqual([false, 2]);
});
