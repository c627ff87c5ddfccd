// The two-failure rule by tables: turns of minutes, windows, mixed errors, success in between.
import { expect, test } from "vitest";
import type { Attempt } from "../../src/domain/task.ts";
import { decideFirst, decideNext, type EscalationPolicy } from "../../src/escalation/policy.ts";

const MINUTE = 60_000;
const policy: EscalationPolicy = {
  policyId: "two_failure_rule",
  failureThreshold: 2,
  timeThresholdMs: MINUTE,
  countedCodes: new Set(["TURN_TIMED_OUT", "INVALID_OUTPUT", "AGENT_EXITED"]),
  steps: [
    { step: 1, agent: "codex_cli", strategy: "retry", contextModification: "compress", maxAttempts: 2 },
    { step: 2, agent: "claude_code", strategy: "decompose_task", contextModification: "filter", maxAttempts: 1 },
    { step: 3, agent: "human", strategy: "alert", contextModification: "summarize", maxAttempts: 1 },
  ],
};

/** Attempts that last five minutes each, `pauses` ms after the one before. */
function history(...entries: (string | { code?: string; step?: number; pause?: number; done?: true })[]): {
  attempts: Attempt[];
  now: number;
} {
  let now = 0;
  const attempts = entries.map((entry): Attempt => {
    const { code, step = 0, pause = 1_000, done } = typeof entry === "string" ? { code: entry } : entry;
    const startedAt = now + pause;
    now = startedAt + 5 * MINUTE;
    return { agent: "codex_cli", outcome: done ? "completed" : "failed", code, step, startedAt, endedAt: now };
  });
  return { attempts, now };
}

const T = "TURN_TIMED_OUT";
test.each<[string, Parameters<typeof history>, string]>([
  ["the first failure is tried again", [T], "retry 0"],
  ["the second begins the path, however long the turns", [T, T], "escalate 1"],
  ["of mixed kinds too", [T, "INVALID_OUTPUT"], "escalate 1"],
  ["a pause longer than the window lets the first fall out", [T, { code: T, pause: MINUTE + 1 }], "retry 0"],
  ["a pause as long as the window does not", [T, { code: T, pause: MINUTE }], "escalate 1"],
  ["a success in between clears it", [T, { done: true }, T], "retry 0"],
  ["what does not count stops at once", ["AGENT_UNAUTHENTICATED"], "stop"],
  ["also after one that counts", [T, "USAGE_LIMIT"], "stop"],
  ["and does not count later", ["CANCELLED", T], "retry 0"],
  ["a step has its own tries", [T, T, { code: T, step: 1 }], "retry 1"],
  ["after them comes the next step", [T, T, { code: T, step: 1 }, { code: T, step: 1 }], "escalate 2"],
  ["then the next", [T, T, { code: T, step: 1 }, { code: T, step: 2 }], "escalate 3"],
  ["and the person is asked as often as it fails", [T, T, { code: T, step: 3 }], "escalate 3"],
  ["a pause ends a path too", [T, T, { code: T, step: 1, pause: MINUTE + 1 }], "retry 1"],
])("%s", (_name, entries, expected) => {
  const { attempts, now } = history(...entries);
  const move = decideNext(policy, attempts, now);
  expect(`${move.kind}${move.kind === "stop" ? "" : ` ${move.step?.step ?? 0}`}`).toBe(expected);
});

test("what an attempt waited for a free slot is no pause, and breaks no chain", () => {
  const { attempts } = history(T, { code: T, pause: 5 * MINUTE });
  const [first, second] = attempts;
  if (first === undefined || second === undefined) throw new Error("two attempts expected");
  const move = decideNext(policy, [first, { ...second, waitedMs: 5 * MINUTE - 10 }], second.endedAt);
  expect(move).toMatchObject({ kind: "escalate", step: { step: 1 } });
  expect(decideNext(policy, attempts, second.endedAt).kind).toBe("retry");
});

const at = (now: number, ...entries: Partial<Attempt>[]): Attempt[] =>
  entries.map((entry) => ({ agent: "codex_cli", outcome: "failed", step: 0, startedAt: now, endedAt: now, ...entry }));

