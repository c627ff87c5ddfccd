// The usage limits of the account before a turn, with a server that the test answers for.
import { describe, expect, test, vi } from "vitest";
import type { AccountTurn } from "../../../../src/agents/codex-app-server/account/account-turn.ts";
import { createAccountUsage } from "../../../../src/agents/codex-app-server/account/account-usage.ts";
import { RequestTimedOut, RpcError } from "../../../../src/agents/codex-app-server/server/server-errors.ts";
import { reportError } from "../../../../src/domain/errors.ts";
import type { JsonObject } from "../../../../src/domain/json.ts";
import type { TurnOutcome } from "../../../../src/domain/turn.ts";

const NOW = new Date(2026, 10, 26, 12, 0).getTime();
const RESET = NOW / 1_000 + 7_500;

const limitsAt = (usedPercent: number, more: object = {}): JsonObject => ({
  limitId: "codex",
  primary: { usedPercent, windowDurationMins: 300, resetsAt: RESET },
  ...more,
});
const FULL: JsonObject = { ordinaryUsageAllowed: false, rateLimits: limitsAt(100) };
const HALF: JsonObject = { ordinaryUsageAllowed: true, rateLimits: limitsAt(50) };

const report = { threadId: "t", content: "", usage: undefined, changes: [], commands: { count: 0, failed: 0 } };
const rest = { refusedCommands: [], hasWorked: false, warnings: [], leftRunning: [], durationMs: 0 };
const outcomeOf = (code: "USAGE_LIMIT" | "TURN_FAILED"): TurnOutcome => ({
  kind: "failed",
  report: { ...report, ...rest },
  error: reportError(code, "x"),
});

/** An account whose server answers as `answers` say, one after the other, the last one for good. */
function open(...answers: (() => Promise<JsonObject>)[]) {
  let now = NOW;
  let asked = 0;
  let leases = 0;
  const usage = createAccountUsage(() => now);
  const connection = {
    userAgent: "",
    warnings: { config: [] },
    listen: () => () => {},
    request: async (method: string): Promise<JsonObject> => {
      expect(method).toBe("account/rateLimits/read");
      asked += 1;
      return (answers[asked - 1] ?? answers.at(-1) ?? (async () => ({})))();
    },
  };
  const { signal: retired } = new AbortController();
  const takeServer = async () => {
    leases += 1;
    const release = (): void => {
      leases -= 1;
    };
    const unused = { isAlone: false, isOnly: false, remember: () => {}, retire: () => {}, end: async () => {} };
    return { connection, socket: undefined, retired, release, ...unused };
  };
  const turnOf = (change: Partial<AccountTurn> = {}): AccountTurn => ({
    login: "1",
    model: undefined,
    signal: new AbortController().signal,
    takeServer,
    ...change,
  });
  // The first turn.
  void usage.check(turnOf());
  return {
    usage,
    turnOf,
    check: (change?: Partial<AccountTurn>) => usage.check(turnOf(change)),
    meet: () => usage.learn(turnOf(), outcomeOf("USAGE_LIMIT")),
    see: async () => {
      usage.see(turnOf(), connection);
      await new Promise((resolve) => setImmediate(resolve));
    },
    update: (rateLimits: JsonObject) => usage.hear("account/rateLimits/updated", { rateLimits }),
    wait: (ms: number) => {
      now += ms;
    },
    asked: () => asked,
    leases: () => leases,
  };
}

const says = (answer: JsonObject) => async () => answer;

test("an ordinary turn asks nothing", async () => {
  const account = open(says(FULL));
  await account.check();
  account.update(limitsAt(99));
  account.usage.learn(account.turnOf(), outcomeOf("TURN_FAILED"));
  account.usage.hear("configWarning", { summary: "x" });
  account.usage.hear("account/rateLimits/updated", {});
  await account.check();
  expect(account.asked()).toBe(0);
});

test("a server is asked once, in the background, and its answer stops a turn at once", async () => {
  const account = open(says(FULL));
  await account.check();
  await account.see();
  await account.see();
  await expect(account.check()).rejects.toMatchObject({ code: "USAGE_LIMIT" });
  expect(account.asked()).toBe(1);
});

test("an answer from before the limit was met does not count", async () => {
  const account = open(says(HALF), says(FULL));
  await account.see();
  account.meet();
  await expect(account.check()).rejects.toMatchObject({ code: "USAGE_LIMIT" });
});

test("the refusal names window, reset and next step, and says that the prompt was not sent", async () => {
  const account = open(says(FULL));
  account.meet();
  await expect(account.check()).rejects.toMatchObject({
    report: {
      code: "USAGE_LIMIT",
      message:
        "The Codex account has reached its usage limit: 100 % of the 5-hour usage limit is used; it resets at 14:05. No turn was started.",
      nextStep:
        "Wait until 14:05, then send the prompt again, or ask the user to check the account's plan and credits.",
      details: {
        tryAgain: "until 14:05",
        resetsAt: new Date(RESET * 1_000).toISOString(),
        usedPercent: 100,
        windowMinutes: 300,
        wasSent: false,
      },
    },
  });
  expect(account.leases()).toBe(0);
});

