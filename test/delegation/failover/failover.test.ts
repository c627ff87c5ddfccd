// A task that one agent could not do goes to another one, and what must not go on does not.
import { expect, test } from "vitest";
import {
  type FailoverOrder,
  type FailoverTask,
  runWithFailover,
  type TaskAgent,
} from "../../../src/delegation/failover/failover.ts";
import type { CallContext, StartRequest, TurnAnswer, TurnEnd } from "../../../src/delegation/requests.ts";
import { ERROR_TRAITS, type ErrorCode } from "../../../src/domain/error-codes.ts";
import { BridgeError, reportError } from "../../../src/domain/errors.ts";
import { intersectPolicies, READ_ONLY } from "../../../src/domain/sandbox.ts";

const WRITING = { ...READ_ONLY, mode: "workspace-write" } as const;
const answer: TurnAnswer = {
  ...{ threadId: "t-codex", sessionId: undefined, cwd: "/p", sandbox: WRITING, content: "half", usage: undefined },
  ...{ changes: [{ path: "/p/a", kind: "update" }], receipt: "rc-12345678", commands: { count: 0, failed: 0 } },
  ...{ refusedCommands: [], hasWorked: true, warnings: [], leftRunning: [], durationMs: 1 },
};
const times = { startedAt: 0, waitedMs: 0 };
const failed = (code: ErrorCode, more: Partial<TurnAnswer> = {}): TurnEnd => ({
  ...{ kind: "failed", ...times, answer: { ...answer, ...more } },
  error: reportError(code, "It failed.", { threadId: "t-codex" }),
});
const refused = (code: ErrorCode): TurnEnd => ({ kind: "refused", ...times, error: reportError(code, "No.") });
const done: TurnEnd = {
  ...{ kind: "completed", ...times },
  answer: { ...answer, threadId: "t-claude", content: "done", receipt: "rc-87654321" },
};

/** An agent whose usage limit is nearly used, with its end where it is asked all the same. */
const nearly = (id: string, otherwise: TurnEnd = done): ((mayRelay: boolean) => TurnEnd) => {
  const details = { isNearlyUsed: true, resetsAt: "2026-11-27T14:05:00.000Z" };
  const error = reportError("USAGE_LIMIT", `${id} was passed over: 96 %.`, { details });
  return (mayRelay) =>
    mayRelay ? { kind: "failed", ...times, answer: { ...answer, hasWorked: false, changes: [] }, error } : otherwise;
};

async function run(
  ends: Record<string, TurnEnd | ((mayRelay: boolean) => TurnEnd)>,
  order: Partial<FailoverOrder> = {},
  change: Partial<StartRequest> = {},
  goOn?: FailoverTask["goOn"],
) {
  const asked: [string, StartRequest][] = [];
  const undos: (string | undefined)[] = [];
  const notes: unknown[] = [];
  const endOf = (id: string, mayRelay = false): TurnEnd => {
    const end = ends[id] ?? done;
    return typeof end === "function" ? end(mayRelay) : end;
  };
  const toAgent = (id: string): TaskAgent => ({
    ...{ id, name: id.toUpperCase(), tools: { start: id, reply: `${id}-reply` } },
    delegation: {
      start: async (request) => {
        asked.push([id, request]);
        return endOf(id, request.mayRelay);
      },
      reply: async ({ mayRelay }) => endOf(id, mayRelay),
    },
    threads: {
      find: () => undefined,
      exportFor: async () => Promise.reject(new Error("not asked for")),
      note: async (threadId, place) => {
        notes.push([threadId, place]);
        return true;
      },
      recall: async (threadId) => [
        { role: "user", text: `Earlier in ${threadId}` },
        { role: "assistant", text: "Yes" },
        { role: "user", text: "Do it" },
      ],
    },
  });
  const call: CallContext = {
    ...{ signal: new AbortController().signal, report: () => {}, canReport: false, canTask: false },
  };
  const result = await runWithFailover(
    {
      open: async (id) => toAgent(id),
      undo: async (id) => {
        undos.push(id);
        if (id === "rc-conflict") throw new BridgeError("UNDO_CONFLICT", "It changed since.");
        return { receipt: { id } as never, undoId: "rc-undo0000", restored: [], left: [], warnings: [] };
      },
    },
    { request: { prompt: "Do it", ...change }, goOn },
    { agents: ["codex", "claude"], ...order },
    call,
  );
  return { ...result, asked, undos, notes };
}

