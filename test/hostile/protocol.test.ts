// MCP spoken wrongly: out of order, in every version, with params of every wrong kind. Each request has one answer.
import { describe, expect, test } from "vitest";
import { ERA, toEnvelope } from "../support/stdio-bridge.ts";
import { type Attack, attack } from "./attack.ts";

const IS_MODERN = ERA === "modern";
const NEWEST = "2025-11-25";
const NOT_FOUND = -32_601;
const INVALID_PARAMS = -32_602;
const UNSUPPORTED = -32_022;
const PROTOTYPE_NAMES = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf"];
const hello = (protocolVersion: unknown) => ({
  protocolVersion,
  capabilities: {},
  clientInfo: { name: "x", version: "1" },
});

/** The outcome of one request: the code of its error, or `result`. */
async function outcome(it: Attack, method: string, params?: unknown): Promise<number | string> {
  it.ask("asked", method, params);
  return (await it.bridge.answer("asked")).error?.code ?? "result";
}

describe("before any handshake", () => {
  test.each<[string, unknown, number | string]>([
    ["ping", undefined, IS_MODERN ? NOT_FOUND : "result"],
    ["tools/list", undefined, "result"],
    ["tools/call", { name: "codex", arguments: { prompt: "x" } }, "result"],
    ["tools/call", { name: "codex", arguments: {} }, "result"],
    ["server/discover", {}, IS_MODERN ? "result" : NOT_FOUND],
    ["subscriptions/listen", {}, NOT_FOUND],
  ])("%s %j is answered", (method, params, expected) =>
    attack(async (it) => expect(await outcome(it, method, params)).toBe(expected), { isRaw: true }),
  );

  test("notifications, and nothing else for a while", () =>
    attack(
      (it) => {
        for (const method of ["initialized", "cancelled", "progress", "roots/list_changed"]) {
          it.bridge.send({ method: `notifications/${method}` });
        }
      },
      { isRaw: true },
    ));

  test("the end of input at once", () =>
    attack((it) => void it.bridge.process.stdin?.end(), { isRaw: true, isEnding: true }));
});

describe.skipIf(IS_MODERN)("initialize", () => {
  test.each([
    ["2024-10-07", "2024-10-07"],
    ["2024-11-05", "2024-11-05"],
    ["2025-03-26", "2025-03-26"],
    ["2025-06-18", "2025-06-18"],
    [NEWEST, NEWEST],
    ["2026-07-28", NEWEST],
    ["1999-01-01", NEWEST],
    ["", NEWEST],
    ["__proto__", NEWEST],
    ["\ud800", NEWEST],
  ])("version %j is answered with %s", (version, expected) =>
    attack(
      async (it) => {
        it.ask(1, "initialize", hello(version));
        expect((await it.bridge.answer(1)).result?.["protocolVersion"]).toBe(expected);
      },
      { isRaw: true },
    ),
  );

  test("twice, and once more between calls", () =>
    attack(async (it) => {
      it.ask(1, "initialize", hello("2024-11-05"));
      it.ask(2, "initialize", hello(NEWEST));
      it.call(3, "codex", { prompt: "x" });
      it.ask(4, "initialize", hello("2025-03-26"));
      expect((await it.bridge.answer(3)).result?.["isError"]).toBeUndefined();
      expect((await it.bridge.answer(4)).result?.["protocolVersion"]).toBe("2025-03-26");
    }));

  test.each<[string, unknown]>([
    ["no params", undefined],
    ["no members", {}],
    ["version a number", hello(20251125)],
    ["version null", hello(null)],
    ["capabilities a text", { ...hello(NEWEST), capabilities: "all" }],
    ["clientInfo missing", { protocolVersion: NEWEST, capabilities: {} }],
    ["clientInfo a list", { ...hello(NEWEST), clientInfo: [] }],
  ])("%s is refused, and the next is taken", (_name, params) =>
    attack(
      async (it) => {
        expect(await outcome(it, "initialize", params)).toBe(INVALID_PARAMS);
        it.ask(2, "initialize", hello(NEWEST));
        expect((await it.bridge.answer(2)).result?.["protocolVersion"]).toBe(NEWEST);
      },
      { isRaw: true },
    ),
  );
});

