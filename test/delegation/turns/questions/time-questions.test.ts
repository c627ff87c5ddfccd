import { expect, test } from "vitest";
import type { CallContext } from "../../../../src/delegation/requests.ts";
import { timeQuestions } from "../../../../src/delegation/turns/questions/time-questions.ts";

const call: CallContext = { signal: new AbortController().signal, report: () => {}, canReport: false, canTask: false };
const QUESTION = { message: "?", choices: [], timeoutMs: 1 };

test("tells how long a person took, and passes question and signal on", async () => {
  let now = 0;
  const times: number[] = [];
  const seen: unknown[] = [];
  const { signal } = new AbortController();
  const timed = timeQuestions(
    {
      ...call,
      askUser: async (...asked) => {
        seen.push(...asked);
        now += 5_000;
        return { kind: "declined" };
      },
    },
    () => now,
    (ms) => times.push(ms),
  );
  expect(await timed.askUser?.(QUESTION, signal)).toEqual({ kind: "declined" });
  expect([times, seen]).toEqual([[5_000], [QUESTION, signal]]);
});

test("where nobody can be asked, nobody is", () => {
  expect(timeQuestions(call, Date.now, () => {}).askUser).toBeUndefined();
});