const CODES = Object.keys(ERROR_TRAITS) as ErrorCode[];
const PASSED = ["USAGE_LIMIT", "MODEL_OVERLOADED", "TURN_FAILED", "TURN_TIMED_OUT", "TURN_STALLED"];

test.for(CODES)("%s goes to another agent only where one may do better", async (code) => {
  const { agent, asked } = await run({ codex: failed(code) });
  expect(asked).toHaveLength(PASSED.includes(code) ? 2 : 1);
  expect(agent.id).toBe(PASSED.includes(code) ? "claude" : "codex");
});

test("a hand-over after a reached limit says when it is reset, and so does the next agent's thread", async () => {
  const resetsAt = "2026-11-27T14:05:00.000Z";
  const error = reportError("USAGE_LIMIT", "It is reached.", { threadId: "t-codex", details: { resetsAt } });
  const { handOvers, notes } = await run({ codex: { kind: "failed", ...times, answer, error } });
  expect(handOvers).toMatchObject([{ code: "USAGE_LIMIT", resetsAt }]);
  expect(notes).toContainEqual([
    "t-claude",
    { cameFrom: { agent: "codex", threadId: "t-codex", resetsAt: Date.parse(resetsAt) } },
  ]);
});

test("a cancel before the next agent begins still tells what the first one changed", async () => {
  const { end } = await run({ codex: failed("TURN_FAILED"), claude: refused("CANCELLED") });
  expect(end).toMatchObject({
    kind: "refused",
    error: { code: "CANCELLED", details: { failover: [{ from: "codex", to: "claude", receipt: "rc-12345678" }] } },
  });
});

test.each([
  ["untrusted", undefined, "untrusted"],
  ["on-request", "on-request", "on-request"],
  ["on-request", undefined, undefined],
  ["never", undefined, undefined],
] as const)(
  "a thread that asks %s (named: %s) goes on with %s: nothing runs unasked that was to be asked about",
  async (approvalPolicy, named, given) => {
    const { asked } = await run({ codex: failed("TURN_FAILED", { approvalPolicy }) }, {}, { approvalPolicy: named });
    expect(asked[1]?.[1].approvalPolicy).toBe(given);
  },
);

test("the next agent gets the task, the limits and what was changed, and nothing that only the first one knows", async () => {
  const change: Partial<StartRequest> = {
    ...{ model: "gpt-5", reasoningEffort: "high", profile: "p", config: { a: 1 }, sessionId: "mine" },
    ...{ sandbox: "danger-full-access" as const, developerInstructions: "Be brief.", check: "npm test" },
  };
  const { end, handOvers, asked } = await run({ codex: failed("TURN_TIMED_OUT") }, {}, change);
  expect(asked[1]?.[1]).toEqual({
    prompt: expect.stringMatching(
      /^Standing instructions:\nBe brief\.\n\nDo it\n\n\[Note of the bridge\] CODEX was given this task first and did not finish it \(TURN_TIMED_OUT\)\. It changed \(receipt rc-12345678\): update \/p\/a\. Look at that first, then finish the task\. Its last words, which may be wrong:\nhalf$/,
    ),
    ...{ cwd: "/p", sandboxWish: "workspace-write", within: WRITING, check: "npm test", mayRelay: true },
  });
  expect(handOvers).toEqual([
    {
      ...{ from: "codex", to: "claude", code: "TURN_TIMED_OUT", reason: "It failed.", threadId: "t-codex" },
      ...{ receipt: "rc-12345678", proposal: undefined, undo: undefined },
    },
  ]);
  expect(end).toMatchObject({
    kind: "completed",
    answer: {
      threadId: "t-claude",
      earlierReceipts: [{ id: "rc-12345678" }],
      warnings: [expect.stringMatching(/CLAUDE/)],
    },
  });
});

