// Cancels of every kind, of a Codex that hangs with children of its own: what was cancelled is gone, everything else goes on.
import { describe, expect, test } from "vitest";
import { until } from "../support/lab.ts";
import { type Attack, attack, HANG } from "./attack.ts";

/** The fake, a sleep in its group and one in a session of its own. */
const PROCESSES_PER_TURN = 3;
const hang = (it: Attack, id: string | number): void => it.call(id, "codex", { prompt: HANG });
const areRunning = (it: Attack, turns: number): Promise<void> =>
  until(`${turns} turns hang`, () => it.children().length >= turns * PROCESSES_PER_TURN);
const isGone = (it: Attack): Promise<void> => until("all of it is gone", () => it.children().length === 0);
const roundTrip = async (it: Attack): Promise<void> => {
  it.ask("round trip", "ping");
  await it.bridge.answer("round trip");
};

describe("a call with an id of every kind", () => {
  test.each([[1], [0], [-1], [Number.MAX_SAFE_INTEGER], ["a"], [""], ["1"], ["__proto__"], ["\ud800"]])("%j", (id) =>
    attack(async (it) => {
      hang(it, id);
      await areRunning(it, 1);
      it.cancel(id);
      await isGone(it);
      await roundTrip(it);
      expect(it.answers(id)).toEqual([]);
    }),
  );
});

test("that comes with the call: no turn begins", () =>
  attack(async (it) => {
    hang(it, 1);
    it.cancel(1);
    await roundTrip(it);
    await isGone(it);
    expect(it.answers(1)).toEqual([]);
    expect(it.countTurns()).toBe(0);
  }));

test("that comes before the call: it cancels nothing", () =>
  attack(async (it) => {
    it.bridge.send({ method: "notifications/cancelled", params: { requestId: 1 } });
    it.call(1, "codex", { prompt: "x" });
    expect((await it.bridge.answer(1)).result?.["isError"]).toBeUndefined();
  }));

test("that comes twice, and after the end", () =>
  attack(async (it) => {
    it.call(1, "codex", { prompt: "x" });
    await it.bridge.answer(1);
    hang(it, 2);
    await areRunning(it, 1);
    for (const id of [1, 2, 2, 1]) it.cancel(id);
    await isGone(it);
    it.cancel(2);
    it.call(3, "codex", { prompt: "x" });
    expect((await it.bridge.answer(3)).result?.["isError"]).toBeUndefined();
  }));

test("that names another: a text is no number", () =>
  attack(async (it) => {
    hang(it, 1);
    await areRunning(it, 1);
    for (const requestId of ["1", 2, "", 0, null, 1.5, [1], { id: 1 }, true]) {
      it.bridge.send({ method: "notifications/cancelled", params: { requestId } });
    }
    it.bridge.send({ method: "notifications/cancelled", params: {} });
    it.bridge.send({ method: "notifications/cancelled" });
    await roundTrip(it);
    expect(it.children().length).toBeGreaterThanOrEqual(PROCESSES_PER_TURN);
    it.cancel(1);
    await isGone(it);
  }));

test("of one of two: the other goes on", () =>
  attack(async (it) => {
    hang(it, 1);
    hang(it, 2);
    await areRunning(it, 2);
    it.cancel(1);
    await until("one is gone", () => it.children().length === PROCESSES_PER_TURN);
    it.cancel(2);
    await isGone(it);
  }));

test("of two calls with the same id: both end", () =>
  attack(async (it) => {
    hang(it, 1);
    hang(it, 1);
    await areRunning(it, 2);
    it.cancel(1);
    await isGone(it);
    expect(it.answers(1)).toEqual([]);
  }));

test("of a call that waits: its turn never begins", () =>
  attack(
    async (it) => {
      hang(it, 1);
      await areRunning(it, 1);
      hang(it, 2);
      it.cancel(2);
      it.cancel(1);
      await isGone(it);
      expect(it.countTurns()).toBe(1);
    },
    { env: { BRIDGE_MAX_TURNS: "1" } },
  ));

test("of 200 calls at once, each with its own cancel", () =>
  attack(async (it) => {
    // In one piece: a call that comes some time before its cancel may begin.
    it.bridge.process.stdin?.cork();
    for (let id = 1; id <= 200; id += 1) hang(it, id);
    for (let id = 1; id <= 200; id += 1) it.cancel(id);
    it.bridge.process.stdin?.uncork();
    it.call("after", "codex", { prompt: "x" });
    expect((await it.bridge.answer("after")).result?.["isError"]).toBeUndefined();
    await isGone(it);
    expect(it.countTurns()).toBe(1);
  }));

test("of what is no call", () =>
  attack(async (it) => {
    for (const [id, method] of ["ping", "tools/list", "nonsense"].entries()) {
      it.ask(id, method);
      it.cancel(id);
    }
    it.cancel("init");
    await roundTrip(it);
  }));
