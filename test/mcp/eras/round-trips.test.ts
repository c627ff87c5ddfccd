// Questions in the new era: the answer to a call asks, and the next request of the call brings the answer.
import { describe, expect, test, vi } from "vitest";
import type { CallContext, ChoiceAnswer } from "../../../src/delegation/requests.ts";
import { openWire, say, type Wire } from "../../support/wire.ts";

const FORMS = { elicitation: {} };
const BOTH = { elicitation: {}, roots: {} };
const CALL = { name: "t", arguments: { a: 1 } };
const CHOICES = [
  { id: "a", title: "First" },
  { id: "b", title: "Second" },
];
const question = (timeoutMs = 5_000, message = "Which?") => ({ message, choices: CHOICES, timeoutMs });
const accept = (decision: unknown) => ({ action: "accept", content: { decision } });
const tell = (answer: ChoiceAnswer | undefined) =>
  say(answer?.kind === "chosen" ? answer.id : (answer?.kind ?? "cannot ask"));
const askOnce = (wait?: number) => openWire(async ({ askUser }) => tell(await askUser?.(question(wait))));

interface Asked {
  readonly requestState: string;
  readonly inputRequests: Record<string, { method: string; params: Record<string, unknown> }>;
}

/** The question that a request is answered with. */
async function readQuestion(wire: Wire, id: number): Promise<Asked> {
  const { result } = await wire.answer(id);
  expect(result).toMatchObject({ resultType: "input_required" });
  return result as unknown as Asked;
}

/** Brings answers with a new request of the same call. */
function bring(wire: Wire, id: number, { requestState }: Asked, inputResponses: Record<string, unknown>): void {
  wire.ask(id, "tools/call", { ...CALL, requestState, inputResponses }, BOTH);
}

const readText = async (wire: Wire, id: number): Promise<unknown> => {
  const [block] = ((await wire.answer(id)).result?.["content"] ?? []) as { text: string }[];
  return block?.text;
};

describe("a question", () => {
  test("ends the request, and its answer ends the call", async () => {
    const wire = await askOnce();
    wire.ask(1, "tools/call", CALL, FORMS);
    const asked = await readQuestion(wire, 1);
    const [key = ""] = Object.keys(asked.inputRequests);
    expect(asked.inputRequests[key]).toMatchObject({
      method: "elicitation/create",
      params: { mode: "form", message: "Which?", requestedSchema: { required: ["decision"] } },
    });
    expect(asked.requestState.length).toBeGreaterThan(20);
    bring(wire, 2, asked, { [key]: accept("b") });
    expect((await wire.answer(2)).result).toMatchObject({ resultType: "complete", content: [{ text: "b" }] });
  });

  test.each<[string, unknown, string]>([
    ["a refusal", { action: "decline" }, "declined"],
    ["a closed form", { action: "cancel" }, "unanswered"],
    ["what was not offered", accept("c"), "unanswered"],
    ["nonsense", 5, "unanswered"],
    ["null", null, "unanswered"],
  ])("is answered by %s", async (_name, response, expected) => {
    const wire = await askOnce();
    wire.ask(1, "tools/call", CALL, FORMS);
    bring(wire, 2, await readQuestion(wire, 1), { q1: response });
    expect(await readText(wire, 2)).toBe(expected);
  });

  test("without an answer is put again, under the same key and another state", async () => {
    const wire = await askOnce();
    wire.ask(1, "tools/call", CALL, FORMS);
    const first = await readQuestion(wire, 1);
    bring(wire, 2, first, JSON.parse('{"__proto__":{"q1":{"action":"decline"}},"other":1}'));
    const second = await readQuestion(wire, 2);
    expect(second.inputRequests).toEqual(first.inputRequests);
    expect(second.requestState).not.toBe(first.requestState);
    bring(wire, 3, second, { q1: accept("a") });
    expect(await readText(wire, 3)).toBe("a");
  });

  test("that nobody answers in time is unanswered; whoever comes later gets the result", async () => {
    const wire = await askOnce(30);
    wire.ask(1, "tools/call", CALL, FORMS);
    const asked = await readQuestion(wire, 1);
    await new Promise((resolve) => setTimeout(resolve, 60));
    bring(wire, 2, asked, { q1: accept("a") });
    expect(await readText(wire, 2)).toBe("unanswered");
  });

  test("cannot be put to a client without forms", async () => {
    const wire = await askOnce();
    wire.ask(1, "tools/call", CALL, { elicitation: { url: {} } });
    expect(await readText(wire, 1)).toBe("cannot ask");
  });

  test("with a long text goes on in the field, in one line: Claude Code shows a line break there as a broken character", async () => {
    const text = Array.from({ length: 20 }, (_, at) => `line ${at} \ud800`).join("\n");
    const wire = await openWire(async ({ askUser }) => tell(await askUser?.(question(5_000, text))));
    wire.ask(1, "tools/call", CALL, FORMS);
    const { inputRequests } = await readQuestion(wire, 1);
    const rest = text.toWellFormed().split("\n").slice(3).join(" ");
    expect(inputRequests["q1"]?.params).toMatchObject({
      message: "line 0 \ufffd\nline 1 \ufffd\nline 2 \ufffd …",
      requestedSchema: { properties: { decision: { description: `… ${rest}` } } },
    });
  });

  test("beside another one travels with it, and both are answered at once", async () => {
    const wire = await openWire(async ({ askUser, listRoots }) => {
      const [answer, roots] = await Promise.all([askUser?.(question()), listRoots?.()]);
      return say(`${answer?.kind} ${roots}`);
    });
    wire.ask(1, "tools/call", CALL, BOTH);
    const asked = await readQuestion(wire, 1);
    expect(Object.values(asked.inputRequests).map(({ method }) => method)).toEqual([
      "elicitation/create",
      "roots/list",
    ]);
    bring(wire, 2, asked, { q1: accept("a"), q2: { roots: [{ uri: "file:///work" }, { uri: "http://x" }] } });
    expect(await readText(wire, 2)).toBe("chosen /work");
  });

  test("after the answer, by work that goes on, is unanswered at once", async () => {
    let late: Promise<unknown> = Promise.resolve();
    const wire = await openWire(async ({ askUser, listRoots }) => {
      late = new Promise((resolve) => setTimeout(resolve, 20)).then(() =>
        Promise.all([askUser?.(question()), listRoots?.()]),
      );
      return say("started");
    });
    wire.ask(1, "tools/call", CALL, BOTH);
    expect(await readText(wire, 1)).toBe("started");
    expect(await late).toEqual([{ kind: "unanswered" }, undefined]);
  });

  test("is put ten times in a call, and no more", async () => {
    const kinds: unknown[] = [];
    const wire = await openWire(async ({ askUser }) => {
      for (let count = 0; count < 12; count += 1) kinds.push((await askUser?.(question()))?.kind);
      return say("over");
    });
    wire.ask(0, "tools/call", CALL, FORMS);
    for (let round = 1; round <= 10; round += 1) {
      bring(wire, round, await readQuestion(wire, round - 1), { [`q${round}`]: accept("a") });
    }
    expect(await readText(wire, 10)).toBe("over");
    expect(kinds).toEqual([...Array(10).fill("chosen"), "unanswered", "unanswered"]);
  });
});

