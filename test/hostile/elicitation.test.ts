// A client that is asked what now and answers as it likes, or does not: the call ends by what was offered, and as unanswered by all else.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "../support/lab.ts";
import type { Message } from "../support/stdio-bridge.ts";
import { type Attack, attack } from "./attack.ts";
import { IS_MODERN, listQuestions, nextQuestion, provoke, reply, route, shake } from "./questions.ts";

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

async function outcome(it: Attack, id: string | number = "call"): Promise<unknown> {
  const structured = (await it.bridge.answer(id)).result?.["structuredContent"] as Record<string, unknown>;
  return structured["outcome"];
}

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
  ])("%s", (_name, members, expected) =>
    attack(async (it) => {
      await shake(it);
      const id = reply(it, await provoke(it), members);
      expect(await outcome(it, id)).toBe(expected);
      expect(it.bridge.stderr().length).toBeLessThan(100_000);
    }, options),
  );

  // Of the old era only: in the new one an answer is no response, and has no error.
  test.skipIf(IS_MODERN).each<[string, string, string]>([
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
      const id = reply(it, await provoke(it), members);
      expect(await outcome(it, id)).toBe(expected);
      expect(it.bridge.stderr().length).toBeLessThan(100_000);
    }, options),
  );

  test.skipIf(IS_MODERN)("of another version of JSON-RPC", () =>
    attack(async (it) => {
      await shake(it);
      const { id } = await provoke(it);
      it.write(`{"jsonrpc":"1.0","id":${id},${STOP}}\n`);
      expect(await outcome(it)).toBe("needs_human");
    }, options),
  );

  test.skipIf(IS_MODERN)("to another id is none", () =>
    attack(async (it) => {
      await shake(it);
      const question = await provoke(it);
      const { id } = question;
      for (const other of [
        Number(id) + 1,
        -1,
        "",
        " ",
        `0${id}`,
        "0x0",
        null,
        [id],
        { id },
        0.5,
        true,
        "call",
        "hello",
      ]) {
        it.write(`{"jsonrpc":"2.0","id":${JSON.stringify(other)},${accept('{"decision":"claude"}')}}\n`);
      }
      it.write(`{"jsonrpc":"2.0",${STOP}}\n`);
      it.ask("round trip", "ping");
      await it.bridge.answer("round trip");
      expect(it.answers("call")).toEqual([]);
      reply(it, question, STOP);
      expect(await outcome(it)).toBe("failed");
    }, options),
  );

  test.runIf(IS_MODERN)("with a state that was not given is refused, and the right one is still good", () =>
    attack(async (it) => {
      await shake(it);
      const question = await provoke(it);
      const { requestState: given } = question;
      for (const requestState of [
        "",
        "x",
        given.slice(1),
        given.toUpperCase(),
        `${given} `,
        "__proto__",
        "\ud800",
        "9".repeat(9_000_000),
      ]) {
        const id = reply(it, { ...question, requestState }, accept('{"decision":"claude"}'));
        expect((await it.bridge.answer(id)).error?.code).toBe(INVALID_PARAMS);
      }
      const params = { name: "codex", arguments: { prompt: "x" }, requestState: given, inputResponses: {} };
      it.ask("another tool", "tools/call", params);
      expect((await it.bridge.answer("another tool")).error?.code).toBe(INVALID_PARAMS);
      expect(await outcome(it, reply(it, question, STOP))).toBe("failed");
      expect(it.bridge.stderr().length).toBeLessThan(100_000);
    }, options),
  );

  test("that comes twice counts once", () =>
    attack(async (it) => {
      await shake(it);
      const question = await provoke(it);
      const first = reply(it, question, STOP);
      const later = ['{"decision":"claude"}', "9".repeat(9_000_000)].map((text) => reply(it, question, accept(text)));
      expect(await outcome(it, first)).toBe("failed");
      for (const id of IS_MODERN ? later : []) expect((await it.bridge.answer(id)).error?.code).toBe(INVALID_PARAMS);
      expect(it.bridge.stderr().length).toBeLessThan(100_000);
    }, options));

  test("to each of two questions, in the other order", () =>
    attack(async (it) => {
      await shake(it);
      const first = await provoke(it, 1);
      const second = await provoke(it, 2);
      const stopped = reply(it, second, STOP);
      const handedBack = reply(it, first, accept('{"decision":"claude"}'));
      expect([await outcome(it, handedBack), await outcome(it, stopped)]).toEqual(["handed_back", "failed"]);
    }, options));

  test.skipIf(IS_MODERN)("that wants another try 20 times over", () =>
    attack(async (it) => {
      await shake(it);
      let question = await provoke(it);
      for (let again = 1; again <= 20; again += 1) {
        reply(it, question, accept('{"decision":"retry"}'));
        question = await nextQuestion(it, "call", again);
      }
      reply(it, question, STOP);
      expect(await outcome(it)).toBe("failed");
      expect(it.countTurns()).toBe(22);
    }, options),
  );

  test.runIf(IS_MODERN).each<[string, Record<string, unknown>]>([
    ["", {}],
    [" by a client that takes tasks", { extensions: { "io.modelcontextprotocol/tasks": {} } }],
  ])("that wants another try ten times over%s: then nobody is asked any more", (_by, more) =>
    attack(async (it) => {
      await shake(it, { elicitation: {}, ...more });
      let question = await provoke(it);
      for (let again = 1; again < 10; again += 1) {
        reply(it, question, accept('{"decision":"retry"}'));
        question = await nextQuestion(it, "call", again);
      }
      expect(await outcome(it, reply(it, question, accept('{"decision":"retry"}')))).toBe("needs_human");
      expect(it.countTurns()).toBe(12);
    }, options),
  );

  // In the new era the answer is a request, and waits with the others.
  test("that comes while the client leaves 26 MB of other answers unread", () =>
    attack(async (it) => {
      await shake(it);
      const question = await provoke(it);
      it.bridge.process.stdout?.pause();
      for (let list = 0; list < 3_000; list += 1) it.ask(list, "tools/list");
      reply(it, question, accept('{"decision":"retry"}'));
      if (!IS_MODERN) await until("it is tried again", () => it.countTurns() === 3, 10_000);
      it.bridge.process.stdout?.resume();
      const again = await nextQuestion(it, "call", 1);
      expect(it.countTurns()).toBe(3);
      expect(await outcome(it, reply(it, again, STOP))).toBe("failed");
    }, options));
});

