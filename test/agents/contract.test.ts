// The contract itself, tested: a scripted backend keeps it, and one that breaks a promise fails the test of that promise.
import { describe, expect, test } from "vitest";
import { type Flaw, openScriptedStage } from "../support/scripted-backend.ts";
import { contractOf, PROMISES } from "./contract.ts";

contractOf("a scripted backend", async () => openScriptedStage());

const LIMIT_MS = 1_500;

/** Whether a backend with the flaw keeps a promise; one that does not settle in time does not keep it. */
async function keeps(flaw: Flaw, { check }: (typeof PROMISES)[number]): Promise<boolean> {
  const stage = openScriptedStage(flaw);
  const late = new Promise<boolean>((resolve) => setTimeout(() => resolve(false), LIMIT_MS).unref());
  const kept = check(stage).then(
    () => true,
    () => false,
  );
  return Promise.race([kept, late]);
}

describe("a backend that", () => {
  test.concurrent.each<[Flaw, RegExp]>([
    ["throws", /failure of the agent's is an outcome/],
    ["keeps running", /leaves nothing running/],
    ["loses interrupted threads", /its thread goes on/],
    ["forgets threads", /after a restart too/],
    ["tells late", /none after the outcome/],
    ["tells out of order", /events come in order/],
    ["steers after the end", /steering/],
    ["asks nobody", /questions are asked/],
    ["waits for an answer", /end with their turn/],
    ["counts a person's time", /person takes for an answer/],
    ["misses silence", /silence end a turn/],
    ["takes any config", /may not set is refused/],
    ["takes any id", /threads are found/],
    ["goes on after closing", /for good/],
    ["lists every thread", /listed by their directory/],
    ["finds any words", /searched for words/],
    ["calls a running thread free", /never called free/],
    ["forks nothing", /a fork has the history/],
    ["forks into itself", /leaves the other thread/],
    ["lists archived threads", /archived thread is left out/],
  ])("%s is found out", async (flaw, name) => {
    const broken = PROMISES.filter((promised) => name.test(promised.name));
    expect(broken).toHaveLength(1);
    for (const promised of broken) expect(await keeps(flaw, promised)).toBe(false);
  });
});