describe("before it refuses a turn, the account is asked afresh", () => {
  test.each<[string, (account: ReturnType<typeof open>) => unknown]>([
    ["a turn that met the limit", (account) => account.meet()],
    ["an update at 100 %", (account) => account.update(limitsAt(100))],
    ["an update that names what is reached", (account) => account.update({ rateLimitReachedType: "x" })],
    ["an older answer", (account) => account.see().then(() => account.wait(60_000))],
  ])("after %s", async (_name, suspect) => {
    const account = open(says(FULL), says(HALF));
    await suspect(account);
    const asked = account.asked();
    const refused =
      asked === 0
        ? await account.check().then(
            () => false,
            () => true,
          )
        : false;
    expect(refused).toBe(asked === 0);
    account.wait(60_000);
    await account.check();
    expect(account.asked()).toBe(2);
    // It is believed: at 100 % with credits every update would be a reason to ask.
    account.update(limitsAt(100));
    await account.check();
    expect(account.asked()).toBe(2);
    account.wait(301_000);
    account.update(limitsAt(100));
    await account.check();
    expect(account.asked()).toBe(3);
  });

  test("calls at the same time share the answer", async () => {
    const account = open(says(FULL));
    account.meet();
    const ends = await Promise.allSettled([account.check(), account.check(), account.check()]);
    expect(ends.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    expect(account.asked()).toBe(1);
    expect(account.leases()).toBe(0);
  });

  test("updates of other limits, and with credits, are no reason", async () => {
    const account = open(says(FULL));
    account.update(limitsAt(100, { limitId: "codex_other" }));
    account.update(limitsAt(100, { credits: { hasCredits: true, unlimited: false } }));
    await account.check();
    expect(account.asked()).toBe(0);
  });
});

describe("in doubt the turn starts", () => {
  const fails = (error: unknown) => async () => Promise.reject(error);

  test.each([
    ["an empty answer", says({})],
    ["garbage", says({ rateLimits: "full", ordinaryUsageAllowed: "no" })],
    [
      "windows that are no numbers",
      says({ ordinaryUsageAllowed: false, rateLimits: { primary: { usedPercent: "100" } } }),
    ],
    ["an error of the service", fails(new RpcError(-32_603, "failed to fetch codex rate limits"))],
    ["a server that does not answer", fails(new RequestTimedOut("account/rateLimits/read", 1))],
    ["a login without limits", fails(new RpcError(-32_600, "chatgpt authentication required to read rate limits"))],
  ])("after %s, and is not held up again", async (_name, answer) => {
    const account = open(answer);
    account.meet();
    await account.check();
    await account.check();
    expect(account.asked()).toBe(1);
  });

  test("without a server", async () => {
    const account = open(says(FULL));
    account.meet();
    await account.check({ takeServer: async () => Promise.reject(new Error("not started")) });
  });

  test("after three seconds; the late answer counts for the next turn", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    let answer = (_limits: JsonObject): void => {};
    const late = new Promise<JsonObject>((resolve) => {
      answer = resolve;
    });
    const account = open(() => late);
    account.meet();
    const first = account.check();
    await vi.advanceTimersByTimeAsync(3_000);
    await first;
    vi.useRealTimers();
    answer(FULL);
    await new Promise((resolve) => setImmediate(resolve));
    await expect(account.check()).rejects.toMatchObject({ code: "USAGE_LIMIT" });
    expect(account.asked()).toBe(1);
    expect(account.leases()).toBe(0);
  });
});

test("a login without limits is not asked again, another login is", async () => {
  const account = open(async () => Promise.reject(new RpcError(-32_600, "x")), says(FULL));
  await account.see();
  account.meet();
  await account.check();
  expect(account.asked()).toBe(1);
  await account.check({ login: "2" });
  account.usage.learn(account.turnOf({ login: "2" }), outcomeOf("USAGE_LIMIT"));
  await expect(account.check({ login: "2" })).rejects.toMatchObject({ code: "USAGE_LIMIT" });
});

test("a cancel ends the wait", async () => {
  const account = open(() => new Promise(() => {}));
  account.meet();
  const stop = new AbortController();
  const checked = account.check({ signal: stop.signal });
  stop.abort(new Error("cancelled"));
  await expect(checked).rejects.toThrow("cancelled");
});

test("a turn that does not use the account neither asks nor waits", async () => {
  const account = open(says(FULL));
  account.meet();
  await account.usage.check(undefined);
  account.usage.learn(undefined, outcomeOf("USAGE_LIMIT"));
  expect(account.asked()).toBe(0);
});
