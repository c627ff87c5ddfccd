// A file of a hand-off that the turn did not write: asked for once, where that can help.
import { realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import type { CallContext, TurnAnswer, TurnOptions } from "../../../../src/delegation/requests.ts";
import type { TurnThread } from "../../../../src/delegation/threads/record-keeper.ts";
import type { DelegationParts } from "../../../../src/delegation/turns/delegation-parts.ts";
import { handFiles } from "../../../../src/delegation/turns/handoff/hand-files.ts";
import type { CheckResult } from "../../../../src/domain/check.ts";
import { BridgeError, reportError } from "../../../../src/domain/errors.ts";
import { READ_ONLY } from "../../../../src/domain/sandbox.ts";
import type { ThreadFrame, ThreadRecord } from "../../../../src/domain/thread.ts";
import type { TurnOutcome } from "../../../../src/domain/turn.ts";
import { test } from "../../../support/fixture.ts";

const WRITING = { ...READ_ONLY, mode: "workspace-write" } as const;

type Outcome = TurnOutcome<TurnAnswer>;
const answer = (content: string, more: Partial<TurnAnswer> = {}): TurnAnswer => ({
  ...{ threadId: "t", content, sandbox: WRITING, sessionId: undefined, cwd: "/p", usage: undefined, changes: [] },
  ...{ refusedCommands: [], hasWorked: true, warnings: [], leftRunning: [], durationMs: 5 },
  commands: { count: 0, failed: 0 },
  ...more,
});
const said = (content: string, more: Partial<TurnAnswer> = {}): Outcome => ({
  kind: "completed",
  report: answer(content, more),
});

interface Script {
  readonly first?: Outcome;
  /** Done in the first turn. */
  readonly act?: () => void;
  /** The turn that is asked for the file. */
  readonly second?: (call: CallContext) => Outcome | Promise<Outcome>;
  /** Ms that the first turn takes. */
  readonly takesMs?: number;
  readonly signal?: AbortSignal;
  readonly isNew?: boolean;
  /** Other arguments of the call. */
  readonly asks?: Partial<TurnOptions>;
}

/** Runs a turn that is to write RESULT.md. */
async function run(
  folder: string,
  { first = said("Found it."), second, act, takesMs = 0, signal, isNew, asks }: Script = {},
) {
  const cwd = realpathSync(folder);
  const frame: ThreadFrame = { backend: "b", cwd, approvalPolicy: "never", own: {}, sandbox: WRITING };
  const record = { threadId: "t", project: cwd, createdAt: 1, lastUsedAt: 1, turns: 1, frame } satisfies ThreadRecord;
  let now = 0;
  const asked: { readonly request: TurnOptions; readonly thread: TurnThread }[] = [];
  const permits: string[] = [];
  const parts = {
    options: {
      ...{ clock: () => now, turnTimeoutMs: 5_000, redact: String, limits: { roots: [] }, areas: { home: "/home" } },
      handing: { readWindow: () => ({ context_window: { max_tokens: 1_000, compression_threshold: 0.8 } }) },
      sessions: { get: () => record },
    },
    permits: {
      acquireIdle: async (threadId: string) => {
        permits.push(threadId);
        return { release: async () => void permits.push("released") };
      },
    },
    runner: {
      run: async () => {
        now += takesMs;
        act?.();
        return first;
      },
    },
  } as unknown as DelegationParts;
  const plain = {
    run: async (request: TurnOptions, thread: TurnThread, call: CallContext) => {
      asked.push({ request, thread });
      return (await second?.(call)) ?? said("No.");
    },
  };
  const request = {
    ...{ prompt: "Do it.", images: ["a.png"], expect: "^F", outputSchema: {}, check: "true", commit: "Mend it" },
    handoff: { write: "RESULT.md" },
    ...asks,
  };
  const context = {
    // Input comes in as soon as a turn takes it.
    onSteerable: (give: (text: string) => Promise<boolean>) => void give("Which colour?"),
    signal: signal ?? new AbortController().signal,
    report: () => {},
    canReport: false,
    canTask: false,
  };
  const thread: TurnThread = { frame, sessionId: "s", record: isNew === true ? undefined : record };
  const outcome = await handFiles(parts, request, plain).runner.run(request, thread, context as CallContext);
  return { outcome, asked, permits, path: join(cwd, "RESULT.md") };
}

const write = (folder: string) => () => {
  writeFileSync(join(folder, "RESULT.md"), "done\n");
  return said("It is there.", { changes: [{ path: "RESULT.md", kind: "add" }] });
};

test("it is asked for by its name, once, and the message stays the first one", async ({ folder }) => {
  const { outcome, asked, path } = await run(folder, { second: write(folder), takesMs: 1_500 });
  expect(outcome).toMatchObject({ kind: "completed", report: { content: "Found it.", changes: [{ kind: "add" }] } });
  expect(outcome.report.handoff?.write).toEqual({ path, bytes: 5, state: "new", head: "done\n" });
  expect(outcome.report.warnings).toEqual(['handoff.write: "RESULT.md" was not written. It was asked for once more.']);
  expect(asked).toHaveLength(1);
  expect(asked[0]?.request).toMatchObject({
    ...{ prompt: expect.stringContaining('to write the file "RESULT.md"'), check: "true", commit: "Mend it" },
    ...{ timeoutMs: 3_500, images: undefined, expect: undefined, outputSchema: undefined, handoff: undefined },
  });
  expect(asked[0]?.thread).toMatchObject({
    sessionId: "s",
    record: { threadId: "t" },
    title: "Do it.",
    isCorrection: true,
  });
});

test("one that is there already, and is left as it is, counts as not written", async ({ folder }) => {
  writeFileSync(join(folder, "RESULT.md"), "old\n");
  const { outcome, asked } = await run(folder);
  expect([asked.length, outcome.report.handoff?.write]).toEqual([1, undefined]);
  expect(outcome.report.warnings).toEqual([
    expect.stringContaining('own words: "No."'),
    expect.stringMatching(
      /is as it was before: this turn did not write it\. It was asked for once more\. What .* same handoff\.$/,
    ),
  ]);
});

test("a new thread is taken once more for it", async ({ folder }) => {
  const { permits } = await run(folder, { second: write(folder), isNew: true });
  expect(permits).toEqual(["t", "released"]);
});

test("what becomes of that turn takes nothing from the answer, but for a cancel", async ({ folder }) => {
  const error = reportError("USAGE_LIMIT", "No quota.");
  const failed = await run(folder, { second: () => ({ kind: "failed", report: answer(""), error }) });
  expect(failed.outcome).toMatchObject({ kind: "completed", report: { content: "Found it." } });
  expect(failed.outcome.report.warnings.join()).toContain("which failed: [USAGE_LIMIT] No quota. What the agent found");
  const busy = () => {
    throw new BridgeError("SESSION_BUSY", "Another turn waits.");
  };
  const refused = await run(folder, { second: busy });
  expect(refused.outcome.report.warnings.join()).toContain("It could not be asked for again: Another turn waits.");
  const report = answer("", { changes: [{ path: "a", kind: "add" }] });
  const cancelled = await run(folder, { second: () => ({ kind: "interrupted", report }) });
  expect(cancelled.outcome).toMatchObject({ kind: "interrupted", report: { content: "Found it.", changes: [{}] } });
});

const FREE = { expect: undefined, outputSchema: undefined };

test("why there is no file is quoted", async ({ folder }) => {
  const second = () => said(`Nothing\nis "true" here. ${"And so on. ".repeat(100)}`);
  const { outcome } = await run(folder, { second, asks: FREE });
  expect(outcome.report.content).toBe("Found it.");
  expect(outcome.report.warnings[0]).toMatch(
    /^Asked for the file "RESULT\.md", the agent said, in its own words: "Nothing is \\"true\\" here\. And so .*…"$/,
  );
  expect(outcome.report.warnings[0]?.length).toBeLessThan(450);
});

describe("what the agent answers to something else that it got in that turn", () => {
  const told = (folder: string, act: (call: CallContext) => void) => (call: CallContext) => {
    act(call);
    return { ...write(folder)(), report: answer("Blue, as you asked.") };
  };
  const message = (call: CallContext) => call.onMessages?.();

  test("follows the first message", async ({ folder }) => {
    const { outcome } = await run(folder, { second: told(folder, message), asks: FREE });
    expect(outcome.report.content).toMatch(
      /^Found it\.\n\n\[Asked for the file "RESULT\.md".*:\]\n\nBlue, as you asked\.$/,
    );
    expect(outcome.report.warnings.join()).not.toContain("own words");
  });

  test("is quoted where the first message must fit", async ({ folder }) => {
    const { outcome } = await run(folder, { second: told(folder, message) });
    expect(outcome.report.content).toBe("Found it.");
    expect(outcome.report.warnings[0]).toContain('in its own words: "Blue, as you asked."');
  });

  test.for([true, false])("counts for further input that was delivered: %s", async (isDelivered, { folder }) => {
    const second = async (call: CallContext) => {
      call.onSteerable?.(async () => isDelivered);
      return told(folder, () => {})(call);
    };
    const steered = await run(folder, { second, asks: FREE });
    expect(steered.outcome.report.content.includes("Blue")).toBe(isDelivered);
  });
});

test("a cancel in that turn keeps the answer", async ({ folder }) => {
  const second = (): Outcome => ({ kind: "interrupted", report: answer("") });
  expect((await run(folder, { second })).outcome.report.answered).toBe("Found it.");
  const abort = new AbortController();
  const late = () => {
    abort.abort();
    throw new BridgeError("CANCELLED", "x");
  };
  const { outcome } = await run(folder, { second: late, signal: abort.signal });
  expect(outcome).toMatchObject({ kind: "interrupted", report: { content: "Found it.", answered: "Found it." } });
});

test("no word on a commit contradicts the commit that is there", async ({ folder }) => {
  const commit = (id: string) => ({ commit: { id, message: "Mend it", files: 1 } });
  const nothing = "Nothing was committed: the turn changed no file.";
  const words = async (first: Partial<TurnAnswer>, second: Partial<TurnAnswer>) => {
    const { outcome } = await run(folder, { first: said("x", first), second: () => said("", second) });
    return outcome.report.warnings.filter((text) => text.includes("committed"));
  };
  expect(await words(commit("aaa"), { warnings: [nothing], isUncommitted: true })).toEqual([]);
  expect(await words(commit("aaa"), { warnings: ["Nothing was committed: it is locked."] })).toEqual([
    'The file "RESULT.md" was not committed: it is locked.',
  ]);
  expect(await words({ warnings: [nothing], isUncommitted: true }, commit("bbb"))).toEqual([
    "Nothing of the work itself was committed, only the file: the turn changed no file.",
  ]);
  expect(await words({ warnings: [nothing] }, { warnings: [nothing] })).toEqual([nothing]);
});

test("both commits are named", async ({ folder }) => {
  const commit = (id: string) => ({ id, message: "Mend it", files: 1 });
  const second = () => ({ ...write(folder)(), report: answer("", { commit: commit("bbb") }) });
  const { outcome } = await run(folder, { first: said("x", { commit: commit("aaa") }), second });
  expect(outcome.report.commit?.id).toBe("bbb");
  expect(outcome.report.warnings[0]).toBe("The work itself is commit aaa; commit bbb has the file.");
  const failed = { isUncommitted: true, warnings: ["Nothing was committed: no changes."] };
  const kept = await run(folder, { first: said("x", { commit: commit("aaa") }), second: () => said("", failed) });
  expect(kept.outcome.report).toMatchObject({ commit: { id: "aaa" }, isUncommitted: undefined });
});

describe("it is not asked for", () => {
  const check = (exitCode: number) => ({ check: { exitCode } as CheckResult });
  test.for<[string, Script, string]>([
    ["of a turn that could not write", { first: said("x", { sandbox: READ_ONLY }) }, "the turn could not write"],
    ["after a check that failed", { first: said("x", check(1)) }, "the check did not pass"],
    ["where no time is left", { takesMs: 4_500 }, "no time was left"],
    ["after a cancel", { signal: AbortSignal.abort() }, "the call was cancelled"],
  ])("%s", async ([, script, reason], { folder }) => {
    const { outcome, asked } = await run(folder, script);
    expect(asked).toEqual([]);
    expect(outcome.kind).toBe("completed");
    expect(outcome.report.warnings.join()).toContain(`It was not asked for again: ${reason}. What the agent found`);
  });

  test("but after a check that passed", async ({ folder }) => {
    expect((await run(folder, { first: said("x", check(0)) })).asked).toHaveLength(1);
  });

  test("where a link is in its place", async ({ folder }) => {
    const act = () => symlinkSync("/etc/passwd", join(folder, "RESULT.md"));
    const { outcome, asked } = await run(folder, { act });
    expect(asked).toEqual([]);
    expect(outcome.report.warnings.join()).toMatch(/^handoff\.write: .*is a symbolic link\. What the agent found/);
  });

  test("where the turn itself failed", async ({ folder }) => {
    const error = reportError("TURN_FAILED", "x");
    const { outcome, asked } = await run(folder, { first: { kind: "failed", report: answer("half"), error } });
    expect([outcome.kind, asked, outcome.report.warnings]).toEqual(["failed", [], []]);
  });
});
