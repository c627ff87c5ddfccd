// Lines as Codex CLIs print them (docs/codex-cli.md#event-stream), folded into what is known of the turn.
import { describe, expect, test } from "vitest";
import { createStreamState } from "../../../src/agents/codex/turn/stream-state.ts";
import { readLine } from "../../../src/agents/codex-exec/events.ts";

const ID = "01a1fa4f-63b2-7772-b0a6-be473084c496";

function read(...lines: (string | object)[]) {
  const state = createStreamState();
  const events = lines.flatMap((line) => readLine(state, typeof line === "string" ? line : JSON.stringify(line)) ?? []);
  return { state, events };
}

const item = (type: string, fields: object) => ({ type, item: { id: "item_1", ...fields } });
const command = (fields: object) => ({
  type: "command_execution",
  command: "/bin/bash -lc 'npm test'",
  status: "in_progress",
  ...fields,
});

test("a whole turn of 0.169", () => {
  const { state, events } = read(
    { type: "thread.started", thread_id: ID },
    { type: "turn.started" },
    item("item.completed", { type: "reasoning", text: "**Thinking** about ls" }),
    item("item.started", command({ aggregated_output: "", exit_code: null })),
    item("item.completed", command({ aggregated_output: "out\n", exit_code: 3, status: "failed" })),
    item("item.completed", { type: "agent_message", text: "done" }),
    {
      type: "turn.completed",
      usage: {
        input_tokens: 200,
        cached_input_tokens: 20,
        cache_write_input_tokens: 0,
        output_tokens: 40,
        reasoning_output_tokens: 10,
      },
    },
  );
  expect(state).toMatchObject({
    threadId: ID,
    content: "done",
    isCompleted: true,
    hasFailed: false,
    commands: 1,
    failedCommands: 1,
  });
  expect(state.usage).toEqual({ inputTokens: 200, cachedInputTokens: 20, outputTokens: 40, reasoningOutputTokens: 10 });
  const told = { kind: "item", id: "item_1" };
  expect(events).toEqual([
    { kind: "thread", threadId: ID },
    { kind: "begun" },
    { ...told, phase: "finished", item: { type: "reasoning", text: "**Thinking** about ls" } },
    { ...told, phase: "started", item: { type: "command", command: "npm test" } },
    { ...told, phase: "finished", item: { type: "command", command: "npm test", exitCode: 3, hasFailed: true } },
    { ...told, phase: "finished", item: { type: "message", text: "done" } },
  ]);
});

test("a turn of 0.50: no exit code until done, a shorter usage, another shell", () => {
  const { state, events } = read(
    item("item.started", { type: "command_execution", command: "bash -lc ls", status: "in_progress" }),
    { type: "turn.completed", usage: { input_tokens: 1, cached_input_tokens: 0, output_tokens: 2 } },
  );
  expect(events).toEqual([{ kind: "item", id: "item_1", phase: "started", item: { type: "command", command: "ls" } }]);
  expect(state.usage).toEqual({ inputTokens: 1, cachedInputTokens: 0, outputTokens: 2, reasoningOutputTokens: 0 });
});

describe("what is no failure", () => {
  test("an error item is a warning, once", () => {
    const warning = item("item.completed", { type: "error", message: "Model metadata for x not found" });
    const { state, events } = read(warning, warning);
    expect(state.warnings).toEqual(["Model metadata for x not found"]);
    expect(events).toEqual([]);
    expect(state).toMatchObject({ hasTold: false, hasItems: false });
    expect(state.hasFailed).toBe(false);
  });

  test("an error event is a retry until turn.failed says otherwise", () => {
    const retry = { type: "error", message: "Reconnecting... 1/5 (x)" };
    expect(read(retry)).toMatchObject({
      state: { hasFailed: false, hasTold: true },
      events: [{ kind: "notice", text: retry.message }],
    });
    expect(read(retry, { type: "turn.failed", error: { message: "gone" } }).state).toMatchObject({
      hasFailed: true,
      failure: "gone",
    });
    expect(read(retry, { type: "turn.failed", error: {} }).state.failure).toBe("Reconnecting... 1/5 (x)");
  });
});

describe("open items, while which silence means nothing", () => {
  const started = item("item.started", command({}));

  test("a command is one until it is done, or until the model speaks (some CLIs drop its end)", () => {
    expect(read(started).state.openItems.size).toBe(1);
    expect(
      read(started, item("item.completed", command({ exit_code: 0, status: "completed" }))).state.openItems.size,
    ).toBe(0);
    expect(
      read(started, { type: "item.completed", item: { id: "item_2", type: "agent_message", text: "x" } }).state
        .openItems.size,
    ).toBe(0);
  });

  test("a plan is not", () => {
    expect(read(item("item.started", { type: "todo_list", items: [] })).state.openItems.size).toBe(0);
  });
});

test("an item tells its phase and what is known of it", () => {
  const tool = { type: "mcp_tool_call", server: "s", tool: "t" };
  const { events } = read(
    item("item.started", { ...tool, status: "in_progress" }),
    item("item.completed", { ...tool, status: "failed" }),
    item("item.updated", { type: "todo_list", items: [{ text: "a", completed: true }, { text: "b" }, 7] }),
    item("item.completed", { type: "file_change", status: "failed", changes: [{ path: "/p/a", kind: "add" }] }),
    item("item.completed", command({ status: "declined" })),
  );
  const steps = [
    { text: "a", isDone: true },
    { text: "b", isDone: false },
  ];
  expect(events.map((event) => event.kind === "item" && [event.phase, event.item])).toEqual([
    ["started", { type: "tool_call", server: "s", tool: "t" }],
    ["finished", { type: "tool_call", server: "s", tool: "t", hasFailed: true }],
    ["changed", { type: "plan", steps }],
    ["finished", { type: "file_change", changes: [{ path: "/p/a", kind: "add" }], hasFailed: true }],
    ["finished", { type: "command", command: "npm test", hasFailed: true }],
  ]);
});

test("file changes count once they are made, the last kind of a path wins", () => {
  const change = (status: string, kind: string) => ({ type: "file_change", status, changes: [{ path: "/p/a", kind }] });
  const { state } = read(
    item("item.started", change("in_progress", "add")),
    item("item.completed", change("completed", "add")),
    item("item.completed", change("failed", "delete")),
    item("item.completed", change("completed", "update")),
  );
  expect([...state.changes.values()]).toEqual([{ path: "/p/a", kind: "update" }]);
});

test("a duplicate id, an unknown item, an unknown event and a huge text are taken", () => {
  const { events } = read(
    '{"type":"item.completed","item":{"id":"item_0","type":"web_search","id":"ws_1","query":"q"}}',
    item("item.started", { type: "hologram" }),
    { type: "something.new" },
    item("item.completed", { type: "agent_message", text: "x".repeat(3_000_000) }),
  );
  expect(events).toMatchObject([
    { id: "ws_1", phase: "finished", item: { type: "search", query: "q" } },
    { phase: "started", item: { type: "other", name: "hologram" } },
    { phase: "finished", item: { type: "message" } },
  ]);
});

test("what is no event is remembered as that", () => {
  expect(read("", "  ").state.hasGarbage).toBe(false);
  expect(read("hello").state.hasGarbage).toBe(true);
  expect(read('{"type":"thread.st').state.hasGarbage).toBe(true);
  expect(read("[1]").state.hasGarbage).toBe(true);
});
