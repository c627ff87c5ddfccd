// `expect` with the real Codex CLI: the final message is checked, and corrected once on its thread.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import type { StandInRequest } from "../../src/setup/demo/responses-standin.ts";
import { test as labTest } from "../support/fixture.ts";
import { holdThenSay, type Lab, type Respond, say, until } from "../support/lab.ts";
import { resetNow } from "../support/parked-jobs.ts";

const test = labTest.extend("lab", async ({ lab }) => {
  lab.writeConfig({ provider: "request_max_retries = 0\nstream_max_retries = 0\n" });
  return lab;
});

const SCHEMA = { type: "object", properties: { n: { type: "number" } }, required: ["n"] };
const CORRECTION = /^Your final message cannot be used: /;
const isCorrection = ({ userTexts }: StandInRequest): boolean => CORRECTION.test(userTexts.at(-1) ?? "");

/** Says `first`, and `then` where a correction is asked for. */
const sayThen =
  (first: string, then: string): Respond =>
  (request) => ({ steps: [{ say: isCorrection(request) ? then : first }] });
const corrections = ({ standIn }: Lab): number => standIn.requests.filter(isCorrection).length;

describe("an answer that fits", () => {
  test("a pattern costs no further turn, and the model was told", async ({ lab, bridge }) => {
    lab.respond(say("VERDICT: ok\nAll good."));
    const { structured, isError } = await bridge.call("codex", {
      prompt: "Look at it",
      expect: "^VERDICT: (ok|bad)\n",
    });
    expect(isError).toBe(false);
    expect(structured).toMatchObject({ content: "VERDICT: ok\nAll good." });
    expect(structured["data"]).toBeUndefined();
    expect(structured["warnings"]).toBeUndefined();
    expect(lab.standIn.requests).toHaveLength(1);
    expect(lab.standIn.requests[0]?.userTexts.at(-1)).toMatch(/^Look at it\n\n.*\^VERDICT: \(ok\|bad\)/);
  });

  test.for(['{"n":1}', '```json\n{"n":1}\n```'])("a schema is given as data: %s", async (answer, { lab, bridge }) => {
    lab.respond(say(answer));
    const { structured } = await bridge.call("codex", { prompt: "x", expect: SCHEMA });
    expect(structured).toMatchObject({ content: answer, data: { n: 1 } });
    expect(lab.standIn.requests).toHaveLength(1);
  });

  test("outputSchema is given as data too", async ({ lab, bridge }) => {
    lab.respond(say('{"n":2}'));
    const { structured } = await bridge.call("codex", { prompt: "x", outputSchema: SCHEMA });
    expect(structured).toMatchObject({ content: '{"n":2}', data: { n: 2 } });
  });

  test("is there whole where it is too long for its data", async ({ lab, bridge }) => {
    const long = JSON.stringify({ n: 1, text: "x".repeat(30_000) });
    lab.respond(say(long));
    const { structured } = await bridge.call("codex", { prompt: "x", expect: SCHEMA });
    expect(structured.content).toBe(long);
    expect(structured["data"]).toBeUndefined();
    expect(String(structured["warnings"])).toMatch(/`data` is left out/);
  });

  test("is judged before its secrets are taken out", async ({ lab, bridge }) => {
    await bridge.restart({ env: { MY_TOKEN: "hunter2hunter2hunter2" } });
    lab.respond(say("hunter2hunter2hunter2"));
    const { structured } = await bridge.call("codex", { prompt: "x", expect: "^hunter2+" });
    expect(structured.content).toBe("[redacted]");
    expect(corrections(lab)).toBe(0);
    expect(String(structured["warnings"])).toContain("does not fit `expect` any more: it does not match /^hunter2+/u");
  });

  test("its data and file are told of where they fit only with their secrets", async ({ lab, bridge }) => {
    await bridge.restart({ env: { MY_TOKEN: "hunter2hunter2hunter2" } });
    lab.respond(say('{"key":"hunter2hunter2hunter2"}'));
    const ask = (length: number) => {
      const expect = { type: "object", properties: { key: { type: "string", minLength: length } }, required: ["key"] };
      return bridge.call("codex", { prompt: "x", expect, outputFile: `out-${length}.json` });
    };
    const [unlike, like] = [await ask(15), await ask(5)];
    expect(unlike.structured).toMatchObject({ data: { key: "[redacted]" } });
    expect(String(unlike.structured["warnings"])).toMatch(/does not fit `expect` any more: answer\/key/);
    expect(readFileSync(join(lab.project, "out-15.json"), "utf8")).toBe('{"key":"[redacted]"}');
    expect(String(like.structured["warnings"])).not.toContain("`expect`");
  });
});

