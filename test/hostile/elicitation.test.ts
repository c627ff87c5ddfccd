// A client that is asked what now and answers as it likes, or does not: the call ends by what was offered, and as unanswered by all else.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "../support/lab.ts";
import type { Message } from "../support/stdio-bridge.ts";
import { type Attack, attack, FAIL } from "./attack.ts";

const INVALID_PARAMS = -32_602;
const folder = mkdtempSync("/var/tmp/codex-bridge-test-");
const rules = join(folder, "rules.json");
const options = { isRaw: true, env: { DELEGATION_RULES: rules } };

// Two failures, then the user.
beforeAll(() => {
  const shipped = JSON.parse(readFileSync(join(import.meta.dirname, "../../delegation-rules.json"), "utf8"));
  const [policy] = shipped.routing_config.escalation_policies;
  policy.escalation_path = [{ step: 1, agent: "human_intervention", strategy: "alert" }];
  writeFileSync(rules, JSON.stringify(shipped));
});
afterAll(() => rmSync(folder, { recursive: true }));

const hello = (capabilities: unknown) => ({
  protocolVersion: "2025-11-25",
  capabilities,
  clientInfo: { name: "x", version: "1" },
});

function listQuestions({ bridge }: Attack): Message[] {
  return bridge.messages.filter(({ method }) => method === "elicitation/create");
}

const route = (it: Attack, id: string | number): void =>
  it.call(id, "route_task", { task: `Optimise parser ${id}: profile it. ${FAIL}`, mode: "run" });

/** Has the bridge ask; gives the id of the question. */
async function provoke(it: Attack, id: string | number = "call"): Promise<number> {
  const before = listQuestions(it).length;
  route(it, id);
  await until("the user is asked", () => listQuestions(it).length > before, 10_000);
  return listQuestions(it).at(-1)?.id as number;
}

async function shake(it: Attack, capabilities: unknown = { elicitation: {} }): Promise<void> {
  it.ask("hello", "initialize", hello(capabilities));
  await it.bridge.answer("hello");
}

async function outcome(it: Attack, id: string | number = "call"): Promise<unknown> {
  const structured = (await it.bridge.answer(id)).result?.["structuredContent"] as Record<string, unknown>;
  return structured["outcome"];
}

const answer = (id: unknown, members: string): string => `{"jsonrpc":"2.0","id":${JSON.stringify(id)},${members}}\n`;
const accept = (content: string): string => `"result":{"action":"accept","content":${content}}`;
const nest = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
const STOP = accept('{"decision":"stop"}');

