// What becomes of an answer that does not fit: with a runner that says what it is told to.
import { describe, expect, test } from "vitest";
import type { CallContext, TurnAnswer, TurnOptions } from "../../../../src/delegation/requests.ts";
import type { TurnThread } from "../../../../src/delegation/threads/record-keeper.ts";
import { expectAnswer } from "../../../../src/delegation/turns/answers/expect-answer.ts";
import type { DelegationParts } from "../../../../src/delegation/turns/delegation-parts.ts";
import type { AnswerJudge } from "../../../../src/delegation/turns/turn-steps.ts";
import { reportError } from "../../../../src/domain/errors.ts";
import { READ_ONLY, type SandboxPolicy } from "../../../../src/domain/sandbox.ts";
import type { ThreadFrame, ThreadRecord } from "../../../../src/domain/thread.ts";
import type { TurnOutcome } from "../../../../src/domain/turn.ts";
import type { TextVerdict } from "../../../../src/validation/text-checks.ts";

const toFrame = (mode: SandboxPolicy["mode"]): ThreadFrame => ({
  ...{ backend: "codex-exec", cwd: "/p", approvalPolicy: "never", own: {} },
  sandbox: { ...READ_ONLY, mode },
});
const NARROW = toFrame("read-only");
const WIDE = toFrame("workspace-write");
const RECORD: ThreadRecord = { threadId: "t", project: "/p", createdAt: 1, lastUsedAt: 1, turns: 1, frame: NARROW };
const THREAD: TurnThread = { frame: NARROW, sessionId: undefined, record: RECORD };

const say = (content: string): TurnAnswer => ({
  ...{ threadId: "t", content, sandbox: READ_ONLY, sessionId: undefined, cwd: "/p", usage: undefined, changes: [] },
  ...{ refusedCommands: [], hasWorked: true, warnings: [], leftRunning: [], durationMs: 5 },
  commands: { count: 0, failed: 0 },
});

interface Script {
  /** What the turns say, in order. */
  readonly turns: readonly (string | (() => TurnOutcome<TurnAnswer>))[];
  readonly check?: (text: string) => TextVerdict;
  /** Ms that each turn takes. */
  readonly takesMs?: number;
  readonly thread?: TurnThread;
  readonly signal?: AbortSignal;
  /** Numbers of the turns that get messages, from 1. */
  readonly told?: readonly number[];
}

/** Runs a turn that expects `yes`. */
async function run({ turns, check = toVerdict, takesMs = 0, thread = THREAD, signal, told = [] }: Script) {
  let now = 0;
  const asked: { readonly request: TurnOptions; readonly thread: TurnThread }[] = [];
  const left = [...turns];
  const parts = {
    options: {
      ...{ clock: () => now, turnTimeoutMs: 5_000, redact: (text: string) => text.replaceAll("secret", "[redacted]") },
      sessions: { get: () => RECORD },
      openCheck: async () => async (text: string) => check(text),
    },
    permits: {},
    runner: {
      run: async (request: TurnOptions, its: TurnThread, call: CallContext, answer: AnswerJudge) => {
        asked.push({ request, thread: its });
        if (told.includes(asked.length)) call.onMessages?.();
        now += takesMs;
        const next = left.shift() ?? "";
        if (typeof next !== "string") return next();
        await answer.judge(next);
        return { kind: "completed", report: say(next) };
      },
    },
  } as unknown as DelegationParts;
  const call = { signal: signal ?? new AbortController().signal, report: () => {}, canReport: false, canTask: false };
  const request = { prompt: "x", expect: "yes" };
  const { runner } = await expectAnswer(parts, request, call);
  return { outcome: await runner.run(request, thread, call), asked };
}

const toVerdict = (text: string): TextVerdict =>
  text === "yes" ? { kind: "fits" } : { kind: "misfit", reason: "it has the secret" };

test("a call that expects nothing has its own runner", async () => {
  const parts = {} as DelegationParts;
  const call = { signal: new AbortController().signal, report: () => {}, canReport: false, canTask: false };
  expect(await expectAnswer(parts, {}, call)).toBe(parts);
});