describe("an answer that does not fit", () => {
  test("is corrected once on the same thread, within the call", async ({ lab, bridge }) => {
    lab.respond(sayThen("well, one", '{"n":1}'));
    const { structured, isError } = await bridge.call("codex", { prompt: "x", expect: SCHEMA, sessionId: "mine" });
    expect(isError).toBe(false);
    expect(structured).toMatchObject({ content: '{"n":1}', data: { n: 1 }, sessionId: "mine" });
    expect(structured["warnings"]).toEqual([expect.stringMatching(/did not fit `expect` \(it is not JSON\)/)]);
    expect(lab.standIn.requests).toHaveLength(2);
    expect(lab.standIn.requests[1]?.modelTexts).toEqual(["well, one"]);
    const [one, two] = [lab.standIn.requests[0], lab.standIn.requests[1]];
    expect(one?.userTexts.length).toBeLessThan(two?.userTexts.length ?? 0);
    const next = await bridge.call("codex-reply", { prompt: "y", sessionId: "mine" });
    expect(next.structured.threadId).toBe(structured.threadId);
  });

  test("is an error if it does not fit then either, with the thread and the answer", async ({ lab, bridge }) => {
    lab.respond(sayThen("no", `never ${"x".repeat(2_000)}`));
    const { structured, text, isError } = await bridge.call("codex", { prompt: "x", expect: "^yes$" });
    expect(isError).toBe(true);
    expect(text).toMatch(/^\[INVALID_OUTPUT\] The final message does not fit expect: it does not match \/\^yes\$\/u\./);
    expect(text).toContain('"never xxx');
    expect(structured.threadId).toMatch(/^[\w-]{36}$/);
    const { error } = structured as unknown as { error: { answerFile: string } };
    expect(readFileSync(error.answerFile, "utf8")).toHaveLength(2_006);
    expect(corrections(lab)).toBe(1);
    lab.respond(say("yes"));
    const reply = await bridge.call("codex-reply", { prompt: "y", threadId: structured.threadId, expect: "^yes$" });
    expect(reply.structured.content).toBe("yes");
  });

  test("keeps the changes and receipts of both turns, and sums the tokens", async ({ lab, bridge }) => {
    lab.respond((request) => {
      if (request.toolOutputs.length === 0) return { steps: [{ run: isCorrection(request) ? "touch b" : "touch a" }] };
      return { steps: [{ say: isCorrection(request) ? "yes" : "no" }] };
    });
    const args = { prompt: "x", expect: "^yes$", sandbox: "workspace-write" };
    const { structured } = await bridge.call("codex", args);
    expect(structured.content).toBe("yes");
    expect(structured["receipts"]).toHaveLength(2);
    // Codex 0.120 also leaves a `.codex`.
    expect(structured["changes"]).toEqual(
      expect.arrayContaining(["a", "b"].map((name) => expect.objectContaining({ path: join(lab.project, name) }))),
    );
    expect(structured["commands"]).toMatchObject({ count: 2 });
    const once = await bridge.call("codex-reply", { prompt: "x", threadId: structured.threadId });
    const tokens = ({ usage }: Record<string, unknown>) => (usage as { inputTokens: number }).inputTokens;
    expect(tokens(structured)).toBe(2 * tokens(once.structured));
  });

  test("writes no outputFile, and one that was corrected writes the corrected one", async ({ lab, bridge }) => {
    lab.respond(sayThen("no", "no"));
    const args = { prompt: "x", expect: "^yes$", outputFile: "answer.txt" };
    expect((await bridge.call("codex", args)).isError).toBe(true);
    expect(existsSync(join(lab.project, "answer.txt"))).toBe(false);
    lab.respond(sayThen("no", "yes"));
    expect((await bridge.call("codex", args)).isError).toBe(false);
    expect(readFileSync(join(lab.project, "answer.txt"), "utf8")).toBe("yes");
  });

  test("is known as unknown where the check never ends", async ({ lab, bridge }) => {
    lab.respond(say(`${"a".repeat(40)}!`));
    const { text } = await bridge.call("codex", { prompt: "x", expect: "^(a+)+$" });
    expect(text).toMatch(/^\[INVALID_OUTPUT\] It is not known whether the final message fits expect: .*too long/);
    expect(corrections(lab)).toBe(0);
  });

  test("of outputSchema is corrected where the call expects something", async ({ lab, bridge }) => {
    lab.respond(sayThen("well", '{"n":1}'));
    const { structured } = await bridge.call("codex", { prompt: "x", outputSchema: SCHEMA, expect: '"n":1' });
    expect(structured).toMatchObject({ data: { n: 1 } });
    expect(corrections(lab)).toBe(1);
  });
});

