import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createTurnClocks } from "../../../src/agents/turn/clocks.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function start(extra: Partial<Parameters<typeof createTurnClocks>[0]> = {}) {
  const told: string[] = [];
  const clocks = createTurnClocks({
    deadlineMs: 100_000,
    silenceMs: 30_000,
    quietMs: 10_000,
    onDeadline: () => told.push("deadline"),
    onSilence: () => told.push("silence"),
    onQuiet: (forMs) => told.push(`quiet ${forMs}`),
    ...extra,
  });
  return { clocks, told };
}

test("silence is told as long as it lasts, then ends the turn; an event begins both anew", () => {
  const { clocks, told } = start();
  vi.advanceTimersByTime(25_000);
  expect(told).toEqual(["quiet 10000", "quiet 20000"]);
  clocks.sawEvent(false);
  vi.advanceTimersByTime(29_999);
  expect(told.slice(2)).toEqual(["quiet 10000", "quiet 20000"]);
  vi.advanceTimersByTime(1);
  expect(told.slice(4).toSorted()).toEqual(["quiet 30000", "silence"]);
});

test("a long command is told too, and never ends the turn by its silence", () => {
  const { clocks, told } = start();
  clocks.sawEvent(true);
  vi.advanceTimersByTime(95_000);
  expect(told).not.toContain("silence");
  expect(told.at(-1)).toBe("quiet 90000");
  vi.advanceTimersByTime(5_000);
  expect(told).toContain("deadline");
});

test("a turn that is done is told nothing more; nothing is left ticking", () => {
  const { clocks, told } = start();
  const late = vi.fn();
  clocks.expectExit(5_000, late);
  clocks.sawEvent(false);
  vi.advanceTimersByTime(5_000);
  expect(late).toHaveBeenCalledOnce();
  clocks.stop();
  expect([told, vi.getTimerCount()]).toEqual([[], 0]);
});

test("the time that a person takes for an answer does not count, however many questions overlap", () => {
  const { clocks, told } = start();
  vi.advanceTimersByTime(5_000);
  const first = clocks.pause();
  const second = clocks.pause();
  vi.advanceTimersByTime(500_000);
  clocks.sawEvent(true);
  first();
  first();
  vi.advanceTimersByTime(500_000);
  expect(told).toEqual([]);
  second();
  vi.advanceTimersByTime(94_999);
  expect(told).not.toContain("deadline");
  expect(told[0]).toBe("quiet 10000");
  vi.advanceTimersByTime(1);
  expect(told).toContain("deadline");
});

test("a turn that ends while a person is asked leaves nothing ticking", () => {
  const { clocks, told } = start();
  const goOn = clocks.pause();
  clocks.stop();
  goOn();
  clocks.sawEvent(false);
  expect([told, vi.getTimerCount()]).toEqual([[], 0]);
});
