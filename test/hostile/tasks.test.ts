// Tasks of a client that asks too much of them, at the wrong time, or for what is not there. The old era has none.
import { describe, expect, test } from "vitest";
import { isRecord } from "../../src/domain/guards.ts";
import { until } from "../support/lab.ts";
import { type Message, OUTLIVES, TASKS } from "../support/stdio-bridge.ts";
import { type Attack, attack, FAIL, HANG } from "./attack.ts";
import { IS_MODERN } from "./questions.ts";

const INVALID_PARAMS = -32_602;
let asked = 0;

/** Starts a job, by the name of its request. */
function start(it: Attack, id: string | number, prompt = HANG): void {
  it.bridge.declare(TASKS);
  it.call(id, "codex", { prompt, background: true });
}

async function readTask(it: Attack, id: string | number): Promise<string> {
  const { result } = await it.bridge.answer(id);
  expect(result).toMatchObject({ resultType: "task" });
  return String(result?.["taskId"]);
}

/** One request about a task. */
async function ask(it: Attack, method: string, taskId: unknown, more: Record<string, unknown> = {}): Promise<Message> {
  asked += 1;
  it.ask(`${method} ${asked}`, method, { taskId, ...more });
  return it.bridge.answer(`${method} ${asked}`);
}

const readStatus = async (it: Attack, taskId: string): Promise<unknown> =>
  (await ask(it, "tasks/get", taskId)).result?.["status"];
const isGone = (it: Attack): Promise<void> => until("all of it is gone", () => it.children().length === 0);

describe.runIf(IS_MODERN)("a job", () => {
  test("is asked for 500 times at once, cancelled five times, and asked for again", () =>
    attack(async (it) => {
      start(it, 1);
      const id = await readTask(it, 1);
      await until("it hangs", () => it.children().length >= 3);
      const states = await Promise.all(Array.from({ length: 500 }, () => readStatus(it, id)));
      expect(new Set(states)).toEqual(new Set(["working"]));
      const cancels = await Promise.all(Array.from({ length: 5 }, () => ask(it, "tasks/cancel", id)));
      for (const { result } of cancels) expect(result).toMatchObject({ resultType: "complete" });
      await isGone(it);
      await until("it is cancelled", async () => (await readStatus(it, id)) === "cancelled");
      expect((await ask(it, "tasks/cancel", id)).result).toBeDefined();
    }));

  test("whose cancel comes with the call: nothing runs, and nothing is sent", () =>
    attack(async (it) => {
      it.bridge.process.stdin?.cork();
      start(it, 1);
      it.cancel(1);
      it.bridge.process.stdin?.uncork();
      start(it, 2, "x");
      const id = await readTask(it, 2);
      await until("the other one ends", async () => (await readStatus(it, id)) === "completed");
      await isGone(it);
      expect(it.answers(1)).toEqual([]);
      expect(it.countTurns()).toBe(1);
    }));

  test("whose cancel comes at any moment: what was not told does not run", () =>
    attack(async (it) => {
      start(it, "warm up", "x");
      const id = await readTask(it, "warm up");
      await until("it ends", async () => (await readStatus(it, id)) === "completed");
      for (let call = 0; call < 20; call += 1) {
        start(it, call);
        await new Promise((resolve) => setTimeout(resolve, call));
        it.cancel(call);
        // The answer to this comes after that of the call, if there is one.
        await ask(it, "tasks/get", id);
        const [told] = it.answers(call);
        if (told !== undefined) await ask(it, "tasks/cancel", told.result?.["taskId"]);
      }
      await isGone(it);
    }));

  test("that failed is a completed task with one line for an answer", () =>
    attack(async (it) => {
      start(it, 1, FAIL);
      const { result } = await it.bridge.answer(1);
      // One that is refused at once is no task.
      if (result?.["resultType"] !== "task") return;
      const id = String(result["taskId"]);
      await until("it ends", async () => (await readStatus(it, id)) === "completed");
      const { result: record } = await ask(it, "tasks/get", id);
      expect(record?.["result"]).toMatchObject({
        isError: true,
        content: [{ text: expect.stringMatching(/^\[\w+\] .*$/) }],
      });
    }));

  test.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["a list", [{}]],
    ["a text", "yes"],
  ])("whose answers are %s is left as it is", (_name, inputResponses) =>
    attack(async (it) => {
      start(it, 1);
      const id = await readTask(it, 1);
      expect((await ask(it, "tasks/update", id, { inputResponses })).error?.code).toBe(INVALID_PARAMS);
      expect(await readStatus(it, id)).toBe("working");
      await ask(it, "tasks/cancel", id);
      await isGone(it);
    }),
  );

  test("that asks nothing gets 9 MB of answers", () =>
    attack(async (it) => {
      start(it, 1);
      const id = await readTask(it, 1);
      const inputResponses = JSON.parse(`{"__proto__":{"k":1},"${"k".repeat(9_000_000)}":{"action":"accept"}}`);
      expect((await ask(it, "tasks/update", id, { inputResponses })).result).toMatchObject({ resultType: "complete" });
      expect(await readStatus(it, id)).toBe("working");
      await ask(it, "tasks/cancel", id);
      await isGone(it);
      expect(it.bridge.stderr().length).toBeLessThan(100_000);
    }));

  test("is an ordinary result for a request that declares no tasks, which cannot look at it either", () =>
    attack(async (it) => {
      start(it, 1, "x");
      const id = await readTask(it, 1);
      it.bridge.declare({});
      it.call(2, "codex", { prompt: "x", background: true });
      const { result } = await it.bridge.answer(2);
      expect(result).toMatchObject({ resultType: "complete" });
      const answer = result?.["structuredContent"];
      expect(isRecord(answer) && answer["jobId"]).toMatch(/^cx-/);
      expect((await ask(it, "tasks/get", id)).error?.code).toBe(-32_021);
    }));

  test.each<[string, (it: Attack) => void]>([
    ["EOF", (it) => void it.bridge.process.stdin?.end()],
    ["EPIPE", (it) => void it.bridge.process.stdout?.destroy()],
    ["SIGTERM", (it) => void it.bridge.process.kill("SIGTERM")],
  ])(`${OUTLIVES ? "goes on without" : "ends with"} its bridge: %s`, (_name, end) =>
    attack(
      async (it) => {
        for (const id of [1, 2, 3, 4]) start(it, id);
        await until("they hang", () => it.children().length >= 3);
        const sleeps = it.children().filter((command) => command.startsWith("sleep"));
        end(it);
        it.ask("late", "ping");
        if (!OUTLIVES) return;
        await it.bridge.exited;
        expect(it.children()).toEqual(expect.arrayContaining(sleeps));
        await it.stopJobs();
      },
      { isEnding: true },
    ),
  );
});
