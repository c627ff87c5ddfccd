import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createProgressReporter } from "../../src/mcp/progress.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function create() {
  const sent: { at: number; progress: number; message: string }[] = [];
  const start = Date.now();
  const reporter = createProgressReporter({
    send: async (progress) => void sent.push({ at: Date.now() - start, ...progress }),
  });
  return { sent, reporter };
}

test("the first message goes at once, then at most two a second, the newest wins", async () => {
  const { sent, reporter } = create();
  for (let at = 0; at < 20; at += 1) {
    reporter.report(`m${at}`);
    await vi.advanceTimersByTimeAsync(100);
  }
  await vi.advanceTimersByTimeAsync(1_000);
  expect(sent[0]).toMatchObject({ at: 0, progress: 1, message: "m0" });
  expect(sent.at(-1)?.message).toBe("m19");
  for (const [at, { at: time, progress }] of sent.entries()) {
    expect(progress).toBe(at + 1);
    if (at > 0) expect(time - (sent[at - 1]?.at ?? 0)).toBeGreaterThanOrEqual(500);
  }
});

test("silence is broken at least every ten seconds, with the time it has taken", async () => {
  const { sent, reporter } = create();
  reporter.report("Running: npm test");
  await vi.advanceTimersByTimeAsync(30_000);
  expect(sent.length).toBeGreaterThanOrEqual(4);
  expect(sent.at(-1)?.message).toMatch(/^Running: npm test \(\d+ s\)$/);
});

test("a message with a time of its own gets no second one", async () => {
  const { sent, reporter } = create();
  reporter.report("Nothing new from Codex for 60 s, its process is alive; last: Codex is thinking");
  await vi.advanceTimersByTimeAsync(30_000);
  expect(sent.length).toBeGreaterThanOrEqual(4);
  expect(new Set(sent.map(({ message }) => message)).size).toBe(1);
});

test("the time of a running command goes on", async () => {
  const { sent, reporter } = create();
  reporter.report("Running for 12 s: npm test | waited for 3 s");
  await vi.advanceTimersByTimeAsync(17_000);
  expect(sent.map(({ message }) => message)).toEqual([
    "Running for 12 s: npm test | waited for 3 s",
    "Running for 20 s: npm test | waited for 3 s",
    "Running for 28 s: npm test | waited for 3 s",
  ]);
});

test("nothing after the end, not even what was waiting", async () => {
  const { sent, reporter } = create();
  reporter.report("a");
  reporter.report("b");
  reporter.stop();
  reporter.report("c");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(sent.map(({ message }) => message)).toEqual(["a"]);
  expect(vi.getTimerCount()).toBe(0);
});

test("a message is one bounded line without control characters", async () => {
  const { sent, reporter } = create();
  reporter.report(`a\n\tb\u001b[31m\u202e${"x".repeat(1_000_000)}`);
  expect(sent[0]?.message).toMatch(/^a b \[31m x+…$/);
  expect(sent[0]?.message.length).toBeLessThanOrEqual(201);
});

test("what cannot be written yet waits, and of it only the newest", async () => {
  const sent: string[] = [];
  const written: (() => void)[] = [];
  const reporter = createProgressReporter({
    send: ({ message }) => {
      sent.push(message);
      return new Promise((resolve) => written.push(resolve));
    },
  });
  for (const message of ["first", "second", "third"]) {
    reporter.report(message);
    await vi.advanceTimersByTimeAsync(1_000);
  }
  expect(sent).toEqual(["first"]);
  written.shift()?.();
  await vi.advanceTimersByTimeAsync(0);
  expect(sent).toEqual(["first", "third"]);
  reporter.report("fourth");
  reporter.stop();
  written.shift()?.();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(sent).toEqual(["first", "third"]);
});
