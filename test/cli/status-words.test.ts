import { describe, expect, test } from "vitest";
import { type StatusFacts, toStatusLine } from "../../src/cli/status-words.ts";

const NOW = new Date("2026-11-26T12:00:00").getTime();
const at = (time: string): number => new Date(`2026-11-26T${time}:00`).getTime() / 1_000;
const NOTHING: StatusFacts = { now: NOW, jobs: [], windows: [], receipt: undefined };
const job = { title: "fix the parser", activity: "runs npm test", state: "running" } as const;
const WINDOWS = [
  { usedPercent: 42.6, minutes: 299, resetsAt: at("14:05") },
  { usedPercent: 13, minutes: 10_080, resetsAt: at("23:00") },
];
const RECEIPT = { createdAt: NOW - 5 * 60_000, files: [{ added: 10, deleted: 2 }, { added: 2 }, {}] };

/** Columns of a terminal, where no character here takes two but those of the one test that says so. */
const width = (line: string): number => Array.from(line).length;

test("nothing to say is an empty line", () => {
  expect(toStatusLine(NOTHING)).toBe("");
  expect(toStatusLine({ ...NOTHING, receipt: { createdAt: NOW - 13 * 3_600_000, files: [{}] } })).toBe("");
  expect(toStatusLine({ ...NOTHING, receipt: { createdAt: NOW, files: [] } })).toBe("");
});

test("says what runs, how much is used, and what changed last", () => {
  expect(toStatusLine({ ...NOTHING, jobs: [job] })).toBe("codex · 1 job: runs npm test");
  expect(toStatusLine({ ...NOTHING, windows: WINDOWS })).toBe("codex · 5h 42% ↻14:05 · 7d 13% ↻23:00");
  expect(toStatusLine({ ...NOTHING, receipt: RECEIPT })).toBe("codex · 3 files +12 -2, 5 min");
  expect(toStatusLine({ ...NOTHING, windows: WINDOWS, jobs: [job] })).toBe(
    "codex · 1 job: runs npm test · 5h 42% ↻14:05 · 7d 13% ↻23:00",
  );
});

test("lines that were not counted are not given as none", () => {
  const receipt = { createdAt: NOW - 5 * 60_000, files: [{}, {}] };
  expect(toStatusLine({ ...NOTHING, receipt })).toBe("codex · 2 files, 5 min");
});

test("a window that has begun anew, or tells no reset, is not made up", () => {
  const windows = [{ usedPercent: 90, minutes: 300, resetsAt: at("11:59") }, { usedPercent: 120 }];
  expect(toStatusLine({ ...NOTHING, windows })).toBe("codex · limit 100%");
});

test("a job that asks, waits or is queued says so", () => {
  const asking = { ...job, state: "waiting" } as const;
  expect(toStatusLine({ ...NOTHING, jobs: [asking, job] })).toBe("codex · 2 jobs, 1 asking: runs npm test");
  const parked = { ...job, state: "waiting", waitsUntil: NOW + 3_600_000 } as const;
  expect(toStatusLine({ ...NOTHING, jobs: [parked] })).toBe("codex · 1 job: waits until 13:00");
  expect(toStatusLine({ ...NOTHING, jobs: [{ ...job, state: "queued" }] })).toBe(
    "codex · 1 job: queued: fix the parser",
  );
});

describe("the line fits 60 columns", () => {
  test("whatever is known", () => {
    const long = { ...job, activity: `${"word ".repeat(60)}\n\u001b[31mred` };
    const line = toStatusLine({ ...NOTHING, jobs: [long, job], windows: WINDOWS, receipt: RECEIPT });
    expect(width(line)).toBeLessThanOrEqual(60);
    expect(line).toMatch(/^codex · 2 jobs/);
    const alone = toStatusLine({ ...NOTHING, jobs: [long] });
    expect(width(alone)).toBeLessThanOrEqual(60);
    expect(alone).not.toContain("\u001b");
  });

  test("characters of two columns count as two", () => {
    const line = toStatusLine({ ...NOTHING, jobs: [{ ...job, activity: "テストを実行しています".repeat(5) }] });
    expect(width(line)).toBeLessThan(45);
    expect(line.endsWith("…")).toBe(true);
  });
});
