// State files of an older and of a newer bridge: the older ones are read, and nothing of the newer ones is lost.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { READ_ONLY } from "../../src/domain/sandbox.ts";
import { createAttemptFiles } from "../../src/state/attempt-files.ts";
import { createLockFiles } from "../../src/state/lock-files.ts";
import { SILENT_MS } from "../../src/state/lock-renewal.ts";
import { createRunFiles } from "../../src/state/run-files.ts";
import { createThreadFiles } from "../../src/state/thread-files.ts";

let stateDir: string;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "record-versions-"));
});
afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

const at = (name: string): string => join(stateDir, name);
function put(name: string, value: object): void {
  mkdirSync(dirname(at(name)), { recursive: true });
  writeFileSync(at(name), JSON.stringify(value));
}
const get = (name: string): unknown => JSON.parse(readFileSync(at(name), "utf8"));

const ID = "0199aaaa-0000-7000-8000-000000000001";
const THREAD_FILE = `threads/${ID}.json`;
/** As this bridge has it. */
const THREAD = {
  threadId: ID,
  sessionId: "mine",
  project: "/p",
  frame: { cwd: "/p", sandbox: READ_ONLY, approvalPolicy: "never" as const, own: { a: 1 }, backend: "codex-exec" },
  turns: 1,
  createdAt: 1,
  lastUsedAt: 2,
};
const { own: _own, ...COMMON } = THREAD.frame;
/** What bridges before version 2 wrote beside the common part of a frame. */
const CODEX_OWN = { baseInstructions: "b", compactPrompt: "c", profile: "p", config: { "tools.web_search": true } };
/** With keys that only a newer bridge knows, at every depth. */
const NEWER_THREAD = {
  ...THREAD,
  version: 7,
  memory: { notes: ["x"] },
  frame: { ...THREAD.frame, warmth: 1, sandbox: { ...READ_ONLY, devices: ["gpu"] } },
};

describe("the record of a thread", () => {
  test("without a version is read, and has one once it is written", () => {
    put(THREAD_FILE, { ...THREAD, frame: { ...COMMON, ...CODEX_OWN } });
    const files = createThreadFiles(stateDir);
    const read = { ...THREAD, frame: { ...COMMON, own: CODEX_OWN } };
    expect(files.read(ID.toUpperCase())).toEqual(read);
    files.write({ ...read, turns: 2, frame: { ...COMMON, own: { profile: "p" } } });
    expect(get(THREAD_FILE)).toMatchObject({ version: 2, turns: 2 });
    expect(files.read(ID)).toEqual({ ...read, turns: 2, frame: { ...COMMON, own: { profile: "p" } } });
  });

  test.each([COMMON, { ...COMMON, own: "x" }])("whose frame has no backend's part is damaged", (frame) => {
    put(THREAD_FILE, { ...THREAD, frame });
    const files = createThreadFiles(stateDir);
    expect([files.read(ID), files.isDamaged(ID)]).toEqual([undefined, true]);
  });

  test("of a newer bridge is read, and keeps its version and the keys that are not known here", () => {
    put(THREAD_FILE, NEWER_THREAD);
    const files = createThreadFiles(stateDir);
    expect(files.read(ID)).toEqual(THREAD);
    expect(files.findByName("/p", "mine")).toEqual(THREAD);
    const { sessionId: _, ...rest } = THREAD;
    files.write({ ...rest, turns: 2, frame: { ...THREAD.frame, own: {} } });
    const { sessionId: __, ...newer } = NEWER_THREAD;
    expect(get(THREAD_FILE)).toEqual({ ...newer, turns: 2, frame: { ...newer.frame, own: {} } });
  });

  test("of a newer bridge that cannot be read here is an error, and is neither replaced nor emptied", () => {
    const unknown = { ...NEWER_THREAD, frame: "elsewhere" };
    put(THREAD_FILE, unknown);
    const files = createThreadFiles(stateDir);
    const refusal = expect.objectContaining({
      report: expect.objectContaining({
        code: "CONFIG_INVALID",
        message: expect.stringContaining(at(THREAD_FILE)),
        nextStep: expect.stringContaining("update codex-bridge"),
      }),
    });
    expect(() => files.read(ID)).toThrow(refusal);
    expect(() => files.empty(ID)).toThrow(refusal);
    expect(() => files.write(THREAD)).toThrow("newer version");
    expect(files.isDamaged(ID)).toBe(false);
    expect(files.listNewest("/p", 5)).toEqual([]);
    expect(get(THREAD_FILE)).toEqual(unknown);
  });

  test.each([
    ["has", {}],
    ["may have", { sessionId: undefined, name: "mine" }],
  ])("of a newer bridge that cannot be read here and %s the name: the name is taken", (_word, extra) => {
    put(THREAD_FILE, { ...NEWER_THREAD, frame: "elsewhere", ...extra });
    const readable = { ...THREAD, threadId: ID.replace("1", "2"), lastUsedAt: 9 };
    const files = createThreadFiles(stateDir);
    files.write(readable);
    const taken = expect.objectContaining({
      report: expect.objectContaining({
        code: "CONFIG_INVALID",
        threadId: ID,
        message: expect.stringMatching(/^sessionId "mine" is taken by a thread whose record .* cannot read/),
        nextStep: expect.stringMatching(/^Choose another sessionId/),
      }),
    });
    expect(() => files.findByName("/p", "mine")).toThrow(taken);
    expect(files.findByName("/p", "other")).toBeUndefined();
  });

  test.each([
    ["another name", { sessionId: "yours", title: "mine" }],
    ["another project", { project: "/q" }],
  ])("of a newer bridge that cannot be read here and has %s: the name is free", (_what, extra) => {
    put(THREAD_FILE, { ...NEWER_THREAD, frame: "elsewhere", ...extra });
    expect(createThreadFiles(stateDir).findByName("/p", "mine")).toBeUndefined();
  });

  test.each([0, -1, 1.5, "2", null])("with the version %j is damaged", (version) => {
    put(THREAD_FILE, { ...THREAD, version });
    const files = createThreadFiles(stateDir);
    expect([files.read(ID), files.isDamaged(ID)]).toEqual([undefined, true]);
    files.write(THREAD);
    expect(get(THREAD_FILE)).toEqual({ ...THREAD, version: 2 });
  });

  test("keeps an odd key as it is", () => {
    mkdirSync(at("threads"));
    writeFileSync(at(THREAD_FILE), `{"__proto__":{"a":1},${JSON.stringify({ ...THREAD, constructor: 1 }).slice(1)}`);
    const files = createThreadFiles(stateDir);
    files.write({ ...THREAD, turns: 3 });
    expect(readFileSync(at(THREAD_FILE), "utf8")).toContain('"__proto__":{"a":1}');
    expect(files.read(ID)).toEqual({ ...THREAD, turns: 3 });
  });
});