describe("envelopes", () => {
  test.each<[string, Record<string, unknown>, number | string]>([
    ["the new version", toEnvelope(), "result"],
    ["a version to come", toEnvelope({}, "2099-01-01"), UNSUPPORTED],
    ["a version of the old era", toEnvelope({}, NEWEST), UNSUPPORTED],
    ["a version of 9 MB", toEnvelope({}, "9".repeat(9_000_000)), UNSUPPORTED],
    ["half of a surrogate pair as version", toEnvelope({}, "\ud800"), UNSUPPORTED],
    ["version null", toEnvelope({}, null), INVALID_PARAMS],
    ["version a list", toEnvelope({}, ["2026-07-28"]), INVALID_PARAMS],
    ["capabilities null", toEnvelope(null), INVALID_PARAMS],
    ["capabilities a text", toEnvelope("all"), INVALID_PARAMS],
    ["capabilities that nobody knows", toEnvelope({ x: [{}], extensions: { y: { z: 1 } } }), "result"],
    ["extensions a list", toEnvelope({ extensions: [] }), INVALID_PARAMS],
  ])("%s", (_name, _meta, expected) =>
    attack(async (it) => {
      expect(await outcome(it, "tools/list", { _meta })).toBe(expected);
      expect(it.bridge.stderr().length).toBeLessThan(100_000);
    }),
  );

  test("of both eras in one breath: each is answered in its own", () =>
    attack(async (it) => {
      const lines = Array.from({ length: 300 }, (_, id) => {
        it.write("", id);
        const params = id % 2 === 0 ? { _meta: toEnvelope() } : {};
        return JSON.stringify({ jsonrpc: "2.0", id, method: "tools/list", params });
      });
      it.write(`${lines.join("\n")}\n`);
      for (const id of lines.keys()) {
        expect((await it.bridge.answer(id)).result?.["resultType"]).toBe(id % 2 === 0 ? "complete" : undefined);
      }
    }));

  test.each([
    ["undeclared", {}, -32_021],
    ["of nobody", { extensions: { "io.modelcontextprotocol/tasks": {} } }, INVALID_PARAMS],
  ])("tasks %s", (_name, capabilities, expected) =>
    attack(async (it) => {
      const ids = [
        "cx-00000000",
        "",
        "../../../etc/passwd",
        "__proto__",
        "x".repeat(9_000_000),
        "\ud800\0",
        5,
        null,
        {},
      ];
      for (const method of ["tasks/get", "tasks/cancel", "tasks/update"]) {
        for (const [at, taskId] of ids.entries()) {
          const params = { taskId, inputResponses: {}, _meta: toEnvelope(capabilities) };
          it.ask(`${method} ${at}`, method, params);
          expect((await it.bridge.answer(`${method} ${at}`)).error?.code).toBe(expected);
        }
      }
      expect(it.bridge.stderr().length).toBeLessThan(100_000);
    }),
  );
});

describe("methods", () => {
  test("that do not exist, or are for others", () =>
    attack(async (it) => {
      const others = [
        "resources/list",
        "prompts/get",
        "logging/setLevel",
        "completion/complete",
        "tasks/list",
        "tasks/result",
      ];
      const methods = [
        ...others,
        ...PROTOTYPE_NAMES,
        "",
        "rpc.discover",
        "notifications/initialized",
        "Ping",
        "tools/list\n",
      ];
      for (const [id, method] of methods.entries()) it.ask(id, method, {});
      for (const id of methods.keys()) expect((await it.bridge.answer(id)).error?.code).toBe(NOT_FOUND);
    }));

  test.each<[string, unknown]>([
    ["a number", { cursor: 5 }],
    ["null", { cursor: null }],
    ["an object", { cursor: {} }],
  ])("tools/list with %s as cursor is refused", (_name, params) =>
    attack(async (it) => expect(await outcome(it, "tools/list", params)).toBe(INVALID_PARAMS)),
  );

  test("3,000 pings and 300 lists at once", () =>
    attack(async (it) => {
      for (let id = 0; id < 3_300; id += 1) it.ask(id, id % 11 === 0 ? "tools/list" : "ping");
      await it.bridge.answer(3_299);
    }));
});

describe("tools/call that is no call", () => {
  test.each<[string, unknown]>([
    ["no params", undefined],
    ["no name", { arguments: { prompt: "x" } }],
    ["name null", { name: null, arguments: { prompt: "x" } }],
    ["name a number", { name: 5, arguments: { prompt: "x" } }],
    ["name a list", { name: ["codex"], arguments: { prompt: "x" } }],
    ["name an object", { name: { toString: "codex" }, arguments: { prompt: "x" } }],
    ["arguments a list", { name: "codex", arguments: [{ prompt: "x" }] }],
    ["arguments a text", { name: "codex", arguments: '{"prompt":"x"}' }],
    ["arguments a number", { name: "codex", arguments: 5 }],
    ["arguments null", { name: "codex", arguments: null }],
    ["arguments true", { name: "codex", arguments: true }],
    ["task a number", { name: "codex", arguments: { prompt: "x" }, task: 5 }],
    ["task with a ttl that is a text", { name: "codex", arguments: { prompt: "x" }, task: { ttl: "long" } }],
    ["another case", { name: "Codex", arguments: { prompt: "x" } }],
    ["a space at the end", { name: "codex ", arguments: { prompt: "x" } }],
    ["a NUL at the end", { name: "codex\0", arguments: { prompt: "x" } }],
    ["an empty name", { name: "", arguments: { prompt: "x" } }],
    ["a name of 1 MB", { name: "n".repeat(1_000_000), arguments: {} }],
    ["half of a surrogate pair", { name: "\udc00", arguments: {} }],
    ["a name whose pairs are cut wherever it is cut", { name: `n${"🎉".repeat(1_000)}`, arguments: {} }],
    ...PROTOTYPE_NAMES.map((name): [string, unknown] => [name, { name, arguments: { prompt: "x" } }]),
  ])("%s", (_name, params) =>
    attack(async (it) => {
      expect(await outcome(it, "tools/call", params)).toBe(INVALID_PARAMS);
      expect(it.countTurns()).toBe(0);
    }),
  );
});
