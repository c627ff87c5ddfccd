// A thread that no longer fits into the model's context: the app server compacts it, and the turn goes on. With the real Codex CLI.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AgentBackend } from "../../src/agents/agent-backend.ts";
import { READ_ONLY } from "../../src/domain/sandbox.ts";
import type { TurnOutcome, TurnRequest } from "../../src/domain/turn.ts";
import type { StandInAnswer, StandInRequest } from "../../src/setup/demo/responses-standin.ts";
import { openAppServer } from "../support/codex-backends.ts";
import { CLI, createLab, type Lab, NATIVE_CODEX, type Respond, say, until } from "../support/lab.ts";
import { countAsked } from "../support/prompted-model.ts";
import { type TurnChange, toTurnRequest } from "../support/turn-request.ts";

const OVERFLOW: StandInAnswer = {
  events: [
    {
      type: "response.failed",
      response: {
        id: "r",
        error: { code: "context_length_exceeded", message: "Your input exceeds the context window." },
      },
    },
  ],
};
const AGAIN =
  "The thread was too long for the model's context. Codex compacted it, which loses details, and ran the turn again.";
const WENT_ON =
  "The thread was too long for the model's context. Codex compacted it, which loses details, and let the turn go on.";

let lab: Lab;
let backend: AgentBackend;
beforeEach(async () => {
  lab = await createLab();
  lab.writeConfig({ provider: "request_max_retries = 0\nstream_max_retries = 0\n" });
  backend = openAppServer(lab);
});
afterEach(async () => {
  await backend.close();
  await lab.close();
});

const toRequest = (prompt: string, change?: TurnChange): TurnRequest => toTurnRequest(lab, prompt, change);
const run = (prompt: string, change?: TurnChange): Promise<TurnOutcome> =>
  backend.startTurn(toRequest(prompt, change)).outcome;

const isCompaction = ({ userTexts }: StandInRequest): boolean => /CONTEXT CHECKPOINT/.test(userTexts.at(-1) ?? "");
const asked = (prompt: string): number => countAsked(lab, prompt);
const compactions = (): readonly StandInRequest[] => lab.standIn.requests.filter(isCompaction);

/** Answers what Codex asks for a summary one way, and everything else another way. */
const respond = (compact: Respond, other: Respond): void =>
  lab.respond((request) => (isCompaction(request) ? compact(request) : other(request)));

/** The first answers, then the last one for ever. */
function inTurn(...answers: StandInAnswer[]): Respond {
  let at = -1;
  return () => {
    at = Math.min(at + 1, answers.length - 1);
    return answers[at] ?? {};
  };
}

/** A thread with one turn. */
async function startThread(): Promise<string> {
  lab.respond(say("first answer"));
  return (await run("first")).report.threadId ?? "";
}

const spoken = (text: string): StandInAnswer => ({ steps: [{ say: text }] });