describe("the record of a run", () => {
  const RUN = { id: "r", mark: "BRIDGE_RUN=r", startedAt: 1, bootId: "b", owner: { pid: 2, start: 1 } };

  test("of an older and of a newer bridge is read; what only the newer one knows stays", () => {
    put("runs/r.json", RUN);
    const files = createRunFiles(stateDir);
    expect(files.read("r")).toEqual(RUN);
    const newer = { ...RUN, version: 4, owner: { ...RUN.owner, door: "x" }, cost: 1 };
    put("runs/r.json", newer);
    expect(files.read("r")).toEqual(RUN);
    files.write({ ...RUN, startedAt: 5 });
    expect(get("runs/r.json")).toEqual({ ...newer, startedAt: 5 });
  });

  test("of a newer bridge that cannot be read here names no process, and stays until it is old", async () => {
    put("runs/r.json", { ...RUN, version: 4, mark: { of: "another form" } });
    const damaged: string[] = [];
    const files = createRunFiles(stateDir, (name) => damaged.push(name));
    expect(files.names().map(files.read)).toEqual([undefined]);
    expect([damaged, existsSync(at("runs/r.json"))]).toEqual([[], true]);
    utimesSync(at("runs/r.json"), 1, 1);
    await files.sweep(Date.now(), new AbortController().signal);
    expect(existsSync(at("runs/r.json"))).toBe(false);
  });
});

describe("a lock", () => {
  let passed = 0;
  const open = () =>
    createLockFiles({
      stateDir,
      own: { pid: 2, start: 1, bootId: "b", cwd: "/here" },
      judge: ({ pid }) => (pid === 1 ? "alive" : "dead"),
      clock: () => 1,
      monotonic: () => passed,
    });
  const HOLDER = { pid: 1, start: 1, bootId: "b", cwd: "/there", since: 1 };

  test.each([
    ["of an older bridge", HOLDER],
    ["of a newer one", { ...HOLDER, version: 3, socket: "x" }],
  ])("%s is held", (_name, text) => {
    put("locks/t.json", text);
    expect(open().take("t")).toMatchObject({ kind: "held", holder: HOLDER, isSeenAlive: true });
    expect(get("locks/t.json")).toEqual(text);
  });

  test("of a newer bridge that cannot be read here is held until it was silent for a minute", () => {
    put("locks/t.json", { ...HOLDER, version: 3, bootId: { of: "another form" } });
    const locks = open();
    const held = { kind: "held", holder: { pid: 1, cwd: "/there" }, isSeenAlive: false, path: at("locks/t.json") };
    expect(locks.take("t")).toMatchObject(held);
    passed += SILENT_MS - 1;
    expect(locks.take("t")).toMatchObject(held);
    passed += 1;
    expect(locks.take("t")).toMatchObject({ kind: "taken", wasLeft: true });
  });

  test("of a newer bridge that says nothing at all of its holder is held too", () => {
    put("locks/t.json", { version: 3 });
    expect(open().take("t")).toMatchObject({ kind: "held", holder: { cwd: "an unknown directory" } });
  });
});

test("attempts of an older bridge count, and those of a newer one that are not known here stay", () => {
  const attempt = (endedAt: number) =>
    ({ agent: "codex_cli", outcome: "failed", step: 0, startedAt: 0, endedAt }) as const;
  put("attempts/k.json", [attempt(1)]);
  const lines = [
    { ...attempt(2), cost: 1 },
    { ...attempt(3), agent: "another" },
  ].map((line) => JSON.stringify(line));
  writeFileSync(at("attempts/k.jsonl"), lines.join("\n"));
  const files = createAttemptFiles(stateDir);
  files.append("k", attempt(4));
  expect(files.read("k")).toEqual([attempt(1), attempt(2), attempt(4)]);
  expect(readFileSync(at("attempts/k.jsonl"), "utf8")).toContain(lines.join("\n"));
});

test("an attempt that an older bridge stored is read with the code's name of today", () => {
  const times = { step: 0, startedAt: 1, endedAt: 2 };
  put("attempts/task-a.json", [{ agent: "codex_cli", outcome: "failed", code: "CODEX_EXITED", ...times }]);
  const line = JSON.stringify({ agent: "codex_cli", outcome: "failed", code: "CODEX_BROKEN", ...times });
  writeFileSync(at("attempts/task-a.jsonl"), `\n${line}\n`);
  const codes = createAttemptFiles(stateDir)
    .read("task-a")
    .map(({ code }) => code);
  expect(codes).toEqual(["AGENT_EXITED", "AGENT_BROKEN"]);
});
