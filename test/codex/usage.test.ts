// How much of a usage limit is used, with the real Codex CLI: a warning with the answer, and at 100 % an answer before the turn starts.
import { readFileSync } from "node:fs";
import { describe, expect } from "vitest";
import { createUsageFiles } from "../../src/state/usage-files.ts";
import { test as labTest } from "../support/fixture.ts";
import { type Lab, ON_APP_SERVER, type Respond, say, until } from "../support/lab.ts";
import { ordersOf, resetNow } from "../support/parked-jobs.ts";
import { type UsageStandIn, usageOf, useAccount } from "../support/usage-standin.ts";

const test = labTest.extend("account", async ({ lab }, { onCleanup }): Promise<UsageStandIn> => {
  const account = await useAccount(lab);
  onCleanup(account.close);
  return account;
});

const inHours = (hours: number): string => String(Math.floor(Date.now() / 1_000) + hours * 3_600);

/** Says something, and that so much of the 5-hour window is used. */
const sayUsed =
  (text: string, percent: number): Respond =>
  () => ({
    steps: [{ say: text }],
    headers: {
      "x-codex-primary-used-percent": String(percent),
      "x-codex-primary-window-minutes": "300",
      "x-codex-primary-reset-at": inHours(1),
      "x-codex-secondary-used-percent": "40",
      "x-codex-secondary-window-minutes": "10080",
      "x-codex-secondary-reset-at": inHours(100),
    },
  });

/** The refusal of a request at the limit. */
const refuse: Respond = () => ({
  error: {
    status: 429,
    body: { error: { type: "usage_limit_reached", message: "x", plan_type: "plus", resets_at: Number(inHours(1)) } },
  },
});

const WARNING = /^9\d % of the 5-hour usage limit is used; it resets (at|on \w{3} \d+) \d\d:\d\d\.$/;

test("a limit that is nearly used is told with the answer, once for every five points", async ({ lab, bridge }) => {
  const used = async (percent: number): Promise<unknown> => {
    lab.respond(sayUsed("ok", percent));
    return (await bridge.call("codex", { prompt: "x" })).structured["warnings"];
  };
  expect(await used(89)).toBeUndefined();
  expect(await used(91.5)).toEqual([expect.stringMatching(WARNING)]);
  expect(await used(93)).toBeUndefined();
  expect(await used(97)).toEqual([expect.stringMatching(WARNING)]);
});

test("what a turn was told of the limits is kept for the status line", async ({ lab, bridge }) => {
  lab.respond(sayUsed("ok", 42));
  await bridge.call("codex", { prompt: "x" });
  const { CODEX_HOME = "", BRIDGE_STATE_DIR = "" } = lab.env;
  expect(createUsageFiles(BRIDGE_STATE_DIR).find(CODEX_HOME)?.windows).toEqual([
    { usedPercent: 42, minutes: 300, resetsAt: expect.any(Number) },
    { usedPercent: 40, minutes: 10_080, resetsAt: expect.any(Number) },
  ]);
});

test("a routed task is not begun near the limit where the rule has another agent: it is handed back", async ({
  lab,
  bridge,
}) => {
  const route = (task: string) => bridge.call("route_task", { task, mode: "run" });
  lab.respond(sayUsed("ok", 96));
  expect((await route("Run the suite and fix it")).structured).toMatchObject({ outcome: "completed" });
  const asked = lab.standIn.requests.length;
  const { structured, text } = await route("Optimize the sorting algorithm");
  expect(structured, text).toMatchObject({ outcome: "handed_back", attempts: [{ outcome: "handed_back" }] });
  expect(text).toMatch(
    /Codex was passed over.*96 % of the 5-hour usage limit is used; it resets .*, and the rule's fallback agent is claude_code/s,
  );
  expect(lab.standIn.requests).toHaveLength(asked);
  expect(text).toContain("Codex has not begun it.");
  // A rule without one has Codex do it all the same.
  expect((await route("Run the other suite and fix it")).structured).toMatchObject({ outcome: "completed" });
});