test("clean: the changes are undone first; what cannot be undone, or is not known, is not handed on", async () => {
  const clean = await run({ codex: failed("TURN_FAILED") }, { from: "clean" });
  expect(clean.undos).toEqual(["rc-12345678"]);
  expect(clean.asked[1]?.[1].prompt).toContain("What it had changed was undone.");
  expect(clean.handOvers[0]?.undo).toBe("rc-undo0000");
  for (const receipt of ["rc-conflict", undefined]) {
    const { end, asked } = await run({ codex: failed("TURN_FAILED", { receipt }) }, { from: "clean" });
    expect(asked).toHaveLength(1);
    expect(end).toMatchObject({
      error: { code: "TURN_FAILED", message: expect.stringContaining("could not be undone") },
    });
  }
});

test("before its turn, the first agent's sandbox is what was asked for, or read-only", async () => {
  const { asked } = await run({ codex: refused("USAGE_LIMIT") });
  expect(asked[1]?.[1]).toMatchObject({ sandboxWish: "read-only", within: { mode: "read-only" } });
});

test("a permission profile has no like in another agent, so the task stays", async () => {
  const { end, asked } = await run({ codex: failed("TURN_FAILED", { profile: "careful" }) });
  expect(asked).toHaveLength(1);
  expect(end).toMatchObject({ error: { message: expect.stringContaining("permission profile careful") } });
});

test("an agent that cannot begin is passed over, and told; where all fail, the last error names the hand-over", async () => {
  const none = await run({ codex: failed("TURN_FAILED"), claude: refused("AGENT_NOT_FOUND") });
  expect(none.end).toMatchObject({
    error: { code: "TURN_FAILED", message: expect.stringContaining("CLAUDE could not begin: [AGENT_NOT_FOUND]") },
  });
  const third = await run(
    { codex: failed("TURN_FAILED"), claude: refused("AGENT_NOT_FOUND") },
    { agents: ["codex", "claude", "gemini"] },
  );
  expect(third.agent.id).toBe("gemini");
  const both = await run({ codex: failed("TURN_FAILED"), claude: failed("TURN_STALLED") });
  expect(both.end).toMatchObject({
    error: { code: "TURN_STALLED", details: { failover: [{ from: "codex", to: "claude" }] } },
  });
});

const spare = (...ids: string[]) => Object.fromEntries(ids.map((id) => [id, nearly(id)]));

test("an agent whose usage limit is nearly used is passed over, and each thread leads to the other one", async () => {
  const { end, agent, handOvers, asked, notes } = await run(spare("codex"));
  expect([agent.id, asked[1]?.[1].prompt]).toEqual([
    "claude",
    "Do it\n\n[Note of the bridge] CODEX was to do this and did not begin: its usage limit is nearly used.",
  ]);
  expect(handOvers).toMatchObject([{ from: "codex", to: "claude", resetsAt: "2026-11-27T14:05:00.000Z" }]);
  expect(end).toMatchObject({ answer: { warnings: ["codex was passed over: 96 %. So CLAUDE did the task."] } });
  const resetsAt = Date.parse("2026-11-27T14:05:00.000Z");
  expect(notes).toEqual([["t-claude", { cameFrom: { agent: "codex", threadId: undefined, resetsAt } }]]);
  expect((await run({ codex: failed("TURN_FAILED") })).notes).toMatchObject([
    ["t-claude", { cameFrom: { agent: "codex", threadId: "t-codex", resetsAt: undefined } }],
    ["t-codex", { wentTo: { agent: "claude", threadId: "t-claude" } }],
  ]);
});