describe("no answer", () => {
  test.skipIf(IS_MODERN)("a cancel of the call takes the question back; an answer after it is none", () =>
    attack(async (it) => {
      await shake(it);
      const question = await provoke(it);
      it.cancel("call");
      const isTakenBack = ({ method, params }: Message): boolean =>
        method === "notifications/cancelled" && params?.["requestId"] === question.id;
      await until("the question is taken back", () => it.bridge.messages.some(isTakenBack));
      reply(it, question, STOP);
      reply(it, question, '"error":5');
      it.ask("round trip", "ping");
      await it.bridge.answer("round trip");
      expect(it.answers("call")).toEqual([]);
      reply(it, await provoke(it, "next"), STOP);
      expect(await outcome(it, "next")).toBe("failed");
    }, options),
  );

  test.skipIf(IS_MODERN)("a cancel of the question is the client's own affair", () =>
    attack(async (it) => {
      await shake(it);
      const question = await provoke(it);
      it.bridge.send({ method: "notifications/cancelled", params: { requestId: question.id } });
      it.bridge.send({ method: "notifications/progress", params: { progressToken: question.id, progress: 1 } });
      reply(it, question, STOP);
      expect(await outcome(it)).toBe("failed");
    }, options),
  );

  test.runIf(IS_MODERN)("a cancel of the request that was answered with the question is late", () =>
    attack(async (it) => {
      await shake(it);
      const question = await provoke(it);
      it.bridge.send({ method: "notifications/cancelled", params: { requestId: question.id } });
      expect(await outcome(it, reply(it, question, STOP))).toBe("failed");
    }, options),
  );

  test.runIf(IS_MODERN)("a cancel of the request that brought the answer ends the call", () =>
    attack(async (it) => {
      await shake(it);
      const question = await provoke(it);
      const id = reply(it, question, accept('{"decision":"retry"}'));
      it.cancel(id);
      it.ask("round trip", "ping");
      await it.bridge.answer("round trip");
      await until("all of it is gone", () => it.children().length === 0);
      expect(it.answers(id)).toEqual([]);
    }, options),
  );

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
      if (!isAsked) route(it, "call");
      const id = isAsked ? reply(it, await provoke(it), STOP) : "call";
      expect(await outcome(it, id)).toBe(isAsked ? "failed" : "needs_human");
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
      await shake(it, JSON.parse(capabilities));
      expect((await it.bridge.answer("hello")).error?.code).toBe(INVALID_PARAMS);
      route(it, "call");
      if (IS_MODERN) expect((await it.bridge.answer("call")).error?.code).toBe(INVALID_PARAMS);
      else expect(await outcome(it)).toBe("needs_human");
      expect(listQuestions(it)).toEqual([]);
    }, options),
  );
});
