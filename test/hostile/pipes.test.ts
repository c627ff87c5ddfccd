// Clients that write in crumbs, read slowly or not at all, and let go of a pipe at the wrong moment.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { until } from "../support/lab.ts";
import { type Attack, attack, HANG } from "./attack.ts";

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe("readers", () => {
  test("one that stalls while it asks 1,000 times has every answer once it reads", () =>
    attack(async (it) => {
      it.bridge.process.stdout?.pause();
      for (let id = 0; id < 1_000; id += 1) it.ask(id, "tools/list");
      await wait(500);
      expect(it.bridge.process.exitCode).toBeNull();
      it.bridge.process.stdout?.resume();
      await it.bridge.answer(999);
    }));

  test("one that reads a little at a time", () =>
    attack(async (it) => {
      const { stdout } = it.bridge.process;
      stdout?.on("data", () => {
        stdout.pause();
        setTimeout(() => stdout.resume(), 2);
      });
      for (let id = 0; id < 500; id += 1) it.ask(id, "tools/list");
      await it.bridge.answer(499, 60_000);
    }));

  test("one that never reads again: the end comes all the same", () =>
    attack(
      async (it) => {
        it.bridge.process.stdout?.pause();
        for (let id = 0; id < 300; id += 1) it.ask(id, "tools/list");
        await wait(300);
        it.bridge.process.stdin?.end();
      },
      { isEnding: true },
    ));
});

type Act = (it: Attack) => void;
const closeInput: Act = (it) => void it.bridge.process.stdin?.end();
const closeOutput: Act = (it) => {
  it.bridge.process.stdout?.destroy();
  for (let id = 1; id <= 3; id += 1) it.ask(`late ${id}`, "ping");
};
const signal =
  (...names: NodeJS.Signals[]): Act =>
  (it) => {
    for (const name of names) it.bridge.process.kill(name);
  };

/** More than may wait to be written, so that requests are held back; parsed lists are large, hence not many more. */
const HOLDING_LISTS = 3_000;
/** Answers of 170 MB, for who never reads them. */
const NEVER_READ_LISTS = 20_000;
/** With long ids, more than is held too: the server stops reading. */
const PAUSING_PINGS = 4_000;
/** At the end of an id: V8 hashes strings of this length by nothing but the length, and compares them from the start. */
const LONG_ID = "i".repeat(60_000);
/** What the server holds at most and what V8 leaves lying about; without a bound, each of the larger cases takes far more. */
const RSS_SLACK_KIB = 196_608;

