import { beforeEach, describe, expect, test } from "vitest";
import { createSessionStore, type SessionStoreOptions } from "../../../src/delegation/threads/session-store.ts";
import type { RecordFiles } from "../../../src/delegation/threads/write-narrowing.ts";
import { FULL_ACCESS, READ_ONLY, type SandboxPolicy } from "../../../src/domain/sandbox.ts";
import type { ThreadRecord } from "../../../src/domain/thread.ts";

let now = 0;
let files: Map<string, ThreadRecord>;
/** Threads whose files were emptied. */
let emptied: Set<string>;

const record = (threadId: string, extra: Partial<ThreadRecord> = {}): ThreadRecord => ({
  threadId,
  project: "/p",
  frame: { cwd: "/p", sandbox: READ_ONLY, approvalPolicy: "never", own: {}, backend: "codex-exec" },
  turns: 1,
  createdAt: 0,
  lastUsedAt: 0,
  ...extra,
});

const create = ({
  write,
  empty,
  ...options
}: Partial<SessionStoreOptions> & Partial<Pick<RecordFiles, "write" | "empty">> = {}) =>
  createSessionStore({
    ttlMs: 100,
    maxSessions: 3,
    project: "/p",
    clock: () => now,
    files: {
      read: (threadId) => files.get(threadId),
      findByName: (project, sessionId) =>
        [...files.values()].find((entry) => entry.project === project && entry.sessionId === sessionId),
      listNewest: (project, most) =>
        [...files.values()]
          .filter((entry) => entry.project === project)
          .sort((a, b) => b.lastUsedAt - a.lastUsedAt)
          .slice(0, most),
      isDamaged: (threadId) => emptied.has(threadId),
      empty:
        empty ??
        ((threadId) => {
          files.delete(threadId);
          emptied.add(threadId);
        }),
      write: write ?? ((entry) => files.set(entry.threadId, entry)),
    },
    ...options,
  });

beforeEach(() => {
  now = 0;
  files = new Map();
  emptied = new Set();
});

test("the newest threads of the project are listed, those that could not be stored too", () => {
  const store = create({
    write: (entry) => {
      if (entry.threadId === "unstored") throw new Error("disk full");
      files.set(entry.threadId, entry);
    },
  });
  for (const [threadId, extra] of Object.entries({ a: {}, other: { project: "/q" }, b: {}, c: {} })) {
    now += 1;
    store.put(record(threadId, extra));
  }
  now += 1;
  expect(() => store.put(record("unstored"))).toThrow();
  expect(store.listNewest(3).map(({ threadId }) => threadId)).toEqual(["unstored", "c", "b"]);
});

test("use keeps a record in memory, time takes it out, its file brings it back", () => {
  const store = create();
  store.put(record("a"));
  for (now = 80; now < 500; now += 80) expect(store.get("a")?.threadId).toBe("a");
  expect(store.size).toBe(1);
  now += 200;
  expect(store.getByName("unknown")).toBeUndefined();
  expect(store.size).toBe(0);
  expect(store.get("a")?.threadId).toBe("a");
});

test("when full, the least recently used idle record goes, a running one never", () => {
  const store = create();
  for (const id of ["a", "b", "c"]) store.put(record(id));
  store.setRunning("a", true);
  store.get("b");
  store.put(record("d"));
  expect(store.size).toBe(3);
  files.clear();
  for (const id of ["a", "b", "d"]) expect(store.get(id)?.threadId).toBe(id);
  expect(store.get("c")).toBeUndefined();
});

describe("a file that a neighbour has written", () => {
  const withSandbox = (sandbox: SandboxPolicy) => record("a", { frame: { ...record("a").frame, sandbox } });
  const isFull = () => {
    throw new Error("no space left on device");
  };

  test("counts at once, whatever is in memory", () => {
    const store = create();
    store.put(withSandbox(FULL_ACCESS));
    files.set("a", withSandbox(READ_ONLY));
    expect(store.get("a")?.frame.sandbox).toEqual(READ_ONLY);
  });

  test("counts where it narrows what could not be stored here, and not where it would widen it", () => {
    const store = create({ write: isFull });
    const writable: SandboxPolicy = { ...READ_ONLY, mode: "workspace-write" };
    expect(() => store.put(withSandbox(writable))).toThrow("not stored");
    files.set("a", withSandbox(FULL_ACCESS));
    expect(store.get("a")?.frame.sandbox).toEqual(writable);
    expect(store.get("a")?.frame.sandbox).toEqual(writable);
    files.set("a", withSandbox(READ_ONLY));
    expect(store.get("a")?.frame.sandbox).toEqual(READ_ONLY);
  });

  test("gives a name to another thread, or takes it away", () => {
    const store = create();
    store.put(record("a", { sessionId: "main" }));
    files.set("b", record("b", { sessionId: "main" }));
    files.set("a", record("a"));
    expect(store.getByName("main")?.threadId).toBe("b");
    files.set("b", record("b"));
    expect(store.getByName("main")).toBeUndefined();
  });

  test("does not give back a name that could not be stored as taken away", () => {
    files.set("a", record("a", { sessionId: "main" }));
    const store = create({ write: isFull });
    expect(() => store.put(record("a"))).toThrow("not stored");
    expect(store.getByName("main")).toBeUndefined();
  });
});

describe("a record that cannot be stored", () => {
  const of = (sandbox: SandboxPolicy) => record("a", { frame: { ...record("a").frame, sandbox } });
  const isFull = () => {
    throw new Error("no space left on device");
  };

  test("and narrows: the wider one is emptied, so that no restart goes by it", () => {
    files.set("a", of(FULL_ACCESS));
    const store = create({ write: isFull });
    expect(() => store.put(of(READ_ONLY))).toThrow(expect.objectContaining({ content: "emptied" }));
    expect(store.get("a")?.frame.sandbox).toEqual(READ_ONLY);
    expect(create().get("a")).toBeUndefined();
    expect(create().isDamaged("a")).toBe(true);
  });

  test("is stored after all where the emptied one has made room", () => {
    files.set("a", of(FULL_ACCESS));
    const write = (entry: ThreadRecord) => (emptied.has("a") ? files.set(entry.threadId, entry) : isFull());
    create({ write }).put(of(READ_ONLY));
    expect(create().get("a")?.frame.sandbox).toEqual(READ_ONLY);
  });

  test("and narrows, where the wider one cannot be emptied either: that is told, and memory has what the file has", () => {
    files.set("a", of(FULL_ACCESS));
    const store = create({ write: isFull, empty: isFull });
    expect(() => store.put(of(READ_ONLY))).toThrow(expect.objectContaining({ content: "wider" }));
    expect(store.get("a")?.frame.sandbox).toEqual(FULL_ACCESS);
  });

  test("and narrows nothing: what stands in the file stays", () => {
    files.set("a", of(READ_ONLY));
    const store = create({ write: isFull });
    expect(() => store.put(of(READ_ONLY))).toThrow(expect.objectContaining({ content: "older" }));
    expect(() => store.put(record("b"))).toThrow(expect.objectContaining({ content: "nothing" }));
    expect(emptied.size).toBe(0);
  });
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