describe("a correction that does not end well keeps the first answer:", () => {
  test("a cancel", async ({ lab, bridge }) => {
    const stop = new AbortController();
    lab.respond((request) => {
      if (!isCorrection(request)) return { steps: [{ say: "the first answer" }] };
      stop.abort();
      return new Promise(() => {});
    });
    const args = { prompt: "x", expect: "^yes$", background: true };
    const { structured } = await bridge.call("codex", args);
    await until("the correction", () => stop.signal.aborted);
    await bridge.call("agent_job_control", { action: "cancel", jobId: structured["jobId"] });
    const ended = await bridge.call("agent_job", { action: "wait", jobIds: [structured["jobId"]] });
    expect(ended.text).toMatch(/\[CANCELLED\]/);
    expect(ended.text).toContain("the first answer");
  });

  test("a usage limit", async ({ lab, bridge }) => {
    const resets_at = Math.floor(Date.now() / 1_000) + 3_600;
    const body = { error: { type: "usage_limit_reached", message: "x", plan_type: "plus", resets_at } };
    lab.respond((request) =>
      isCorrection(request) ? { error: { status: 429, body } } : { steps: [{ say: "the first answer" }] },
    );
    const failed = await bridge.call("codex", { prompt: "x", expect: "^yes$" });
    expect(failed.text).toMatch(/^\[USAGE_LIMIT\]/);
    expect(failed.text).toContain("the first answer");
    const { structured } = await bridge.call("codex", { prompt: "x", expect: "^yes$", onQuota: "wait" });
    lab.respond(say("yes"));
    await resetNow(lab, bridge);
    const ended = await bridge.call("agent_job", { action: "wait", jobIds: [structured["jobId"]] });
    expect(ended.structured).toMatchObject({ state: "completed", content: "yes" });
    expect(lab.standIn.requests.at(-1)?.userTexts.at(-1)).toMatch(/^A usage limit stopped.*\^yes\$/s);
  });

  test("a provider that fails", async ({ lab, bridge }) => {
    lab.respond((request) =>
      isCorrection(request)
        ? { error: { status: 400, body: { error: { message: "odd" } } } }
        : { steps: [{ say: "the first answer" }] },
    );
    const { text, structured } = await bridge.call("codex", { prompt: "x", expect: "^yes$" });
    expect(text).toMatch(/does not fit expect: it does not match/);
    expect(text).toContain("the first answer");
    expect(structured.threadId).toMatch(/^[\w-]{36}$/);
  });
});

test("another turn that waits for the thread and for the only slot holds nobody up", async ({ lab, bridge }) => {
  await bridge.restart({ env: { BRIDGE_MAX_TURNS: "1" } });
  const { respond, goOn } = holdThenSay("no");
  lab.respond(respond);
  const told: string[] = [];
  const first = bridge.call("codex", { prompt: "x", expect: "^yes$", sessionId: "mine" });
  await until("the turn", () => lab.standIn.requests.length > 0);
  const second = bridge.call(
    "codex-reply",
    { prompt: "y", sessionId: "mine" },
    { onProgress: (line) => told.push(line) },
  );
  await until("the wait", () => told.some((line) => line.includes("Waiting for 1 earlier turn")));
  goOn();
  expect((await first).text).toMatch(
    /^\[INVALID_OUTPUT\] .*It was not corrected: A turn or another call of this session works on this/,
  );
  expect((await second).text).toBe("no");
});

describe("nothing is started", () => {
  test.for<[string, unknown, RegExp]>([
    ["a pattern that is none", "(", /expect cannot be used: it is no regular expression .*: Unterminated group/],
    ["an empty pattern", "", /`expect` must have at least 1 character/],
    ["a pattern whose groups nest too deep", `${"(".repeat(2_500)}a${")*".repeat(2_500)}`, /nest 2500 deep/],
    ["a schema that is none", { type: "nonsense" }, /expect cannot be used: .*type/],
    ["a list", ["a"], /`expect` must be a regular expression/],
  ])("for %s", async ([, expected, words], { lab, bridge }) => {
    const { text } = await bridge.call("codex", { prompt: "x", expect: expected });
    expect(text).toMatch(/^\[INVALID_ARGUMENT\] /);
    expect(text).toMatch(words);
    expect(lab.standIn.requests).toHaveLength(0);
  });
});

test("each of several prompts is checked and corrected", async ({ lab, bridge }) => {
  lab.respond((request) => ({
    steps: [{ say: isCorrection(request) && !request.userTexts.some((text) => text.startsWith("two")) ? "yes" : "no" }],
  }));
  const { structured } = await bridge.call("codex", { prompts: ["one", "two"], expect: "^yes$" });
  expect(structured).toMatchObject({
    results: [{ content: "yes" }, { content: expect.stringContaining('"no"'), error: { code: "INVALID_OUTPUT" } }],
  });
});

describe("route_task", () => {
  const TASK = "Run the failing test suite and fix it";

  test("counts an answer that does not fit as a failed attempt", async ({ lab, bridge }) => {
    lab.respond(say("no"));
    const { structured } = await bridge.call("route_task", { task: TASK, mode: "run", expect: "^yes$" });
    const attempts = structured["attempts"] as { code: string; outcome: string }[];
    expect(attempts.slice(0, 2)).toMatchObject([
      { outcome: "failed", code: "INVALID_OUTPUT" },
      { outcome: "failed", code: "INVALID_OUTPUT" },
    ]);
    expect(structured["outcome"]).toMatch(/handed_back|needs_human/);
  });

  test("gives the answer of the attempt that fits", async ({ lab, bridge }) => {
    lab.respond(sayThen("no", '{"n":3}'));
    const { structured } = await bridge.call("route_task", { task: TASK, mode: "run", expect: SCHEMA });
    expect(structured).toMatchObject({ outcome: "completed", data: { n: 3 }, attempts: [{ outcome: "completed" }] });
  });
});