describe("an answer", () => {
  test.each<[string, string, string]>([
    ["that was offered", accept('{"decision":"claude"}'), "handed_back"],
    ["that declines", '"result":{"action":"decline"}', "failed"],
    ["that closes the form", '"result":{"action":"cancel"}', "needs_human"],
    ["with members that nobody asked for", accept('{"decision":"claude","__proto__":{"a":1},"x":null}'), "handed_back"],
    ["with members that JSON-RPC does not know", `"trace":1,${STOP}`, "failed"],
    ["with a task, which the SDK would keep", `"result":{"action":"decline","task":{"taskId":"t"}}`, "failed"],
    ["that declines with nonsense", '"result":{"action":"decline","content":[1]}', "failed"],
    ["that is empty", '"result":{}', "needs_human"],
    ["whose action is a number", '"result":{"action":1,"content":{"decision":"stop"}}', "needs_human"],
    ["whose action is an object", '"result":{"action":{"toString":"accept"}}', "needs_human"],
    ["whose action is unknown", '"result":{"action":"Accept","content":{"decision":"stop"}}', "needs_human"],
    ["whose action comes from a prototype", '"result":{"__proto__":{"action":"decline"}}', "needs_human"],
    ["whose content is missing", '"result":{"action":"accept"}', "needs_human"],
    ["whose content is null", accept("null"), "needs_human"],
    ["whose content is a text", accept('"stop"'), "needs_human"],
    ["whose content is a list", accept('["stop"]'), "needs_human"],
    ["whose content is a number", accept("5"), "needs_human"],
    ["whose decision was not offered", accept('{"decision":"all"}'), "needs_human"],
    ["whose decision is a list of one", accept('{"decision":["stop"]}'), "needs_human"],
    ["whose decision is null", accept('{"decision":null}'), "needs_human"],
    ["whose decision is a name of JavaScript's own", accept('{"decision":"__proto__"}'), "needs_human"],
    ["whose decision comes from a prototype", accept('{"__proto__":{"decision":"stop"}}'), "needs_human"],
    ["with a NUL in the decision", accept('{"decision":"stop\\u0000"}'), "needs_human"],
    ["with half of a surrogate pair", accept('{"decision":"\\ud800","\\udc00":"\\ud800"}'), "needs_human"],
    ["of 9 MB", accept(`{"decision":"${"x".repeat(9_000_000)}"}`), "needs_human"],
    [
      "with a million odd members",
      accept(`{${Array.from({ length: 1_000_000 }, (_, at) => `"${at}":null`)}}`),
      "needs_human",
    ],
    ["that is nested to 100,000", accept(`{"decision":${nest(100_000)}}`), "needs_human"],
    ["that is a text", '"result":"accept"', "needs_human"],
    ["that is null", '"result":null', "needs_human"],
    ["that is a list", '"result":[]', "needs_human"],
    ["whose _meta cannot be read", '"result":{"_meta":5,"action":"decline"}', "needs_human"],
    ["that is an error", '"error":{"code":-32601,"message":"no forms"}', "needs_human"],
    ["that is an error of 9 MB", `"error":{"code":1,"message":"${"x".repeat(9_000_000)}"}`, "needs_human"],
    [
      "that is an error with data of 9 MB",
      `"error":{"code":1,"message":"","data":["${"x".repeat(9_000_000)}"]}`,
      "needs_human",
    ],
    [
      "that is an error with data nested to 100,000",
      `"error":{"code":1,"message":"","data":${nest(100_000)}}`,
      "needs_human",
    ],
    ["that is the error of a link", '"error":{"code":-32042,"message":"","data":{"elicitations":5}}', "needs_human"],
    ["that is an error without a code", '"error":{"message":"no"}', "needs_human"],
    ["that is an error whose code is a text", '"error":{"code":"no","message":"no"}', "needs_human"],
    ["that is an error and a text", '"error":"no"', "needs_human"],
    ["that is an error and null", '"error":null', "needs_human"],
    ["that is a result and an error", `${STOP},"error":{"code":1,"message":"x"}`, "needs_human"],
  ])("%s", (_name, members, expected) =>
    attack(async (it) => {
      await shake(it);
      it.write(answer(await provoke(it), members));
      expect(await outcome(it)).toBe(expected);
      expect(it.bridge.stderr().length).toBeLessThan(100_000);
    }, options),
  );

  test("of another version of JSON-RPC", () =>
    attack(async (it) => {
      await shake(it);
      it.write(`{"jsonrpc":"1.0","id":${await provoke(it)},${STOP}}\n`);
      expect(await outcome(it)).toBe("needs_human");
    }, options));

  test("to another id is none", () =>
    attack(async (it) => {
      await shake(it);
      const id = await provoke(it);
      for (const other of [id + 1, -1, "", " ", `0${id}`, "0x0", null, [id], { id }, 0.5, true, "call", "hello"]) {
        it.write(answer(other, accept('{"decision":"claude"}')));
      }
      it.write(`{"jsonrpc":"2.0",${STOP}}\n`);
      it.ask("round trip", "ping");
      await it.bridge.answer("round trip");
      expect(it.answers("call")).toEqual([]);
      it.write(answer(id, STOP));
      expect(await outcome(it)).toBe("failed");
    }, options));

  test("that comes twice counts once", () =>
    attack(async (it) => {
      await shake(it);
      const id = await provoke(it);
      it.write(
        answer(id, STOP) + answer(id, accept('{"decision":"claude"}')) + answer(id, accept("9".repeat(9_000_000))),
      );
      expect(await outcome(it)).toBe("failed");
      expect(it.bridge.stderr().length).toBeLessThan(100_000);
    }, options));

  test("to each of two questions, in the other order", () =>
    attack(async (it) => {
      await shake(it);
      const first = await provoke(it, 1);
      const second = await provoke(it, 2);
      it.write(answer(second, STOP) + answer(first, accept('{"decision":"claude"}')));
      expect([await outcome(it, 1), await outcome(it, 2)]).toEqual(["handed_back", "failed"]);
    }, options));

  test("that wants another try 20 times over", () =>
    attack(async (it) => {
      await shake(it);
      let id = await provoke(it);
      for (let again = 1; again <= 20; again += 1) {
        it.write(answer(id, accept('{"decision":"retry"}')));
        await until("the user is asked again", () => listQuestions(it).length > again, 10_000);
        id = listQuestions(it).at(-1)?.id as number;
      }
      it.write(answer(id, STOP));
      expect(await outcome(it)).toBe("failed");
      expect(it.countTurns()).toBe(22);
    }, options));

  test("that comes while the client leaves 26 MB of other answers unread", () =>
    attack(async (it) => {
      await shake(it);
      const id = await provoke(it);
      it.bridge.process.stdout?.pause();
      for (let list = 0; list < 3_000; list += 1) it.ask(list, "tools/list");
      it.write(answer(id, accept('{"decision":"retry"}')));
      await until("it is tried again", () => it.countTurns() === 3, 10_000);
      it.bridge.process.stdout?.resume();
      await until("the user is asked again", () => listQuestions(it).length === 2, 10_000);
      it.write(answer(listQuestions(it)[1]?.id, STOP));
      expect(await outcome(it)).toBe("failed");
    }, options));
});

