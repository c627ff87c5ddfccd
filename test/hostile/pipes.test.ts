// Clients that write in crumbs, read slowly or not at all, and let go of a pipe at the wrong moment.
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
