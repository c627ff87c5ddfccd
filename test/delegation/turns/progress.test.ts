import { expect, test } from "vitest";
import { createTurnProgress, describeRefused } from "../../../src/delegation/turns/progress.ts";
import type { ErrorCode } from "../../../src/domain/error-codes.ts";
import { reportError } from "../../../src/domain/errors.ts";
import { createRedactor } from "../../../src/domain/redact.ts";
import { FULL_ACCESS, READ_ONLY } from "../../../src/domain/sandbox.ts";
import type { TurnOutcome } from "../../../src/domain/turn.ts";
import type { TurnEvent, TurnItem } from "../../../src/domain/turn-events.ts";

const FRAME = { cwd: "/", sandbox: READ_ONLY, approvalPolicy: "never", own: {}, backend: "fake" } as const;
const REPORT = {
  ...{ threadId: "a", content: "", usage: undefined, changes: [], commands: { count: 0, failed: 0 } },
  ...{ refusedCommands: [], hasWorked: false, warnings: [], leftRunning: [], durationMs: 0 },
};
const KEY = `sk-proj-${"a1B2".repeat(12)}`;

function begin() {
  const told: string[] = [];
  const redact = createRedactor({});
  const progress = createTurnProgress({ agent: "Gnome", frame: FRAME, redact, report: (line) => told.push(line) });
  return { progress, told };
}

function tell(...events: TurnEvent[]): string[] {
  const { progress, told } = begin();
  for (const event of events) progress.tell(event);
  return told.slice(1);
}

const started = (item: TurnItem): TurnEvent => ({ kind: "item", phase: "started", id: "1", item });
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
  [started({ type: "file_change", changes }), "Changing /p/a, /p/b"],
  [finished({ type: "file_change", changes }), "Changed /p/a, /p/b"],
  [finished({ type: "message", text: "two\n lines" }), "Gnome: two lines"],
  [finished({ type: "reasoning", text: "**Look** at it" }), "Thinking: Look at it"],
  [started({ type: "tool_call", server: "s", tool: "t" }), "Using s.t"],
  [finished({ type: "tool_call", server: "s", tool: "t" }), "Used s.t"],
  [finished({ type: "search", query: "q" }), "Searching the web: q"],
  [started({ type: "plan", steps: [] }), "Updated its plan"],
  [started({ type: "other", name: "hologram" }), "Gnome: hologram"],
  [{ kind: "quiet", forMs: 60_000 }, "Nothing new from Gnome for 60 s, its process is alive; last: nothing"],
])("%j is told as %j", (event, line) => {
  expect(tell(event)).toEqual([line]);
});

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
    finished({ type: "message", text: `${"y ".repeat(140)}${KEY}` }),
    { kind: "refused", commands: [`${"y ".repeat(35)}${KEY}`] } as const,
    { kind: "quiet", forMs: 1_000 } as const,
  ];
  const told = tell(...events);
  expect(told).toHaveLength(4);
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
  const words = { agent: "Gnome", frame: { ...FRAME, sandbox: FULL_ACCESS }, redact: (text: string) => text };
  expect(describeRefused(["a"], words)).toEqual(["1 refused by the sandbox: a"]);
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