test("where all limits are nearly used, or the others cannot do it, the first one does it all the same", async () => {
  const both = await run(spare("codex", "claude"));
  expect([both.agent.id, both.handOvers, both.asked.map(([id]) => id)]).toEqual([
    "codex",
    [],
    ["codex", "claude", "codex"],
  ]);
  expect(both.end).toMatchObject({
    answer: {
      warnings: [expect.stringMatching(/^codex was passed over: 96 %\. .*claude was passed over.* CODEX did/)],
    },
  });
  const away = await run({ ...spare("codex"), claude: refused("AGENT_NOT_FOUND") });
  expect([away.agent.id, away.end.kind]).toEqual(["codex", "completed"]);
});

test("one that was passed over does what no other one could", async () => {
  const after = await run({ codex: failed("TURN_FAILED"), ...spare("claude") });
  expect([after.agent.id, after.asked.map(([id]) => id)]).toEqual(["claude", ["codex", "claude", "claude"]]);
  const back = await run({ ...spare("codex"), claude: failed("TURN_STALLED") });
  expect([back.agent.id, back.handOvers.map(({ to }) => to)]).toEqual(["codex", ["claude", "codex"]]);
  const worn = { codex: nearly("codex", failed("USAGE_LIMIT")), claude: nearly("claude", failed("USAGE_LIMIT")) };
  const none = await run(worn);
  expect([none.asked.length, none.end]).toMatchObject([4, { error: { code: "USAGE_LIMIT" } }]);
});

test("without another agent nothing is passed over", async () => {
  const { asked } = await run(spare("codex"), { agents: ["codex"] });
  expect(asked.map(([, { mayRelay }]) => mayRelay)).toEqual([false]);
});

const unfit: Partial<TurnAnswer> = { unfit: { content: "n is one", reason: "it is not JSON" }, isUncommitted: true };
const schema = { type: "object" };

test("a message that does not fit, though it was corrected once, is put into its form by the other agent", async () => {
  const json: TurnEnd = { ...done, answer: { ...done.answer, content: '{"n":1}', isJson: true } };
  const ends = { codex: failed("INVALID_OUTPUT", unfit), claude: json };
  const { end, agent, handOvers, correctedBy, asked } = await run(
    ends,
    {},
    { expect: schema, commit: true, sandbox: "workspace-write" },
  );
  expect([agent.id, handOvers, correctedBy]).toEqual(["codex", [], "claude"]);
  // The work, its thread and its receipt are the first agent's.
  expect(end).toMatchObject({
    kind: "completed",
    answer: { threadId: "t-codex", receipt: "rc-12345678", content: '{"n":1}', isJson: true },
  });
  expect(end.kind === "completed" && end.answer.warnings).toEqual([
    "The final message did not fit `expect` (it is not JSON). This is the one that CLAUDE made of it.",
    "Nothing was committed.",
  ]);
  expect(asked[1]?.[1]).toMatchObject({
    ...{ cwd: "/p", sandboxWish: "read-only", within: READ_ONLY, readsOnly: true, expect: schema },
    prompt: expect.stringMatching(/^Correct the text at the end.*it is not JSON.*n is one$/s),
  });
  expect(asked[1]?.[1].commit).toBeUndefined();
});

test("a message that nobody can correct stays the first agent's failure, with both reasons", async () => {
  const claude = failed("INVALID_OUTPUT");
  const { end, correctedBy } = await run({ codex: failed("INVALID_OUTPUT", unfit), claude }, {}, { expect: schema });
  expect(correctedBy).toBeUndefined();
  expect(end).toMatchObject({
    error: { code: "INVALID_OUTPUT", message: expect.stringContaining("CLAUDE did not correct it: [INVALID_OUTPUT]") },
  });
  // Without `failover`, or where no message is there.
  expect(
    (await run({ codex: failed("INVALID_OUTPUT", unfit) }, { agents: ["codex"] }, { expect: schema })).asked,
  ).toHaveLength(1);
  expect((await run({ codex: failed("INVALID_OUTPUT") }, {}, { expect: schema })).asked).toHaveLength(1);
});

