import { describe, expect, test } from "vitest";
import type { Job } from "../../../src/delegation/jobs/job.ts";
import { toPollInterval } from "../../../src/mcp/tasks/poll-interval.ts";
import { toStatusMessage } from "../../../src/mcp/tasks/status-message.ts";
import { makeJob } from "../../support/scripted-jobs.ts";

const PARKED = { state: "waiting", activity: "waits for quota, 22:26", waitsUntil: 2_000_000 } as const;

describe("the line of a job", () => {
  test.each<[string, Partial<Job>]>([
    ["fix the parser: Ran npm test", {}],
    ["fix the parser: works", { activity: undefined }],
    ["fix the parser: waits, place 2", { state: "queued", position: 2 }],
    ["fix the parser: waits", { state: "queued" }],
    ["fix the parser: asks you", { state: "waiting" }],
    ["parser: waits for quota, 22:26", { ...PARKED, title: "parser" }],
    ["fix the parser: quota, 22:26", PARKED],
    [
      "fix the parse…: quota, Nov 28 22:26",
      { ...PARKED, title: "fix the parser and more", activity: "waits for quota, Nov 28 22:26" },
    ],
    ["waits for quota, 22:26", { ...PARKED, title: "" }],
    ["fix the parser: done", { state: "completed" }],
    ["fix the parser: failed", { state: "failed" }],
    ["fix the parser: cancelled", { state: "cancelled" }],
    ["fix the parser: interrupted", { state: "interrupted" }],
    ["Ran npm test", { title: "" }],
    ["fix the parser: a b c", { activity: "a\nb\u001b \t c" }],
  ])("%j", (line, changes) => expect(toStatusMessage(makeJob(changes))).toBe(line));

  test.each([
    [
      "a long title beside a short activity",
      { title: "profile the tokenizer and make it faster", activity: "works" },
      /^profile the tokenizer and m…: works$/,
    ],
    [
      "a long title beside a long activity",
      { title: "profile the tokenizer", activity: "Ran npm run bench -- --alone" },
      /^profile the token…: Ran npm run be…$/,
    ],
    [
      "a title that ends in the middle of a pair",
      { title: `${"x".repeat(16)}🎉🎉🎉🎉`, activity: "Ran npm run bench -- --alone" },
      /^x{16}/,
    ],
    ["a megabyte", { title: "t".repeat(1_000_000), activity: "a".repeat(1_000_000) }, /^t{17}…: a{14}…$/],
  ])("is cut, begins with the title, and keeps to its limit: %s", (_name, changes, line) => {
    const told = toStatusMessage(makeJob(changes));
    expect(told).toMatch(line);
    expect(told.length).toBeLessThanOrEqual(35);
    expect(told.isWellFormed()).toBe(true);
  });
});

test.each<[Job["state"], number, number]>([
  ["running", 0, 1_000],
  ["running", 20_000, 1_000],
  ["running", 60_000, 3_000],
  ["queued", 120_000, 6_000],
  ["running", 3_600_000, 30_000],
  ["waiting", 0, 250],
  ["waiting", 4_999, 250],
  ["waiting", 5_000, 1_000],
  ["waiting", 3_600_000, 30_000],
  ["completed", 0, 1_000],
])("a job that is %s and has not changed for %i ms is asked for after %i ms", (state, quietMs, expected) => {
  expect(toPollInterval({ state }, quietMs)).toBe(expected);
});

test("a job that waits for quota is asked for slowly from the start", () => {
  expect(toPollInterval(makeJob(PARKED), 0)).toBe(30_000);
});
