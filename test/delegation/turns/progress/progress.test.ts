import { expect, test } from "vitest";
import { createTurnProgress, describeRefused } from "../../../../src/delegation/turns/progress/progress.ts";
import type { ErrorCode } from "../../../../src/domain/error-codes.ts";
import { reportError } from "../../../../src/domain/errors.ts";
import { createRedactor } from "../../../../src/domain/redact.ts";
import { FULL_ACCESS, READ_ONLY } from "../../../../src/domain/sandbox.ts";
import type { TurnOutcome } from "../../../../src/domain/turn.ts";
import type { TurnEvent, TurnItem } from "../../../../src/domain/turn-events.ts";

const FRAME = { cwd: "/p", sandbox: READ_ONLY, approvalPolicy: "never", own: {}, backend: "fake" } as const;
const REPORT = {
  ...{ threadId: "a", content: "", usage: undefined, changes: [], commands: { count: 0, failed: 0 } },
  ...{ refusedCommands: [], hasWorked: false, warnings: [], leftRunning: [], durationMs: 0 },
};
const KEY = `sk-proj-${"a1B2".repeat(12)}`;

function begin() {
  const told: string[] = [];
  const redact = createRedactor({});
  const time = { now: 0 };
  const clock = () => time.now;
  const progress = createTurnProgress({
    agent: "Gnome",
    frame: FRAME,
    redact,
    clock,
    canWiden: false,
    report: (line) => told.push(line),
  });
  return { progress, told, time };
}

function tell(...events: TurnEvent[]): string[] {
  const { progress, told } = begin();
  for (const event of events) progress.tell(event);
  return told.slice(1);
}

const started = (item: TurnItem): TurnEvent => ({ kind: "item", phase: "started", id: "1", item });
const changed = (item: TurnItem): TurnEvent => ({ kind: "item", phase: "changed", id: "1", item });
const reads = (names: readonly string[]) => names.map((name) => ({ kind: "read", path: `/p/${name}` }) as const);
const search = (query: string, path: string | undefined) => ({ kind: "search", query, path }) as const;
const finished = (item: TurnItem): TurnEvent => ({ kind: "item", phase: "finished", id: "1", item });
const changes = [
  { path: "/p/a", kind: "add" },
  { path: "/p/b", kind: "delete" },
];

test("begins with the agent's name", () => {
  expect(begin().told).toEqual(["Starting Gnome"]);
});

test.each<[TurnEvent, string]>([
  [{ kind: "begun" }, "Gnome is thinking"],
  [{ kind: "notice", text: "Reconnecting... 1/5" }, "Gnome: Reconnecting... 1/5"],
  [started({ type: "command", command: "npm test" }), "Running: npm test"],
  [finished({ type: "command", command: "npm test" }), "Ran: npm test"],
  [finished({ type: "command", command: "npm test", exitCode: 3 }), "Ran (exit 3): npm test"],
  [finished({ type: "command", command: "npm test", exitCode: 0 }), "Ran: npm test"],
  [
    finished({ type: "command", command: "npm test", exitCode: 1, durationMs: 11_800 }),
    "Ran in 12 s (exit 1): npm test",
  ],
  [started({ type: "command", command: "x", actions: [{ kind: "read", path: "/p/src/a.ts" }] }), "Reading src/a.ts"],
  [
    finished({ type: "command", command: "x", actions: [{ kind: "read", path: "/o/a.ts" }], exitCode: 0 }),
    "Read /o/a.ts",
  ],
  [started({ type: "command", command: "x", actions: reads(["a", "b", "b", "c", "d"]) }), "Reading a, b, c and 1 more"],
  [
    started({ type: "command", command: "x", actions: [search("foo", "src"), { kind: "list", path: undefined }] }),
    "Searching for foo in src, listing files",
  ],
  [
    finished({ type: "command", command: "x", actions: [search("foo", undefined)], exitCode: 1 }),
    "Searched for foo (exit 1)",
  ],
  [finished({ type: "command", command: "x", actions: [{ kind: "list", path: "/p/src" }] }), "Listed files in src"],
  [started({ type: "file_change", changes }), "Editing 2 files: a, b"],
  [finished({ type: "file_change", changes }), "Changed 2 files: a, b"],
  [started({ type: "file_change", changes: changes.slice(1) }), "Editing b"],
  [finished({ type: "file_change", changes: changes.slice(1), hasFailed: true }), "Could not change b"],
  [finished({ type: "message", text: "two\n lines" }), "Gnome: two lines"],
  [started({ type: "tool_call", server: "s", tool: "t" }), "Using s.t"],
  [finished({ type: "tool_call", server: "s", tool: "t" }), "Used s.t"],
  [finished({ type: "reasoning", text: "**Look** at it" }), "Thinking: Look"],
  [finished({ type: "reasoning", text: "**One**\n\nfirst\n**Two**\n\nsecond" }), "Thinking: Two"],
  [finished({ type: "reasoning", text: "I **look** at it" }), "Thinking: I look at it"],
  [started({ type: "reasoning", text: "" }), "Gnome is thinking"],
  [changed({ type: "tool_call", server: "s", tool: "t", note: "half" }), "Using s.t: half"],
  [finished({ type: "tool_call", server: "", tool: "t", hasFailed: true }), "t failed"],
  [started({ type: "search", query: "" }), "Searching the web"],
  [finished({ type: "search", query: "q" }), "Searching the web: q"],
  [started({ type: "subagent", action: "wait" }), "Waiting for a subagent"],
  [finished({ type: "image", path: "/p/a.png" }), "Looking at a.png"],
  [started({ type: "compaction" }), "Shortening the thread, which is nearly full"],
  [finished({ type: "compaction" }), "Shortened the thread"],
  [started({ type: "review", text: "current changes" }), "Reviewing current changes"],
  [finished({ type: "review", text: "all is well" }), "Finished the review"],
  [started({ type: "plan", steps: [] }), "Updated its plan"],
  [
    changed({
      type: "plan",
      steps: [
        { text: "one", isDone: true },
        { text: "two", isDone: false },
        { text: "three", isDone: false },
      ],
    }),
    "Plan: 1 of 3 steps done, next: two",
  ],
  [changed({ type: "plan", steps: [{ text: "one", isDone: true }] }), "Plan: 1 of 1 steps done"],
  [started({ type: "other", name: "hologram" }), "Gnome: hologram"],
  [{ kind: "quiet", forMs: 60_000 }, "Nothing new from Gnome for 60 s, its process is alive; last: nothing"],
])("%j is told as %j", (event, line) => {
  expect(tell(event)).toEqual([line]);
});