function readRssKiB({ bridge }: Attack): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${bridge.process.pid}/status`, "utf8"))?.[1]);
}

/** Has the server take in what it takes while nothing is read, and checks that it is not much. */
async function leaveUnread(it: Attack, askAll: () => void): Promise<void> {
  const before = readRssKiB(it);
  it.bridge.process.stdout?.pause();
  askAll();
  for (let look = 0; look < 20; look += 1) {
    await wait(100);
    expect(readRssKiB(it) - before).toBeLessThan(RSS_SLACK_KIB);
  }
}

const askLists = (it: Attack, count = HOLDING_LISTS): void => {
  for (let id = 0; id < count; id += 1) it.ask(id, "tools/list");
};
const pingAtLength = (it: Attack): void => {
  for (let at = 0; at < PAUSING_PINGS; at += 1) it.ask(`${at}${LONG_ID}`, "ping");
};

describe("a reader that asks for far more than it reads", () => {
  test.each<[string, (it: Attack) => void]>([
    ["3,000 lists", (it) => askLists(it)],
    ["pings with 240 MB of ids", pingAtLength],
    [
      "100,000 pings",
      (it) => {
        for (let id = 0; id < 100_000; id += 1) it.ask(id, "ping");
      },
    ],
    ["30,000 lines of garbage", (it) => it.write("garbage\n".repeat(30_000), ...Array(30_000).fill(null))],
  ])("%s: memory is bounded, and all are answered once it reads", (_name, askAll) =>
    attack(async (it) => {
      await leaveUnread(it, () => askAll(it));
      it.bridge.process.stdout?.resume();
      it.ask("after", "ping");
      await it.bridge.answer("after", 60_000);
    }),
  );

  test("an answer of 20 MB holds up nothing but itself", () =>
    attack(async (it) => {
      await leaveUnread(it, () => it.ask("i".repeat(20_000_000), "ping"));
      for (let id = 0; id < 10; id += 1) it.ask(id, "ping");
      it.bridge.process.stdout?.resume();
      await it.bridge.answer(9);
    }));

  test("turns go on, cancels reach them, and what is cancelled before it began never begins", () =>
    attack(async (it) => {
      it.call("hangs", "codex", { prompt: HANG });
      await until("it hangs", () => it.children().length >= 3);
      await leaveUnread(it, () => askLists(it));
      it.call("held", "codex", { prompt: HANG });
      it.call("held too", "codex", { prompt: "x" });
      it.cancel("held");
      it.cancel("hangs");
      await until("it is gone", () => it.children().length === 0);
      expect(it.countTurns()).toBe(1);
      it.bridge.process.stdout?.resume();
      expect((await it.bridge.answer("held too")).result?.["isError"]).toBeUndefined();
      expect(it.countTurns()).toBe(2);
      expect([...it.answers("hangs"), ...it.answers("held")]).toEqual([]);
    }));

  test("the end of input is seen all the same", () =>
    attack(
      async (it) => {
        it.call("hangs", "codex", { prompt: HANG });
        await leaveUnread(it, () => askLists(it, NEVER_READ_LISTS));
        it.bridge.process.stdin?.end();
      },
      { isEnding: true },
    ));

  test.each<[string, Act]>([
    ["EPIPE", (it) => void it.bridge.process.stdout?.destroy()],
    ["SIGTERM", signal("SIGTERM")],
  ])("%s ends it where it has stopped reading", (_name, end) =>
    attack(
      async (it) => {
        it.call("hangs", "codex", { prompt: HANG });
        await leaveUnread(it, () => pingAtLength(it));
        expect(it.bridge.process.stdin?.writableLength).toBeGreaterThan(0);
        end(it);
      },
      { isEnding: true },
    ),
  );
});

describe("writers", () => {
  test("a byte at a time", () =>
    attack(async (it) => {
      for (const byte of Buffer.from('{"jsonrpc":"2.0","id":"日本","method":"ping"}\r\n')) {
        it.write(Buffer.from([byte]));
        await wait(1);
      }
      it.write("", "日本");
    }));

  test("requests and the end of input in one breath: they are answered", () =>
    attack(
      async (it) => {
        for (let id = 0; id < 20; id += 1) it.ask(id, id % 2 === 0 ? "ping" : "tools/list");
        it.bridge.process.stdin?.end();
        await it.bridge.answer(19);
      },
      { isEnding: true },
    ));

  test("the end of input in the middle of a line", () =>
    attack(
      (it) => {
        it.write('{"jsonrpc":"2.0","id":1,"method":"pi');
        it.bridge.process.stdin?.end();
      },
      { isEnding: true },
    ));

  test("the end of input in the middle of a line of 20 MB", () =>
    attack(
      (it) => {
        it.write(Buffer.alloc(20_000_000, "x"));
        it.bridge.process.stdin?.end();
      },
      { isEnding: true },
    ));
});

describe.each<[string, (it: Attack) => Promise<void> | void]>([
  ["idle", () => {}],
  [
    "three calls under way and one waiting",
    async (it) => {
      for (let id = 1; id <= 4; id += 1) it.call(id, "codex", { prompt: HANG });
      await until("they hang", () => it.children().length >= 9);
    },
  ],
  ["a call that has just come", (it) => it.call(1, "codex", { prompt: HANG })],
])("the end, %s", (_name, begin) => {
  test.each<[string, Act]>([
    ["EOF", closeInput],
    ["EPIPE", closeOutput],
    [
      "both pipes gone",
      (it) => {
        closeOutput(it);
        closeInput(it);
      },
    ],
    ["SIGINT", signal("SIGINT")],
    ["SIGTERM", signal("SIGTERM")],
    ["SIGHUP", signal("SIGHUP")],
    ["signals in a storm", signal("SIGINT", "SIGINT", "SIGTERM", "SIGHUP", "SIGTERM", "SIGINT")],
  ])("%s", (_end, end) =>
    attack(
      async (it) => {
        await begin(it);
        end(it);
      },
      { isEnding: true, env: { BRIDGE_MAX_TURNS: "3" } },
    ),
  );
});

describe("a log that nobody reads", () => {
  test("stderr is closed: bad lines are still answered", () =>
    attack(async (it) => {
      it.bridge.process.stderr?.destroy();
      for (let count = 0; count < 100; count += 1) it.write("garbage\n", null);
      it.call(1, "codex", { prompt: "x" });
      expect((await it.bridge.answer(1)).result?.["isError"]).toBeUndefined();
    }));
});
