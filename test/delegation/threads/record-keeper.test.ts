import { expect, test } from "vitest";
import { RecordKeeper, type TurnThread } from "../../../src/delegation/threads/record-keeper.ts";
import type { SessionStore } from "../../../src/delegation/threads/session-store.ts";
import { type FileContent, RecordNotStoredError } from "../../../src/delegation/threads/write-narrowing.ts";
import { reportError } from "../../../src/domain/errors.ts";
import { SILENT_LOGGER } from "../../../src/domain/logger.ts";
import { FULL_ACCESS, READ_ONLY, type SandboxPolicy } from "../../../src/domain/sandbox.ts";
import type { ThreadRecord } from "../../../src/domain/thread.ts";
import type { TurnOutcome } from "../../../src/domain/turn.ts";

const frame = { cwd: "/p", sandbox: READ_ONLY, approvalPolicy: "never", own: {}, backend: "codex-exec" } as const;
const record = (threadId: string, extra: Partial<ThreadRecord> = {}): ThreadRecord => ({
  threadId,
  project: "/p",
  frame,
  turns: 1,
  createdAt: 0,
  lastUsedAt: 0,
  ...extra,
});
const REPORT = {
  content: "",
  usage: undefined,
  changes: [],
  commands: { count: 0, failed: 0 },
  refusedCommands: [],
  warnings: [],
};
const DONE: TurnOutcome = {
  kind: "completed",
  report: { ...REPORT, threadId: "a", hasWorked: true, leftRunning: [], durationMs: 0 },
};

const FAILURE = { error: reportError("AGENT_UNAUTHENTICATED", "No login.") };

/** A keeper with records in a map; `fails` says what a put leaves in the file, if it fails. */
function setup(thread: Partial<TurnThread>, fails: () => FileContent | undefined = () => undefined, isStored = false) {
  const records = new Map<string, ThreadRecord>();
  const sessions: SessionStore = {
    get: (threadId) => records.get(threadId),
    listNewest: () => [],
    getByName: () => undefined,
    isStored: () => isStored,
    isDamaged: () => false,
    put: (entry) => {
      const content = fails();
      if (content !== undefined) throw new RecordNotStoredError(content, new Error("full"));
      records.set(entry.threadId, entry);
    },
    setRunning: () => {},
    size: 0,
  };
  const permits = { open: () => ({ warnings: [], release: async () => {} }) };
  const options = { sessions, permits, baseDir: "/p", clock: () => 1, logger: SILENT_LOGGER };
  return { records, keeper: new RecordKeeper(options, { frame, sessionId: undefined, record: undefined, ...thread }) };
}

test("no turn begins where a restart would undo its narrowing", () => {
  const { keeper } = setup({ record: record("a") }, () => "wider");
  expect(() => keeper.begin(record("a"))).toThrow(
    expect.objectContaining({
      code: "CONFIG_INVALID",
      message: expect.stringContaining("cannot be stored in the state folder (full)"),
    }),
  );
});

test("a turn that only counts on is written while it runs, at its end at the latest", async () => {
  const stored = record("a");
  const atEnd = setup({ record: stored, sessionId: stored.sessionId }, undefined, true);
  atEnd.keeper.begin(stored);
  expect(atEnd.records.size).toBe(0);
  atEnd.keeper.settle(DONE);
  expect(atEnd.records.get("a")?.turns).toBe(2);
  const running = setup({ record: stored }, undefined, true);
  running.keeper.begin(stored);
  await new Promise(setImmediate);
  expect(running.records.get("a")?.turns).toBe(2);
  const unbegun = setup({ record: stored }, () => "older", true);
  unbegun.keeper.begin(stored);
  await unbegun.keeper.close();
  expect(unbegun.keeper.warnings).toEqual([expect.stringContaining("could not be stored")]);
});

test.each([
  ["not in the file", {}, false],
  ["in another frame", { frame: { ...frame, model: "m" } }, true],
  ["under another name", { sessionId: "n" }, true],
  ["only asked", { kept: { frame, mostMs: 1 } }, true],
])("a turn of a record that is %s is written before it", (_what, thread, isStored) => {
  const { keeper, records } = setup({ record: record("a"), ...thread }, undefined, isStored);
  keeper.begin(record("a"));
  expect(records.has("a")).toBe(true);
});