test.each<[string, Partial<Attempt>[], string]>([
  ["nothing happened before", [], "retry 0"],
  ["one failure before", [{ code: T }], "retry 0"],
  ["two failures before, and the bridge ended before it could escalate", [{ code: T }, { code: T }], "escalate 1"],
  ["a bridge that ended within step 1", [{ code: T }, { code: T }, { code: T, step: 1 }], "retry 1"],
  ["what does not count: the caller tries again", [{ code: "NETWORK" }], "retry 0"],
  ["what does not count, within step 1", [{ code: T }, { code: T }, { code: "NETWORK", step: 1 }], "retry 1"],
  [
    "the user was to decide, and called again",
    [{ code: T }, { code: T }, { agent: "human", outcome: "needs_human", step: 3 }],
    "retry 3",
  ],
  [
    "the user stopped it: nothing runs before they are asked",
    [{ code: T }, { code: T }, { agent: "human", outcome: "stopped", step: 3 }],
    "escalate 3",
  ],
])("a call begins where the earlier ones stopped: %s", (_name, entries, expected) => {
  const move = decideFirst(policy, at(0, ...entries), 1_000);
  expect(`${move.kind}${move.kind === "stop" ? "" : ` ${move.step?.step ?? 0}`}`).toBe(expected);
  expect(decideFirst(policy, at(0, ...entries), MINUTE + 1)).toMatchObject({ kind: "retry", step: undefined });
});

const handed = (extra: Partial<Attempt> = {}): Partial<Attempt> => ({
  agent: "claude_code",
  outcome: "handed_back",
  step: 2,
  reason: "because",
  ...extra,
});

test.each<[string, Partial<Attempt>[], object]>([
  [
    "once: it is handed back again",
    [{ code: T }, { code: T }, handed()],
    { kind: "hand_back", reason: "because", step: { step: 2 } },
  ],
  [
    "twice: the next step is taken",
    [{ code: T }, { code: T }, handed(), handed()],
    { kind: "escalate", step: { step: 3 } },
  ],
  [
    "where no step is left: again and again",
    [{ code: T }, handed({ step: 3 }), handed({ step: 3 }), handed({ step: 3 })],
    { kind: "hand_back", step: { step: 3 } },
  ],
])("a task that comes back after a hand-back, %s", (_name, entries, expected) => {
  expect(decideFirst(policy, at(0, ...entries), 1_000)).toMatchObject(expected);
});

test("a call that fails after another call of the task was handed back is handed back too", () => {
  const entries = at(0, { code: T }, { code: T }, { code: T, step: 1 }, handed(), { code: T, step: 1 });
  expect(decideNext(policy, entries, 1_000)).toMatchObject({ kind: "hand_back", step: { step: 2 } });
});

test("what does not count uses up no try of a step", () => {
  const entries = at(
    0,
    { code: T },
    { code: T },
    { code: "CANCELLED", step: 1 },
    { code: "CANCELLED", step: 1 },
    { code: T, step: 1 },
  );
  expect(decideNext(policy, entries, 1_000)).toMatchObject({ kind: "retry", step: { step: 1 } });
});

test("a path without a person ends", () => {
  const short = { ...policy, steps: policy.steps.slice(0, 1) };
  const { attempts, now } = history(T, T, { code: T, step: 1 }, { code: T, step: 1 });
  expect(decideNext(short, attempts, now)).toMatchObject({
    kind: "stop",
    reason: expect.stringContaining("path is at its end"),
  });
});

test("two calls of one task at once count together, in the order in which they end", () => {
  const both = at(0, { code: T, startedAt: MINUTE, endedAt: 2 * MINUTE }, { code: T, endedAt: 9 * MINUTE });
  expect(decideNext(policy, both, 9 * MINUTE)).toMatchObject({ kind: "escalate", step: { step: 1 } });
});

test("a history that is older than the window means nothing", () => {
  const { attempts, now } = history(T, T);
  expect(decideNext(policy, attempts, now + MINUTE + 1)).toMatchObject({ kind: "stop", reason: "nothing has failed" });
});

test("the same history decides the same, and says why", () => {
  const { attempts, now } = history(T, T);
  expect(decideNext(policy, attempts, now)).toEqual(decideNext(policy, attempts, now));
  expect(decideNext(policy, attempts, now).reason).toBe("2 of 2 failures: step 1 of two_failure_rule");
});