describe.runIf(CLI.letsGoOfThreads)("a turn whose thread overflows the context", () => {
  test("runs once more after a compaction, which has no tools; both count", async () => {
    const threadId = await startThread();
    respond(say("SUMMARY"), inTurn(OVERFLOW, spoken("second answer")));
    const items: unknown[] = [];
    const outcome = await run("second", {
      threadId,
      readsOnly: true,
      onEvent: (event) => items.push(event.kind === "item" ? event.item.type : event.kind),
    });
    expect(outcome).toMatchObject({ kind: "completed", report: { threadId, content: "second answer" } });
    expect(outcome.report.warnings.filter((text) => !text.startsWith("Heads up"))).toEqual([AGAIN]);
    // Of the compaction and of the second try; the refused request has none.
    expect(outcome.report.usage).toMatchObject({ inputTokens: 200, outputTokens: 40 });
    expect(outcome.report.sandbox).toEqual(READ_ONLY);
    const shown = items.filter((kind) => kind !== "rules");
    expect(shown).toEqual(["thread", "begun", "compaction", "compaction", "begun", "message", "usage"]);
    // The permissions were read back for each of the two.
    expect(items.length - shown.length).toBe(2);
    expect(compactions()).toHaveLength(1);
    expect(compactions()[0]?.body["tools"] ?? []).toEqual([]);
    expect(asked("second")).toBe(2);
    lab.respond(say("third answer"));
    const third = await run("third", { threadId });
    expect(third).toMatchObject({ kind: "completed", report: { usage: { inputTokens: 100, outputTokens: 20 } } });
    expect(third.report.warnings).toEqual([]);
  });

  // OpenAI's own compaction is asked for with the thread's tools.
  test("by OpenAI itself: nothing that its answer calls is done", async () => {
    const path = join(lab.codexHome, "config.toml");
    writeFileSync(path, readFileSync(path, "utf8").replace('"stand-in"', '"OpenAI"'));
    const threadId = await startThread();
    const call = {
      type: "function_call",
      id: "f",
      call_id: "c",
      name: "exec_command",
      arguments: '{"cmd":"touch ran"}',
    };
    const items = [call, { type: "compaction", id: "s", encrypted_content: "SUMMARY" }];
    const events = items.map((item, at) => ({ type: "response.output_item.done", output_index: at, item }));
    const last = ({ body: { input } }: StandInRequest) => (Array.isArray(input) ? input.at(-1)?.type : undefined);
    const other = inTurn(OVERFLOW, spoken("second answer"));
    lab.respond((request) =>
      last(request) === "compaction_trigger"
        ? { events: [...events, { type: "response.completed", response: { id: "r" } }] }
        : other(request),
    );
    const { frame } = toRequest("");
    const sandbox = { ...READ_ONLY, mode: "danger-full-access", networkAccess: true } as const;
    const outcome = await run("second", { threadId, frame: { ...frame, sandbox } });
    expect(outcome).toMatchObject({ kind: "completed", report: { content: "second answer" } });
    expect(outcome.report.warnings).toContain(AGAIN);
    expect(lab.standIn.requests.map(last)).toEqual(["message", "message", "compaction_trigger", "message"]);
    expect(existsSync(join(lab.project, "ran"))).toBe(false);
  });

  test("and that had done something is not given its prompt again", async () => {
    const threadId = await startThread();
    const trace = join(lab.project, "trace");
    const sandbox = { ...READ_ONLY, mode: "workspace-write" } as const;
    const outputSchema = { type: "object", properties: { a: { type: "number" } }, required: ["a"] };
    const work = { steps: [{ say: "I begin", phase: "commentary" }, { run: "echo x >> trace" }] };
    respond(say("SUMMARY"), inTurn(work, OVERFLOW, spoken('{"a":1}')));
    const { frame } = toRequest("");
    const outcome = await run("second", { threadId, outputSchema, frame: { ...frame, sandbox } });
    expect(outcome).toMatchObject({
      kind: "completed",
      report: { content: '{"a":1}', commands: { count: 1, failed: 0 }, usage: { inputTokens: 300, outputTokens: 60 } },
    });
    expect(outcome.report.warnings).toContain(WENT_ON);
    expect(readFileSync(trace, "utf8")).toBe("x\n");
    const last = lab.standIn.requests.at(-1);
    expect(last?.userTexts.at(-1)).toMatch(/^The context was full/);
    expect(last?.userTexts.filter((text) => text === "second")).toHaveLength(1);
    expect(last?.body["text"]).toMatchObject({ format: { type: "json_schema" } });
  });

  test("and that took further input goes on with it", async () => {
    const threadId = await startThread();
    let isSent = false;
    respond(say("SUMMARY"), async () => {
      if (isSent) return spoken("second answer");
      await until("the input is sent", () => isSent);
      return OVERFLOW;
    });
    const turn = backend.startTurn(toRequest("second", { threadId }));
    await until("the model is asked", () => asked("second") === 1);
    expect(await turn.steer("more")).toBe("delivered");
    isSent = true;
    expect(await turn.outcome).toMatchObject({ kind: "completed", report: { content: "second answer" } });
    const last = lab.standIn.requests.at(-1)?.userTexts ?? [];
    expect(last.filter((text) => text === "second")).toHaveLength(1);
    expect(last).toContain("more");
  });

  test("that overflows again fails, once", async () => {
    const threadId = await startThread();
    respond(say("SUMMARY"), () => OVERFLOW);
    const outcome = await run("second", { threadId });
    expect(outcome).toMatchObject({ kind: "failed", error: { code: "CONTEXT_OVERFLOW" }, report: { threadId } });
    expect(outcome.report.warnings).toContain(AGAIN);
    expect(asked("second")).toBe(2);
    expect(compactions()).toHaveLength(1);
  });

  test.for([
    ["overflows too", OVERFLOW, /^Codex could not compact the thread: The thread no longer fits/],
    ["fails", { error: { status: 401, body: { error: { message: "no" } } } }, /^Codex could not compact .*credential/],
  ] as const)("whose compaction %s keeps its own error", async ([_name, answer, says]) => {
    const threadId = await startThread();
    respond(
      () => answer,
      () => OVERFLOW,
    );
    const outcome = await run("second", { threadId });
    expect(outcome).toMatchObject({ kind: "failed", error: { code: "CONTEXT_OVERFLOW" }, report: { threadId } });
    expect(outcome.report.warnings).toEqual([expect.stringMatching(says)]);
    expect(asked("second")).toBe(1);
    respond(say("SUMMARY"), say("better"));
    expect(await run("third", { threadId })).toMatchObject({ kind: "completed", report: { content: "better" } });
  });

  test("is not compacted where the prompt alone is too long", async () => {
    lab.respond(() => OVERFLOW);
    expect(await run("first")).toMatchObject({ kind: "failed", error: { code: "CONTEXT_OVERFLOW" } });
    expect(lab.standIn.requests).toHaveLength(1);
  });

  test("and that Codex has just compacted itself is not compacted again", async () => {
    const threadId = await startThread();
    respond(
      () => OVERFLOW,
      () => OVERFLOW,
    );
    await run("second", { threadId });
    const before = compactions().length;
    respond(say("SUMMARY"), () => OVERFLOW);
    const outcome = await run("third", { threadId });
    // Whether Codex begins a turn with a compaction after that is its own choice.
    expect(outcome).toMatchObject({ kind: "failed", error: { code: "CONTEXT_OVERFLOW" } });
    expect(compactions()).toHaveLength(before + 1);
  });

  test("can be cancelled while it is compacted, and takes no further input then", async () => {
    const threadId = await startThread();
    respond(
      () => ({ ending: "hang" }),
      () => OVERFLOW,
    );
    const turn = backend.startTurn(toRequest("second", { threadId }));
    await until("it is compacted", () => compactions().length === 1);
    expect(await turn.steer("more")).toBe("not possible here");
    turn.interrupt();
    expect(await turn.outcome).toMatchObject({ kind: "interrupted", report: { threadId } });
    expect(asked("second")).toBe(1);
    respond(say("SUMMARY"), say("better"));
    expect(await run("third", { threadId })).toMatchObject({ kind: "completed", report: { content: "better" } });
  });

  test("has one deadline with its compaction", async () => {
    const threadId = await startThread();
    respond(
      () => ({ ending: "hang" }),
      () => OVERFLOW,
    );
    const outcome = await run("second", { threadId, deadlineMs: 3_000 });
    expect(outcome).toMatchObject({ kind: "failed", error: { code: "TURN_TIMED_OUT" }, isTimeUp: true });
    await until("Codex has given up the request", () => compactions()[0]?.signal.aborted === true);
    expect(asked("second")).toBe(1);
  });

  test.for([
    ["refuses to compact", "s,thread/compact/start,thread/nothing,", /^Codex could not compact the thread: /],
    ["ends as it is asked to compact", "/thread.compact.start/q", /^Codex began to compact the thread, and did not/],
  ] as const)("keeps its error if the server %s", async ([_name, edit, says]) => {
    await backend.close();
    const other = join(lab.root, "codex-other");
    const script = `#!/bin/bash\nfor a; do if [ "$a" = app-server ]; then sed -u ${edit} | ${NATIVE_CODEX} "$@"; exit; fi; done\nexec ${NATIVE_CODEX} "$@"\n`;
    writeFileSync(other, script, { mode: 0o755 });
    backend = openAppServer(lab, other);
    const threadId = await startThread();
    respond(say("SUMMARY"), () => OVERFLOW);
    const outcome = await run("second", { threadId });
    expect(outcome).toMatchObject({ kind: "failed", error: { code: "CONTEXT_OVERFLOW" }, report: { threadId } });
    expect(outcome.report.warnings).toEqual([expect.stringMatching(says)]);
    expect(compactions()).toHaveLength(0);
  });
});
