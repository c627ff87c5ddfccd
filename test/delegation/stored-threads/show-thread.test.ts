// What is shown of a thread: who has it open as far as it is known, and texts that are safe to show.
import { expect, test } from "vitest";
import { createThreadShow, type ShowOptions } from "../../../src/delegation/stored-threads/show-thread.ts";
import { createRedactor } from "../../../src/domain/redact.ts";
import { READ_ONLY } from "../../../src/domain/sandbox.ts";
import type { StoredThread } from "../../../src/domain/stored-thread.ts";
import type { ThreadRecord } from "../../../src/domain/thread.ts";
import type { LockHeld } from "../../../src/state/lock-files.ts";

const OWN_PID = 7;
const STORED: StoredThread = {
  ...{ threadId: "t-1", cwd: "/p", origin: "cli", lastUsedAt: 5, name: undefined, firstPrompt: undefined },
  ...{ sandboxMode: "workspace-write", model: "m", reasoningEffort: undefined, isArchived: false, use: "free" },
};
const RECORD: ThreadRecord = {
  ...{ threadId: "t-1", sessionId: "mine", project: "/p", turns: 1, createdAt: 1, lastUsedAt: 1 },
  frame: { cwd: "/q", sandbox: READ_ONLY, approvalPolicy: "never", own: {}, backend: "other" },
};

function show(stored: Partial<StoredThread> = {}, options: Partial<ShowOptions> = {}) {
  return createThreadShow({
    sessions: { get: () => undefined },
    locks: { look: () => undefined },
    ...{ ownPid: OWN_PID, backend: { name: "codex-exec" }, baseDir: "/p", redact: (text: string) => text },
    ...options,
  })({ ...STORED, ...stored });
}

const held = (pid: number, isSeenAlive = true): LockHeld => ({
  ...{ kind: "held", isSeenAlive, path: "/s/t-1.json" },
  holder: { pid, start: 1, bootId: "b", cwd: "/p", since: 1 },
});
const locked = (lock: LockHeld) => ({ locks: { look: () => lock } });

test.each([
  ["nobody", { use: "free" }, {}, "no"],
  ["a turn of this bridge", { use: "running" }, locked(held(OWN_PID)), "here"],
  ["another bridge", { use: "free" }, locked(held(8)), "elsewhere"],
  ["a bridge with the same pid in another container", { use: "unknown" }, locked(held(OWN_PID, false)), "elsewhere"],
  ["a terminal", { use: "open" }, {}, "elsewhere"],
  ["another program's turn", { use: "running" }, {}, "elsewhere"],
  ["nobody knows who", { use: "unknown" }, {}, "unknown"],
  ["nobody can read the locks", { use: "free" }, { locks: { look: fail } }, "unknown"],
] as const)("open for %s", (_who, stored, options, open) => {
  expect(show(stored, options).open).toBe(open);
});

function fail(): never {
  throw new Error("EMFILE");
}

test("the record knows the frame better than the file, and names count in their directory alone", () => {
  expect(show({}, { sessions: { get: () => RECORD } })).toMatchObject({
    ...{ sessionId: "mine", cwd: "/q", sandbox: "read-only", model: "m", backend: "other", startedBy: "terminal" },
  });
  const elsewhere = { sessions: { get: () => ({ ...RECORD, project: "/other", title: "Fix it" }) } };
  expect(show({}, elsewhere)).toMatchObject({ sessionId: undefined, title: "Fix it", startedBy: "codex-bridge" });
  expect(show({}, { sessions: { get: fail } })).toMatchObject({ sandbox: "workspace-write", backend: "codex-exec" });
});

test("texts are one line each, short, without secrets and control characters", () => {
  const redact = createRedactor({ TEST_TOKEN: "hush-hush-hush-hush" });
  const text = `a\n\u001b[31mb \u202e hush-hush-hush-hush ${"x".repeat(3_000)}`;
  const { name, title, startedBy } = show(
    { name: text, firstPrompt: text, origin: `\u001b]0;x\u0007${"y".repeat(500)}` },
    { redact },
  );
  for (const shown of [name, title, startedBy]) {
    expect(shown).toMatch(/^[\P{C}]{1,81}$/u);
    expect(shown).not.toContain("hush");
  }
  expect(title).toMatch(/^a \[31mb \[redacted\]/);
});