test("no turn that is wider for once begins where its narrow record cannot be stored", () => {
  const wide = { ...frame, sandbox: FULL_ACCESS };
  const begin = (content: FileContent) => {
    const { keeper, records } = setup({ record: record("a"), frame: wide, narrow: frame }, () => content);
    keeper.begin(record("a"));
    return records.get("a");
  };
  expect(() => begin("nothing")).toThrow(expect.objectContaining({ code: "CONFIG_INVALID" }));
  expect(() => begin("emptied")).not.toThrow();
});

test("a turn that is wider for once leaves its thread as it was; the next that is read back as narrow takes the mark away", () => {
  const wide = { ...frame, sandbox: FULL_ACCESS };
  const once = setup({ record: record("a"), frame: wide, narrow: { ...frame, model: "m" } });
  once.keeper.begin(record("a"));
  once.keeper.settle(DONE);
  const kept = once.records.get("a");
  expect(kept).toMatchObject({ frame: { sandbox: READ_ONLY, model: "m" }, wasWidened: true });
  expect(kept?.askedUntil).toBeUndefined();
  const next = (sandbox: SandboxPolicy | undefined, kind: "completed" | "failed" = "completed") => {
    const { keeper, records } = setup({ record: kept, frame });
    keeper.begin(record("a", kept));
    expect(records.get("a")?.wasWidened).toBe(true);
    const report = { ...DONE.report, sandbox, hasWorked: kind === "completed" };
    keeper.settle(kind === "completed" ? { kind, report } : { kind, report, ...FAILURE });
    return records.get("a")?.wasWidened;
  };
  expect(next(READ_ONLY)).toBeUndefined();
  // Codex's file still ends with the wide turn, or may.
  expect(next(undefined)).toBe(true);
  expect(next(undefined, "failed")).toBe(true);
  expect(next(FULL_ACCESS)).toBe(true);
});

test.each<[FileContent, RegExp]>([
  ["nothing", /sandbox and model of its last turn, but no sessionId/],
  ["older", /the settings from before this turn/],
  ["emptied", /the thread is read-only/],
])("what could not be stored (%s) is told as what a restart makes of it", (content, words) => {
  const { keeper } = setup({ record: record("a") }, () => content);
  keeper.begin(record("a"));
  expect(keeper.warnings).toEqual([expect.stringMatching(words)]);
});

test("what could be stored by the end of the turn is no warning", () => {
  let isFull = true;
  const { keeper, records } = setup({ record: record("a") }, () => (isFull ? "older" : undefined));
  keeper.begin(record("a"));
  isFull = false;
  keeper.settle(DONE);
  expect(keeper.warnings).toEqual([]);
  expect(records.get("a")?.turns).toBe(2);
});

test("a thread that is replaced loses its name, and keeps what it was narrowed to meanwhile", () => {
  const known = record("old", { sessionId: "mine", frame: { ...frame, sandbox: FULL_ACCESS } });
  const { keeper, records } = setup({ sessionId: "mine", replaces: known });
  records.set("old", record("old", { sessionId: "mine" }));
  keeper.keep("new");
  expect(records.get("new")?.sessionId).toBe("mine");
  expect(records.get("old")).toMatchObject({ sessionId: undefined, frame: { sandbox: READ_ONLY } });
});

test.each([
  [60_000, 60_001],
  [86_400_000, 3_600_001],
])(
  "a question of at most %d ms explains a read-only last turn for that long, but never for more than an hour",
  (mostMs, until) => {
    const { records, keeper } = setup({ record: record("a"), kept: { frame, mostMs } });
    keeper.begin(record("a"));
    expect(records.get("a")?.askedUntil).toBe(until);
  },
);

test("a link ends later by the time that a person takes, before and after the thread is known", () => {
  const chain = { id: "ch-chain00001", depth: 1, hops: [{ agent: "codex" }], deadline: 1_000, hasBudget: false };
  const { keeper, records } = setup({ chain });
  keeper.addTime(20);
  keeper.keep("a");
  expect(records.get("a")?.chain).toMatchObject({ deadline: 1_020, hops: [{ thread: "a" }] });
  keeper.addTime(300);
  expect(records.get("a")?.chain?.deadline).toBe(1_320);
  keeper.settle(DONE);
  expect(records.get("a")?.chain?.deadline).toBe(1_320);
});
