// Notifications as real app servers send them (test/fixtures/app-server: recorded with the stand-in model, ids and paths replaced), and what
// no recording shows.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readRetryNotice } from "../../../../src/agents/codex/failures/failure.ts";
import { createStreamState } from "../../../../src/agents/codex/turn/stream-state.ts";
import { TokenCount } from "../../../../src/agents/codex-app-server/turn/token-count.ts";
import { TurnReader } from "../../../../src/agents/codex-app-server/turn/turn-reader.ts";
import type { TokenUsage } from "../../../../src/domain/thread.ts";
import { NO_TOKENS } from "../../../../src/domain/token-usage.ts";
import type { TurnEvent } from "../../../../src/domain/turn-events.ts";

type Line = { method: string; params: Record<string, unknown> };

const VERSIONS = ["0.120.0", "0.150.0", "0.169.0"] as const;
const FOLDER = join(import.meta.dirname, "../../../fixtures/app-server");

function load(version: string, scenario: string): Line[] {
  const lines = readFileSync(join(FOLDER, `${version}.jsonl`), "utf8")
    .trim()
    .split("\n");
  return lines.map((line) => JSON.parse(line)).filter((line) => line.scenario === scenario);
}

function follow(lines: readonly Line[], usageBefore: TokenUsage | "not known" = NO_TOKENS, turnId = "turn-1") {
  const state = createStreamState();
  const reader = new TurnReader(new TokenCount(usageBefore === "not known" ? undefined : usageBefore));
  reader.nameTurn(turnId);
  const events = lines.flatMap(({ method, params }) => reader.read(state, method, params) ?? []);
  return { state, reader, events };
}

const toItems = (events: readonly TurnEvent[]) =>
  events.flatMap((event) => (event.kind === "item" ? [[event.phase, event.item]] : []));
const usage = (times: number) => ({
  inputTokens: 100 * times,
  cachedInputTokens: 10 * times,
  outputTokens: 20 * times,
  reasoningOutputTokens: 5 * times,
});

