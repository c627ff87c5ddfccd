import { beforeEach, expect, test } from "vitest";
import { READ_ONLY } from "../../src/domain/sandbox.ts";
import type { ThreadRecord } from "../../src/domain/thread.ts";
import { createSessionStore } from "../../src/sessions/session-store.ts";

let now = 0;
let files: Map<string, ThreadRecord>;
let reads: number;

const record = (threadId: string, extra: Partial<ThreadRecord> = {}): ThreadRecord => ({
  threadId,
  project: "/p",
  frame: { cwd: "/p", sandbox: READ_ONLY, approvalPolicy: "never", config: {}, backend: "codex-exec" },
  turns: 1,
  createdAt: 0,
  lastUsedAt: 0,
  ...extra,
});

const create = (options: { ttlMs?: number; maxSessions?: number; project?: string } = {}) =>
  createSessionStore({
    ttlMs: 100,
    maxSessions: 3,
    project: "/p",
    clock: () => now,
    files: {
      read: (threadId) => {
        reads += 1;
        return files.get(threadId);
      },
      findByName: (project, sessionId) =>
        [...files.values()].find((entry) => entry.project === project && entry.sessionId === sessionId),
      write: (entry) => files.set(entry.threadId, entry),
    },
    ...options,
  });

beforeEach(() => {
  now = 0;
  reads = 0;
  files = new Map();
});

test("use keeps a record in memory, time takes it out, its file brings it back", () => {
  const store = create();
  store.put(record("a"));
  for (now = 80; now < 500; now += 80) expect(store.get("a")?.threadId).toBe("a");
  expect(reads).toBe(0);
  now += 200;
  expect(store.get("a")?.threadId).toBe("a");
  expect(reads).toBe(1);
});

test("when full, the least recently used idle record goes, a running one never", () => {
  const store = create();
  for (const id of ["a", "b", "c"]) store.put(record(id));
  store.setRunning("a", true);
  store.get("b");
  store.put(record("d"));
  expect(store.size).toBe(3);
  reads = 0;
  for (const id of ["a", "b", "d"]) store.get(id);
  expect(reads).toBe(0);
  store.get("c");
  expect(reads).toBe(1);
});

test("more running threads than the cap all stay", () => {
  const store = create({ maxSessions: 1 });
  for (const id of ["a", "b"]) {
    store.setRunning(id, true);
    store.put(record(id));
  }
  expect(store.size).toBe(2);
  store.setRunning("a", false);
  expect(store.size).toBe(1);
});

test("names are kept apart by project", () => {
  const store = create();
  store.put(record("a", { sessionId: "main", project: "/other" }));
  expect(store.getByName("main")).toBeUndefined();
  store.put(record("b", { sessionId: "main" }));
  expect(store.getByName("main")?.threadId).toBe("b");
  expect(create({ project: "/other" }).getByName("main")?.threadId).toBe("a");
});