// The account is asked through the app server.
describe.runIf(ON_APP_SERVER)("at 100 %", () => {
  /** Meets the limit in a turn, which the service confirms. Gives the thread. */
  async function meet(lab: Lab, account: UsageStandIn, call: () => Promise<{ structured: Record<string, unknown> }>) {
    account.answer(usageOf(false, 100));
    lab.respond(refuse);
    const { structured } = await call();
    expect(structured).toMatchObject({ error: { code: "USAGE_LIMIT" } });
    return structured["threadId"];
  }

  test("a call is answered before a turn starts, until the service allows one", async ({ lab, account, bridge }) => {
    await bridge.call("codex", { prompt: "warm" });
    const threadId = await meet(lab, account, () => bridge.call("codex", { prompt: "first" }));
    const asked = lab.standIn.requests.length;
    for (const [tool, args] of [
      ["codex", {}],
      ["codex-reply", { threadId }],
    ] as const) {
      const { text, structured } = await bridge.call(tool, { prompt: "second", ...args });
      expect(text).toMatch(
        /^\[USAGE_LIMIT\] The Codex account has reached its usage limit: 100 % of the 5-hour usage limit is used; it resets .*\. No turn was started\. Wait until .*, then send the prompt again/,
      );
      expect(text).toContain('make the same call now with onQuota "wait"');
      expect(structured).toMatchObject({
        error: { code: "USAGE_LIMIT", resetsAt: expect.stringMatching(/Z$/), usedPercent: 100, wasSent: false },
      });
    }
    expect(lab.standIn.requests).toHaveLength(asked);
    account.answer(usageOf(true, 1));
    lab.respond(say("It goes on."));
    // The answer of the service is believed for some seconds.
    await until(
      "a turn runs",
      async () => (await bridge.call("codex-reply", { prompt: "x", threadId })).text === "It goes on.",
    );
  });

  test("a call that waits for the reset is made again as it was", async ({ lab, account, bridge }) => {
    const threadId = await meet(lab, account, () => bridge.call("codex", { prompt: "first" }));
    const asked = lab.standIn.requests.length;
    const { structured } = await bridge.call("codex-reply", { threadId, prompt: "Fix the lexer", onQuota: "wait" });
    expect(structured).toMatchObject({ state: "waiting", threadId });
    // Codex does not have the prompt.
    expect(lab.standIn.requests).toHaveLength(asked);
    const orders = ordersOf(lab).map((path): unknown => JSON.parse(readFileSync(path, "utf8")));
    expect(orders).toMatchObject([{ tool: "codex-reply", args: { threadId, prompt: "Fix the lexer" } }]);
    account.answer(usageOf(true, 1));
    lab.respond(say("The lexer is fixed."));
    await resetNow(lab, bridge);
    const ended = await bridge.call("agent_job", { action: "wait", jobIds: [structured["jobId"]] });
    expect(ended.structured).toMatchObject({ state: "completed", threadId, content: "The lexer is fixed." });
    expect(lab.standIn.requests.at(-1)?.userTexts.slice(-2)).toEqual(["first", "Fix the lexer"]);
  });

  test("a turn goes on where there are credits", async ({ lab, account, bridge }) => {
    await meet(lab, account, () => bridge.call("codex", { prompt: "first" }));
    account.answer(usageOf(false, 100, { credits: { has_credits: true, unlimited: false, balance: "5" } }));
    lab.respond(say("on credits"));
    await until("a turn runs", async () => (await bridge.call("codex", { prompt: "x" })).text === "on credits");
  });

  test.for([
    ["the service fails", {}, { status: 500 }],
    ["it says something else", { plan_type: 7 }, {}],
    ["it does not answer", {}, { delayMs: 20_000 }],
  ] as const)("a turn starts where %s", async ([, usage, options], { lab, account, bridge }) => {
    account.answer(usage, options);
    lab.respond(refuse);
    await bridge.call("codex", { prompt: "first" });
    lab.respond(say("hello"));
    expect((await bridge.call("codex", { prompt: "x" })).text).toBe("hello");
  });

  test("a thread of another provider is not asked about", async ({ lab, account, bridge }) => {
    lab.writeConfig();
    account.answer(usageOf(false, 100));
    lab.respond(refuse);
    await bridge.call("codex", { prompt: "first" });
    lab.respond(sayUsed("hello", 100));
    expect((await bridge.call("codex", { prompt: "x" })).text).toBe("hello");
    expect((await bridge.call("codex", { prompt: "x" })).text).toBe("hello");
    expect(account.asked()).toBe(0);
  });

  test("an ordinary turn does not wait for the service, which is asked once", async ({ lab, account, bridge }) => {
    account.answer(usageOf(true, 50), { delayMs: 50_000 });
    lab.respond(sayUsed("hello", 50));
    for (let turn = 0; turn < 3; turn += 1) {
      expect((await bridge.call("codex", { prompt: "x" })).text).toBe("hello");
    }
    expect([account.asked(), account.pending()]).toEqual([1, 1]);
  });
});