describe.each(VERSIONS)("a turn of %s", (version) => {
  test("with thoughts, a comment, a command that fails, and an answer", () => {
    const { state, reader, events } = follow(load(version, "command"));
    const command = { type: "command", command: "echo out; exit 3" };
    expect(events[0]).toEqual({ kind: "begun" });
    expect(toItems(events)).toEqual([
      ["started", { type: "reasoning", text: "**Look** at it" }],
      ["finished", { type: "reasoning", text: "**Look** at it" }],
      ["finished", { type: "message", text: "I look.", phase: "commentary" }],
      ["started", command],
      ["finished", { ...command, exitCode: 3, hasFailed: true, durationMs: 0 }],
      ["finished", { type: "message", text: "done", phase: "final" }],
    ]);
    expect(reader.over).toBe("completed");
    expect(state).toMatchObject({
      isCompleted: true,
      hasBegun: true,
      hasFailed: false,
      content: "done",
      usage: usage(2),
    });
    expect(state).toMatchObject({ commands: 1, failedCommands: 1, isMessageLast: true, hasItems: true, hasTold: true });
    expect(state.messages.map(({ phase }) => phase)).toEqual(["commentary", "final_answer"]);
  });

  test("with commands that read, search and list", () => {
    const { events } = follow(load(version, "fast"));
    const actions = toItems(events).flatMap(([phase, item]) =>
      phase === "started" && typeof item === "object" && item.type === "command" ? [item.actions] : [],
    );
    expect(actions).toEqual([
      [{ kind: "read", path: version === "0.120.0" ? "a.txt" : "/p/a.txt" }],
      [
        { kind: "search", query: "foo", path: "src" },
        { kind: "list", path: undefined },
      ],
    ]);
  });

  test("with thoughts that come in pieces", () => {
    const { events } = follow(load(version, "think"));
    expect(toItems(events)).toEqual([
      ["started", { type: "reasoning", text: "" }],
      ["changed", { type: "reasoning", text: "**Looking at tests**" }],
      ["finished", { type: "reasoning", text: "**Looking at tests**\n\nI\n**Second**" }],
      ["finished", { type: "message", text: "hi" }],
    ]);
  });

  test("with a command that outlives its tool call: its lines, and one command in the count", () => {
    const { state, events } = follow(load(version, "poll"));
    const told = toItems(events).filter(([, item]) => typeof item === "object" && item.type === "command");
    expect(told.slice(0, 2)).toMatchObject([
      ["started", {}],
      ["changed", { lastLine: "b" }],
    ]);
    // 0.120 tells its end after the end of the turn.
    expect(told.length).toBe(version === "0.120.0" ? 2 : 3);
    expect(state.commands).toBe(1);
  });

  test("with changed files", () => {
    const { state, events } = follow(load(version, "patch"));
    const added = { path: "/p/new.txt", kind: "add" };
    const moved = [{ path: "/p/a.txt", kind: "delete" }, { path: "/p/b.txt", kind: "add" }, added];
    const changes = version === "0.120.0" ? [added] : moved;
    expect(toItems(events).slice(0, 2)).toEqual([
      ["started", { type: "file_change", changes }],
      ["finished", { type: "file_change", changes, hasFailed: false }],
    ]);
    expect([...state.changes.values()]).toEqual(changes);
  });

  test("with a search", () => {
    const { events } = follow(load(version, "search"));
    expect(toItems(events).slice(0, 2)).toEqual([
      ["started", { type: "search", query: "" }],
      ["finished", { type: "search", query: "weather" }],
    ]);
  });

  test("that fails", () => {
    const { state, reader, events } = follow(load(version, "e401"));
    expect(reader.over).toBe("failed");
    expect(events).toEqual([{ kind: "begun" }]);
    expect(state).toMatchObject({ isCompleted: false, hasFailed: true, hasItems: false });
    expect(state.failure).toMatch(/^unexpected status 401 Unauthorized: no, url/);
    const refused = { name: "http_connection_failed", httpStatus: 401 };
    expect(state.errorInfo).toEqual(version === "0.169.0" ? refused : { name: "other", httpStatus: undefined });
    expect(follow(load(version, "ctx")).state.errorInfo?.name).toBe("context_window_exceeded");
  });

  test("that is tried again: a notice that names the cause, no failure, no tokens of the turn before", () => {
    const lines = load(version, "retry");
    const before = usage({ "0.120.0": 2, "0.150.0": 4, "0.169.0": 3 }[version]);
    const { state, events } = follow(lines, before);
    const [notice] = events.flatMap((event) => (event.kind === "notice" ? [event.text] : []));
    expect(notice).toMatch(/^Reconnecting\.\.\. 1\/2 \(stream disconnected/);
    expect(readRetryNotice(notice ?? "")?.code).toBe("NETWORK");
    expect(state).toMatchObject({ isCompleted: true, hasFailed: false, failure: "", notice: "", usage: usage(1) });
    // The server sends the total of the turn before once more.
    const { usage: own, usageTotal } = follow(lines, "not known").state;
    expect(own).toBeUndefined();
    expect(usageTotal?.outputTokens).toBe(before.outputTokens + 20);
  });

  test("that is interrupted", () => {
    const { state, reader } = follow(load(version, "interrupt"));
    expect(reader.over).toBe("interrupted");
    expect(state).toMatchObject({ isCompleted: false, hasFailed: false, hasItems: true });
  });

  test("that compacts its thread: no work for the prompt, its own tokens", () => {
    const lines = load(version, "compact");
    const { state, reader, events } = follow(lines, "not known", "turn-2");
    expect(reader.over).toBe("completed");
    expect(state.hasItems).toBe(false);
    expect(toItems(events)).toEqual([
      ["started", { type: "compaction" }],
      ["finished", { type: "compaction" }],
    ]);
    expect(state.usage).toEqual({
      inputTokens: 1_000,
      cachedInputTokens: 500,
      outputTokens: 20,
      reasoningOutputTokens: 5,
    });
  });

  test("that follows another: only its own events and tokens", () => {
    const first = follow(load(version, "two"));
    const second = follow(load(version, "two"), "not known", "turn-2");
    const own = { inputTokens: 1_000, cachedInputTokens: 500, outputTokens: 20, reasoningOutputTokens: 5 };
    expect(first.state.usage).toEqual(own);
    expect(second.state.usage).toEqual(own);
    expect(second.state.usageTotal?.inputTokens).toBe(2_000);
    for (const { events } of [first, second]) {
      expect(events.filter(({ kind }) => kind === "begun")).toHaveLength(1);
      expect(toItems(events).filter(([phase]) => phase === "finished")).toEqual([
        ["finished", { type: "message", text: "hello" }],
      ]);
    }
  });
});

test.each(["0.120.0", "0.150.0"])("a plan of %s", (version) => {
  const steps = [
    { text: "one", isDone: true },
    { text: "two", isDone: false },
    { text: "three", isDone: false },
  ];
  expect(toItems(follow(load(version, "plan")).events)[0]).toEqual(["changed", { type: "plan", steps }]);
});

test("a model without metadata is a warning of the thread", () => {
  expect(follow(load("0.169.0", "unknownmodel")).state.warnings).toEqual([
    "Model metadata for `nope-1` not found. Defaulting to fallback metadata; this can degrade performance and cause issues.",
  ]);
});

const TURN = { threadId: "t", turnId: "turn-1" };
const done = (turn: object): Line => ({
  method: "turn/completed",
  params: { threadId: "t", turn: { id: "turn-1", ...turn } },
});
const item = (method: "started" | "completed", fields: object): Line => ({
  method: `item/${method}`,
  params: { ...TURN, item: { id: "i", ...fields } },
});

describe("what no recording shows", () => {
  test("notifications before the turn has a name are held back, then read in their order", () => {
    const state = createStreamState();
    const reader = new TurnReader(new TokenCount(NO_TOKENS));
    const lines = [...load("0.169.0", "two")];
    for (const { method, params } of lines) expect(reader.read(state, method, params)).toBeUndefined();
    const held = reader.nameTurn("turn-2");
    const events = held.flatMap(({ method, params }) => reader.read(state, method, params) ?? []);
    expect(toItems(events).at(-1)).toEqual(["finished", { type: "message", text: "hello" }]);
    expect(reader.over).toBe("completed");
    expect(state.usage?.inputTokens).toBe(1_000);
  });

  test("nothing is read after the end", () => {
    const { state, events } = follow([
      done({ status: "completed", items: [] }),
      item("completed", { type: "agentMessage", text: "late" }),
    ]);
    expect(events).toEqual([]);
    expect(state.content).toBe("");
  });

  test("an end of another kind is a failure, never a success", () => {
    for (const turn of [{ status: "paused" }, {}]) {
      const { state, reader } = follow([done(turn)]);
      expect(reader.over).toBe("failed");
      expect(state).toMatchObject({ isCompleted: false, hasFailed: true });
      expect(state.failure).toContain("does not know");
    }
  });

  test("a thread that somebody closes ends its turn", () => {
    expect(follow([{ method: "thread/closed", params: { threadId: "t" } }]).reader.over).toBe("unloaded");
    const status = { threadId: "t", status: { type: "notLoaded" } };
    expect(follow([{ method: "thread/status/changed", params: status }]).reader.over).toBe("unloaded");
    expect(
      follow([{ method: "thread/status/changed", params: { ...status, status: { type: "new" } } }]).reader.over,
    ).toBeUndefined();
  });

  test("the last message is taken from the turn's end if its own notification was lost", () => {
    const message = { type: "agentMessage", id: "m", text: "answer", phase: null };
    expect(follow([done({ status: "completed", items: [message] })]).state.content).toBe("answer");
    const { state } = follow([
      item("completed", { ...message, id: "m" }),
      done({ status: "completed", items: [message] }),
    ]);
    expect(state.messages).toHaveLength(1);
  });

  test("a failure is known before the turn's end, and kept if the end repeats nothing", () => {
    const error = { message: "odd", codexErrorInfo: "serverOverloaded", additionalDetails: null };
    const lost = { method: "error", params: { ...TURN, error, willRetry: false } };
    expect(follow([lost]).state).toMatchObject({
      failure: "odd",
      hasFailed: false,
      errorInfo: { name: "server_overloaded" },
    });
    expect(follow([lost, done({ status: "failed", error: null })]).state).toMatchObject({
      failure: "odd",
      hasFailed: true,
    });
    expect(follow([done({ status: "failed" })]).state.failure).toBe("The turn failed.");
  });

  test.each<[object, object | undefined]>([
    [
      { type: "mcpToolCall", server: "s", tool: "t", status: "failed" },
      { type: "tool_call", server: "s", tool: "t", hasFailed: true },
    ],
    [
      { type: "dynamicToolCall", namespace: null, tool: "t", status: "completed" },
      { type: "tool_call", server: "", tool: "t", hasFailed: false },
    ],
    [
      { type: "collabAgentToolCall", tool: "spawnAgent" },
      { type: "subagent", action: "start" },
    ],
    [
      { type: "subAgentActivity", kind: "started" },
      { type: "subagent", action: "start" },
    ],
    [
      { type: "imageView", path: "/p/a.png" },
      { type: "image", path: "/p/a.png" },
    ],
    [
      { type: "exitedReviewMode", review: "fine" },
      { type: "review", text: "fine" },
    ],
    [
      { type: "webSearch", query: "", action: { type: "openPage", url: "https://x" } },
      { type: "search", query: "https://x" },
    ],
    [{ type: "hologram" }, { type: "other", name: "hologram" }],
    [{}, { type: "other", name: "" }],
    [{ type: "userMessage", content: [] }, undefined],
    [{ type: "functionCallOutput" }, undefined],
    [{ type: "commandExecution", command: "ls", source: "userShell" }, undefined],
  ])("item %j", (fields, told) => {
    const { state, events } = follow([item("completed", fields)]);
    expect(toItems(events)).toEqual(told === undefined ? [] : [["finished", told]]);
    expect(state.hasItems).toBe(told !== undefined);
  });

  test("a declined command and a declined change have failed", () => {
    const { state } = follow([
      item("completed", {
        type: "commandExecution",
        command: "/bin/bash -lc 'rm x'",
        status: "declined",
        exitCode: null,
      }),
      item("completed", { type: "fileChange", status: "declined", changes: [{ path: "/p/a", kind: { type: "add" } }] }),
    ]);
    expect(state).toMatchObject({ commands: 1, failedCommands: 1, failedChanges: 1 });
    expect(state.warnings).toEqual(["Codex was not allowed to change /p/a."]);
    expect([...state.changes]).toEqual([]);
  });

  test("only work keeps a turn from being silent", () => {
    const open = (fields: object) => follow([item("started", fields)]).state.openItems.size;
    expect(open({ type: "commandExecution", command: "x" })).toBe(1);
    expect(open({ type: "mcpToolCall" })).toBe(1);
    expect(open({ type: "agentMessage", text: "" })).toBe(0);
    expect(open({ type: "reasoning" })).toBe(0);
  });

  test("an actions list with a part that Codex does not understand is left out", () => {
    const commandActions = [
      { type: "read", command: "cat a", name: "a", path: "/a" },
      { type: "unknown", command: "rm b" },
    ];
    const [[, told] = []] = toItems(
      follow([item("started", { type: "commandExecution", command: "x", commandActions })]).events,
    );
    expect(told).toEqual({ type: "command", command: "x" });
  });

  test("a message that is being written is told by whole sentences and words, and no further than it is shown", () => {
    const delta = (text: string): Line => ({
      method: "item/agentMessage/delta",
      params: { ...TURN, itemId: "i", delta: text },
    });
    const { events } = follow([
      item("started", { type: "agentMessage", text: "", phase: "commentary" }),
      ...["I lo", "ok. ", "Then sk-proj.", "a1 ", "x".repeat(1_000), " more. "].map(delta),
    ]);
    expect(toItems(events)).toEqual([["changed", { type: "message", text: "I look.", phase: "commentary" }]]);
  });

  test("a line that is too long is not told, nor a part of one", () => {
    const delta = (text: string): Line => ({
      method: "item/commandExecution/outputDelta",
      params: { ...TURN, itemId: "i", delta: text },
    });
    const { events } = follow([
      item("started", { type: "commandExecution", command: "x" }),
      ...["y".repeat(3_000), "y".repeat(3_000), "\n", `${"z".repeat(20_000)}\n`, `${"z".repeat(20_000)}\nshort\n`].map(
        delta,
      ),
    ]);
    const told = toItems(events).slice(1);
    expect(told).toEqual([["changed", { type: "command", command: "x", lastLine: "short" }]]);
  });

  test("a command's newest whole line is told", () => {
    const delta = (text: string): Line => ({
      method: "item/commandExecution/outputDelta",
      params: { ...TURN, itemId: "i", delta: text },
    });
    const { events } = follow([
      item("started", { type: "commandExecution", command: "x" }),
      ...["a\nb", "c\r", "\n", "50 %\r60 %\r"].map(delta),
    ]);
    const lines = toItems(events)
      .slice(1)
      .map(([, told]) => typeof told === "object" && told.type === "command" && told.lastLine);
    expect(lines).toEqual(["a", "bc", "60 %"]);
  });

  test("fields of other types are taken for missing", () => {
    const odd = { ...TURN, item: 7, error: "x", tokenUsage: [], plan: "x", itemId: 3, turn: null, message: {} };
    for (const method of [
      "item/started",
      "item/completed",
      "error",
      "thread/tokenUsage/updated",
      "turn/plan/updated",
      "item/agentMessage/delta",
      "model/rerouted",
      "warning",
    ]) {
      expect(() => follow([{ method, params: odd }])).not.toThrow();
    }
    expect(follow([{ method: "thread/tokenUsage/updated", params: odd }]).state.usage).toBeUndefined();
  });
});