test("a running command is told with its time and its newest line, twice a second at most", () => {
  const { progress, told, time } = begin();
  const command = { type: "command", command: "npm test" } as const;
  const tellAt = (now: number, event: TurnEvent): void => {
    time.now = now;
    progress.tell(event);
  };
  tellAt(1_000, started(command));
  tellAt(12_900, changed({ ...command, lastLine: "14 tests passed" }));
  tellAt(13_000, changed({ ...command, lastLine: "15 tests passed" }));
  tellAt(13_500, changed({ ...command, lastLine: "16 tests passed" }));
  tellAt(20_000, finished({ ...command, exitCode: 0 }));
  expect(told.slice(1)).toEqual([
    "Running: npm test",
    "Running for 12 s: npm test | 14 tests passed",
    "Running for 13 s: npm test | 16 tests passed",
    "Ran in 19 s: npm test",
  ]);
});

test.each(["MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDG", "hunter2", `token ${"a1".repeat(30)}`])(
  "a line of output that may be a part of a secret is not told: %s",
  (lastLine) => {
    const { progress, told } = begin();
    progress.tell(started({ type: "command", command: "cat key" }));
    progress.tell(changed({ type: "command", command: "cat key", lastLine }));
    expect(told.slice(1)).toEqual(["Running: cat key"]);
  },
);

test("a thread's id, usage and permissions are not told", () => {
  const usage = { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1, reasoningOutputTokens: 0 };
  expect(tell({ kind: "thread", threadId: "a" }, { kind: "usage", usage })).toEqual([]);
});

test("silence is told with what was seen last, however often it is told", () => {
  const told = tell({ kind: "begun" }, { kind: "quiet", forMs: 1_000 }, { kind: "quiet", forMs: 2_000 });
  expect(told[2]).toBe("Nothing new from Gnome for 2 s, its process is alive; last: Gnome is thinking");
});

test("secrets are taken out before a text is cut", () => {
  const events = [
    started({ type: "command", command: `curl -H ${KEY}` }),
    changed({ type: "command", command: `curl ${"y ".repeat(30)} -H ${KEY}`, lastLine: `key is: ${KEY.slice(0, 30)}` }),
    finished({ type: "message", text: `${"y ".repeat(140)}${KEY}` }),
    { kind: "refused", commands: [`${"y ".repeat(35)}${KEY}`] } as const,
    { kind: "quiet", forMs: 1_000 } as const,
  ];
  const told = tell(...events);
  expect(told).toHaveLength(5);
  for (const line of told) expect(line).not.toContain("sk-proj");
});

test("a huge message is told as a line", () => {
  const [line = ""] = tell(finished({ type: "message", text: "x".repeat(3_000_000) }));
  expect(line.length).toBeLessThanOrEqual(301);
});

test("refused commands are told as one line with the next step, a few of them by name", () => {
  const commands = ["a", "b\nc", "d", "e", "f"];
  const line =
    '5 refused by the sandbox: a; b c; d and 2 more. To let Gnome write, start a new thread with sandbox "workspace-write".';
  expect(tell({ kind: "refused", commands })).toEqual([line]);
  const words = { agent: "Gnome", frame: FRAME, redact: (text: string) => text, canWiden: true };
  expect(describeRefused(["a"], words)).toEqual([
    '1 refused by the sandbox: a. To let Gnome write, continue the thread with sandbox "workspace-write": the user is asked then.',
  ]);
  expect(describeRefused(["a"], { ...words, frame: { ...FRAME, sandbox: FULL_ACCESS } })).toEqual([
    "1 refused by the sandbox: a",
  ]);
  expect(describeRefused([], words)).toEqual([]);
});

test("a turn whose time was up tells what was seen last; other errors stay as they are", () => {
  const { progress } = begin();
  progress.tell({ kind: "begun" });
  const fail = (code: ErrorCode, agentText: string | undefined, isTimeUp: boolean) => {
    const error = reportError(code, "m", { agentText, details: { a: 1 } });
    const outcome: TurnOutcome = progress.addLastSeen({ kind: "failed", report: REPORT, error, isTimeUp });
    return outcome.kind === "failed" ? outcome.error : undefined;
  };
  const details = { a: 1, lastSeen: "Gnome is thinking" };
  expect(fail("TURN_STALLED", undefined, true)).toMatchObject({ agentText: "Last seen: Gnome is thinking", details });
  expect(fail("TURN_TIMED_OUT", "so far", true)?.agentText).toBe("Last seen: Gnome is thinking\nso far");
  expect(fail("NETWORK", "no route", true)).toMatchObject({ agentText: "no route", details });
  expect(fail("TURN_FAILED", "no", false)).toMatchObject({ agentText: "no", details: { a: 1 } });
});