describe("a state", () => {
  test("counts once", async () => {
    const wire = await askOnce();
    wire.ask(1, "tools/call", CALL, FORMS);
    const asked = await readQuestion(wire, 1);
    bring(wire, 2, asked, { q1: accept("a") });
    bring(wire, 3, asked, { q1: accept("b") });
    expect(await readText(wire, 2)).toBe("a");
    expect((await wire.answer(3)).error).toMatchObject({
      code: -32_602,
      message: expect.stringContaining("again without it"),
    });
  });

  test("is good for its own tool only, and not used up by another", async () => {
    const wire = await askOnce();
    wire.ask(1, "tools/call", CALL, FORMS);
    const asked = await readQuestion(wire, 1);
    wire.ask(2, "tools/call", { name: "other", requestState: asked.requestState, inputResponses: {} }, FORMS);
    expect((await wire.answer(2)).error?.code).toBe(-32_602);
    bring(wire, 3, asked, { q1: accept("a") });
    expect(await readText(wire, 3)).toBe("a");
  });
});

describe("the end", () => {
  /** A tool that asks, and then works until its signal aborts. */
  async function openEndless() {
    let call: CallContext | undefined;
    const wire = await openWire(async (context) => {
      call = context;
      await context.askUser?.(question());
      context.report("at work");
      await new Promise((resolve) => context.signal.addEventListener("abort", resolve));
      return say("late");
    });
    return { wire, isAborted: () => call?.signal.aborted === true, report: (text: string) => call?.report(text) };
  }

  test("a cancel of the request that brought the answer ends the call, and nothing is sent for it", async () => {
    const { wire, isAborted, report } = await openEndless();
    wire.ask(1, "tools/call", CALL, FORMS, { progressToken: "one" });
    const asked = await readQuestion(wire, 1);
    wire.receive({ method: "notifications/cancelled", params: { requestId: 1 } });
    expect(isAborted()).toBe(false);
    wire.ask(
      2,
      "tools/call",
      { ...CALL, requestState: asked.requestState, inputResponses: { q1: accept("a") } },
      FORMS,
      {
        progressToken: "two",
      },
    );
    await vi.waitFor(() =>
      expect(wire.sent.at(-1)?.params).toMatchObject({ progressToken: "two", message: "at work" }),
    );
    const before = wire.sent.length;
    wire.receive({ method: "notifications/cancelled", params: { requestId: 2 } });
    expect(isAborted()).toBe(true);
    report("more");
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(wire.sent).toHaveLength(before);
  });

  test("of the connection ends a call whose question is open", async () => {
    const { wire, isAborted } = await openEndless();
    wire.ask(1, "tools/call", CALL, FORMS);
    await readQuestion(wire, 1);
    wire.end();
    expect(isAborted()).toBe(true);
  });

  test("of the connection ends a call whose request is open", async () => {
    const { wire, isAborted } = await openEndless();
    wire.ask(1, "tools/call", CALL);
    await vi.waitFor(() => expect(isAborted()).toBe(false));
    wire.end();
    expect(isAborted()).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(wire.sent).toEqual([]);
  });

  test("comes to a call whose client stays away, after its questions had their time", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    try {
      const { wire, isAborted } = await openEndless();
      wire.ask(1, "tools/call", CALL, FORMS);
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
      expect(wire.sent).toHaveLength(1);
      await vi.advanceTimersByTimeAsync(600_000);
      expect(isAborted()).toBe(false);
      await vi.advanceTimersByTimeAsync(5_001);
      expect(isAborted()).toBe(true);
      const { requestState } = wire.sent[0]!.result as { requestState: string };
      wire.ask(2, "tools/call", { ...CALL, requestState, inputResponses: {} }, FORMS);
      await new Promise((resolve) => setImmediate(resolve));
      expect(wire.sent[1]?.error?.code).toBe(-32_602);
    } finally {
      vi.useRealTimers();
    }
  });
});