describe("no answer", () => {
  test("a cancel of the call takes the question back; an answer after it is none", () =>
    attack(async (it) => {
      await shake(it);
      const id = await provoke(it);
      it.cancel("call");
      const isTakenBack = ({ method, params }: Message): boolean =>
        method === "notifications/cancelled" && params?.["requestId"] === id;
      await until("the question is taken back", () => it.bridge.messages.some(isTakenBack));
      it.write(answer(id, STOP) + answer(id, '"error":5'));
      it.ask("round trip", "ping");
      await it.bridge.answer("round trip");
      expect(it.answers("call")).toEqual([]);
      it.write(answer(await provoke(it, "next"), STOP));
      expect(await outcome(it, "next")).toBe("failed");
    }, options));

  test("a cancel of the question is the client's own affair", () =>
    attack(async (it) => {
      await shake(it);
      const id = await provoke(it);
      it.bridge.send({ method: "notifications/cancelled", params: { requestId: id } });
      it.bridge.send({ method: "notifications/progress", params: { progressToken: id, progress: 1 } });
      it.write(answer(id, STOP));
      expect(await outcome(it)).toBe("failed");
    }, options));

  test.each<[string, (it: Attack) => void]>([
    ["EOF", (it) => void it.bridge.process.stdin?.end()],
    ["EPIPE", (it) => void it.bridge.process.stdout?.destroy()],
    ["SIGTERM", (it) => void it.bridge.process.kill("SIGTERM")],
  ])("%s is the end", (_name, end) =>
    attack(
      async (it) => {
        await shake(it);
        await provoke(it);
        end(it);
        it.ask("late", "ping");
      },
      { ...options, isEnding: true },
    ),
  );
});

describe("capabilities", () => {
  test.each<[string, string, boolean]>([
    ["forms by an empty object", '{"elicitation":{}}', true],
    ["forms by name", '{"elicitation":{"form":{}}}', true],
    ["forms and links", '{"elicitation":{"form":{"applyDefaults":true},"url":{}}}', true],
    ["forms, and members that nobody knows", '{"elicitation":{"form":{"x":[]}},"x":5,"__proto__":{"a":1}}', true],
    ["links only", '{"elicitation":{"url":{}}}', false],
    ["a kind that nobody knows", '{"elicitation":{"voice":{}}}', false],
    ["forms by way of a prototype", '{"__proto__":{"elicitation":{"form":{}}}}', false],
    ["forms by way of an inner prototype", '{"elicitation":{"__proto__":{"form":{}}}}', false],
  ])("%s", (_name, capabilities, isAsked) =>
    attack(async (it) => {
      await shake(it, JSON.parse(capabilities));
      if (isAsked) it.write(answer(await provoke(it), STOP));
      else route(it, "call");
      expect(await outcome(it)).toBe(isAsked ? "failed" : "needs_human");
      expect(listQuestions(it)).toHaveLength(isAsked ? 1 : 0);
    }, options),
  );

  test.each([
    ["true", '{"elicitation":true}'],
    ["null", '{"elicitation":null}'],
    ["a list", '{"elicitation":[]}'],
    ["a text", '{"elicitation":"form"}'],
    ["form null", '{"elicitation":{"form":null}}'],
    ["form true", '{"elicitation":{"form":true}}'],
    ["form a list", '{"elicitation":{"form":[]}}'],
    ["a default that is no switch", '{"elicitation":{"form":{"applyDefaults":"yes"}}}'],
    ["all of them a list", "[]"],
  ])("elicitation %s is refused, and nobody is asked", (_name, capabilities) =>
    attack(async (it) => {
      it.ask("hello", "initialize", hello(JSON.parse(capabilities)));
      expect((await it.bridge.answer("hello")).error?.code).toBe(INVALID_PARAMS);
      route(it, "call");
      expect(await outcome(it)).toBe("needs_human");
      expect(listQuestions(it)).toEqual([]);
    }, options),
  );
});