test("a reply: the next agent is told the conversation, in the directory and sandbox of its thread", async () => {
  const reply: FailoverTask["goOn"] = ({ reply }, call) => reply({ prompt: "Do it", threadId: "t-codex" }, call);
  const { asked, agent } = await run({ codex: failed("TURN_FAILED") }, {}, {}, reply);
  expect([agent.id, asked.map(([id]) => id)]).toEqual(["claude", ["claude"]]);
  expect(asked[0]?.[1]).toMatchObject({ cwd: "/p", within: WRITING, sandboxWish: "workspace-write" });
  expect(asked[0]?.[1].prompt).toMatch(
    /^This goes on a conversation with CODEX\. What was said last in it:\n\nUser: Earlier in t-codex\n\nCODEX: Yes\n\nNow:\nDo it\n\n\[Note of the bridge\] CODEX was given this task first/,
  );
  const third = await run(
    { codex: failed("TURN_FAILED"), claude: failed("TURN_STALLED") },
    { agents: ["codex", "claude", "gemini"] },
    {},
    reply,
  );
  expect(third.asked.map(([id]) => id)).toEqual(["claude", "gemini"]);
  expect(third.asked[1]?.[1].prompt).toMatch(/^This goes on a conversation with CODEX.*Now:\nDo it\n/s);
});

test("a reply in a worktree: what it changed is part of its proposal, and is not undone for another agent", async () => {
  const proposal = { id: "pr-12345678", branch: "b", worktree: "/w/p", files: 1, diffStat: "" };
  const reply: FailoverTask["goOn"] = ({ reply }, call) => reply({ prompt: "Do it", threadId: "t-codex" }, call);
  const end = failed("TURN_FAILED", { proposal });
  const clean = await run({ codex: end }, { from: "clean" }, {}, reply);
  expect([clean.asked, clean.end]).toMatchObject([[], { error: { message: expect.stringContaining("pr-12345678") } }]);
  expect((await run({ codex: end }, {}, {}, reply)).asked).toHaveLength(1);
});

test("an isolated task goes on in its worktree, or begins in a new one", async () => {
  const proposal = { id: "pr-12345678", branch: "b", worktree: "/w/p", files: 1, diffStat: "" };
  const end = failed("TURN_FAILED", { proposal, cwd: "/w/p/sub" });
  const handoff = { read: "PLAN.md", write: "/p/sub/RESULT.md" };
  const asked = { isolation: "worktree", cwd: "/p/sub", handoff } as const;
  const kept = await run({ codex: end }, {}, asked);
  // The document is the user's, not what an agent has made of it there.
  const there = { cwd: "/w/p/sub", isolation: undefined, handoff, readsOrigin: true };
  expect(kept.asked[1]?.[1]).toMatchObject(there);
  const clean = await run({ codex: end }, { from: "clean" }, asked);
  expect(clean.asked[1]?.[1]).toMatchObject({ cwd: "/p/sub", isolation: "worktree", handoff });
  expect(clean.undos).toEqual([]);
  expect(clean.handOvers[0]?.proposal).toBe("pr-12345678");
});

test("what two sandboxes allow together is no wider than either", () => {
  const wide = { ...WRITING, networkAccess: true, writableRoots: ["/a/b", "/c"] };
  const narrow = { ...WRITING, writableRoots: ["/a"], excludeSlashTmp: true };
  const both = { ...WRITING, networkAccess: false, writableRoots: ["/a/b"], excludeSlashTmp: true };
  expect(intersectPolicies(wide, narrow)).toEqual(both);
  expect(intersectPolicies(READ_ONLY, wide)).toEqual(READ_ONLY);
  expect(intersectPolicies({ ...READ_ONLY, mode: "danger-full-access" }, narrow)).toEqual(narrow);
});