describe("a correction", () => {
  test("has the time that is left, no images, and the reason without secrets", async () => {
    const { outcome, asked } = await run({ turns: ["no", "yes"], takesMs: 1_500 });
    expect(outcome).toMatchObject({ kind: "completed", report: { content: "yes" } });
    expect(asked[1]?.request).toMatchObject({ timeoutMs: 3_500, images: undefined, expect: "yes" });
    expect(asked[1]?.request.prompt).toMatch(/cannot be used: it has the \[redacted\]\./);
  });

  test.for<[string, number[], string[]]>([
    ["of a message with an answer to what had come in, which is quoted", [1], ['own words: "no [redacted]"']],
    ["that has the answer itself", [2], []],
    ["of a message that answers nothing else", [], []],
  ])("%s", async ([, told, words]) => {
    const { outcome } = await run({ turns: ["no secret", "yes"], told });
    expect(outcome.report.warnings[0]).toContain("This is the corrected one.");
    expect(outcome.report.warnings.slice(1)).toEqual(words.map((word) => expect.stringContaining(word)));
  });

  test("is not asked for where no time is left", async () => {
    const { outcome, asked } = await run({ turns: ["no"], takesMs: 4_500 });
    expect(outcome).toMatchObject({
      kind: "failed",
      error: { code: "INVALID_OUTPUT", message: expect.stringMatching(/No time was left to have it corrected\.$/) },
      report: { unfit: { content: "no" } },
    });
    expect(asked).toHaveLength(1);
  });

  test("does not have the wider sandbox that was allowed for one turn", async () => {
    const { asked } = await run({ turns: ["no", "yes"], thread: { ...THREAD, frame: WIDE, narrow: NARROW } });
    expect(asked.map(({ thread }) => thread.frame.sandbox.mode)).toEqual(["workspace-write", "read-only"]);
    expect(asked[1]?.thread.narrow).toBeUndefined();
  });

  test("that fails keeps its own error and the first answer", async () => {
    const error = reportError("USAGE_LIMIT", "No quota.");
    const fail = () => ({ kind: "failed", report: say(""), error }) as const;
    const { outcome } = await run({ turns: ["no secret", fail] });
    expect(outcome).toMatchObject({ kind: "failed", error, report: { unfit: { content: "no [redacted]" } } });
  });

  test("that cannot begin keeps it too", async () => {
    const refuse = () => {
      throw new Error("odd");
    };
    const { outcome } = await run({ turns: ["no", refuse] });
    expect(outcome).toMatchObject({ error: { code: "INVALID_OUTPUT" }, report: { unfit: { content: "no" } } });
  });
});

describe("nothing is corrected", () => {
  test("where the turn itself failed", async () => {
    const error = reportError("TURN_FAILED", "x");
    const { outcome, asked } = await run({ turns: [() => ({ kind: "failed", report: say("half"), error })] });
    expect(outcome).toMatchObject({ kind: "failed", error });
    expect(asked).toHaveLength(1);
  });

  test.each<[string, TextVerdict]>([
    ["is not known to fit", { kind: "unknown", reason: "the check took too long" }],
    ["cannot be checked", { kind: "unusable", reason: "it refers to itself" }],
  ])("where the answer %s", async (_name, verdict) => {
    const { outcome, asked } = await run({ turns: ["no"], check: () => verdict });
    expect(outcome).toMatchObject({ error: { message: expect.stringMatching(/^It is not known whether/) } });
    expect(asked).toHaveLength(1);
  });

  test("where the call was cancelled during the check", async () => {
    const stop = new AbortController();
    const check = (): TextVerdict => {
      stop.abort();
      return { kind: "cancelled" };
    };
    const { outcome, asked } = await run({ turns: ["no"], check, signal: stop.signal });
    expect(outcome).toMatchObject({ kind: "interrupted", report: { unfit: { content: "no" } } });
    expect(asked).toHaveLength(1);
  });
});

test("an empty message never fits", async () => {
  const { outcome } = await run({ turns: ["", ""], check: () => ({ kind: "fits" }) });
  expect(outcome).toMatchObject({ error: { message: expect.stringContaining("there is no final message") } });
});
