// Locks among bridges: whoever sees a dead lock may take it, and only one of them gets it.
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createBridgeBell } from "../../src/state/bridge-bell.ts";
import { createLockFiles, type LockAttempt } from "../../src/state/lock-files.ts";
import type { LockHolder } from "../../src/state/lock-holder.ts";
import { RENEW_MS, SILENT_MS } from "../../src/state/lock-renewal.ts";

const SINCE = Date.UTC(2026, 10, 21);
let stateDir: string;
/** Pids of bridges that live. */
let living: Set<number>;
/** Called once, when a bridge has just been found dead. */
let onDead: (() => void) | undefined;
/** Ms that have passed for the bridges of a test. */
let passed = 0;
/** Bridges that could not be looked up and were found silent. */
let silent: number[];

beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "lock-files-"));
  living = new Set([1, 2, 3]);
  onDead = undefined;
  passed = 0;
  silent = [];
});
afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

const folder = () => join(stateDir, "locks");
const names = () => (existsSync(folder()) ? readdirSync(folder()) : []);
const bridge = (pid: number) =>
  createLockFiles({
    stateDir,
    own: { pid, start: pid, bootId: "b", cwd: `/project-${pid}` },
    judge: (holder) => {
      if (holder.namespace !== undefined) return "unknown";
      if (living.has(holder.pid)) return "alive";
      const act = onDead;
      onDead = undefined;
      act?.();
      return "dead";
    },
    onSilent: (holder) => void silent.push(holder.pid),
    clock: () => SINCE,
    monotonic: () => passed,
  });

/** A lock that a bridge left when it died. */
function leave(pid: number, key = "t"): void {
  living.add(pid);
  bridge(pid).take(key);
  living.delete(pid);
}

const holderOf = (attempt: LockAttempt): LockHolder | undefined =>
  attempt.kind === "held" ? attempt.holder : undefined;

test("one bridge has it until it releases it; the others are told who", () => {
  const first = bridge(1).take("t");
  expect(first).toMatchObject({ kind: "taken", wasLeft: false });
  expect(holderOf(bridge(2).take("t"))).toEqual({ pid: 1, start: 1, bootId: "b", cwd: "/project-1", since: SINCE });
  expect(bridge(2).take("another")).toMatchObject({ kind: "taken" });
  if (first.kind === "taken") first.release();
  expect(bridge(2).take("t")).toMatchObject({ kind: "taken", wasLeft: false });
});

const NO_DATE = JSON.stringify({ pid: 1, start: 1, bootId: "b", cwd: "/", since: 1e20 });

test("a dead bridge's lock and a damaged one are free, and leave nothing behind", () => {
  leave(9);
  expect(bridge(1).take("t")).toMatchObject({ kind: "taken", wasLeft: true });
  for (const text of ["", '{"pid":1', '{"pid":"1"}', "null", NO_DATE]) {
    writeFileSync(join(folder(), "t.json"), text);
    expect(bridge(2).take("t")).toMatchObject({ kind: "taken", wasLeft: true });
  }
  expect(names()).toEqual(["t.json"]);
});

describe("two bridges that see the same dead lock", () => {
  test("the one that is slower finds the other's", () => {
    leave(9);
    onDead = () => expect(bridge(2).take("t")).toMatchObject({ kind: "taken", wasLeft: true });
    expect(holderOf(bridge(1).take("t"))?.pid).toBe(2);
    expect(names()).toEqual(["t.json"]);
  });

  test("the one that is slower gets it where the other has released it meanwhile", () => {
    leave(9);
    onDead = () => {
      const attempt = bridge(2).take("t");
      if (attempt.kind === "taken") attempt.release();
    };
    expect(bridge(1).take("t")).toMatchObject({ kind: "taken", wasLeft: false });
  });

  test("while one is about to replace it, the other is told so", () => {
    leave(9);
    bridge(1).take(`t.${claimOf("t")}`);
    expect(holderOf(bridge(2).take("t"))?.pid).toBe(1);
  });

  test("one that died while it was about to replace it is replaced itself", () => {
    leave(9);
    leave(8, `t.${claimOf("t")}`);
    onDead = () => {
      onDead = () => expect(bridge(3).take("t")).toMatchObject({ kind: "taken" });
    };
    expect(holderOf(bridge(1).take("t"))?.pid).toBe(3);
    expect(names()).toEqual(["t.json"]);
  });
});

test("what cannot be removed does not keep its own bridge out, only the others, while it lives", () => {
  const own = bridge(1);
  const attempt = own.take("t");
  // As with a folder that cannot be written any more: root may write everywhere.
  const path = join(folder(), "t.json");
  const text = readFileSync(path, "utf8");
  rmSync(path);
  mkdirSync(path);
  if (attempt.kind === "taken") attempt.release();
  rmSync(path, { recursive: true });
  writeFileSync(path, text);
  expect(holderOf(bridge(2).take("t"))?.pid).toBe(1);
  expect(own.take("t")).toMatchObject({ kind: "taken" });
});

test("a folder that cannot be written throws, unless somebody has the lock", () => {
  bridge(2).take("t");
  writeFileSync(join(stateDir, "file"), "");
  const blocked = createLockFiles({
    stateDir: join(stateDir, "file"),
    own: { pid: 1, start: 1, bootId: "b", cwd: "/" },
    judge: () => "alive",
    clock: () => SINCE,
  });
  expect(() => blocked.take("t")).toThrow();
  expect(bridge(1).take("t")).toMatchObject({ kind: "held" });
});

test("the end of a bridge releases what is left, and nobody else's", () => {
  const own = bridge(1);
  for (const key of ["a", "b"]) own.take(key);
  bridge(2).take("c");
  own.releaseAll();
  expect(names()).toEqual(["c.json"]);
});

test("a holder that comes back late, after its lock was taken over, does not release the new holder's", () => {
  const late = bridge(1);
  const attempt = late.take("t");
  living.delete(1);
  expect(bridge(2).take("t")).toMatchObject({ kind: "taken", wasLeft: true });
  if (attempt.kind === "taken") attempt.release();
  late.releaseAll();
  expect(holderOf(bridge(3).take("t"))?.pid).toBe(2);
});

test("a release that comes a second time does not release a later lock of the same bridge", () => {
  const own = bridge(1);
  const attempt = own.take("t");
  if (attempt.kind !== "taken") throw new Error("a free lock expected");
  attempt.release();
  bridge(2).take("t");
  attempt.release();
  expect(holderOf(bridge(3).take("t"))?.pid).toBe(2);
});

test("something short is done under a lock, or not at all", () => {
  const done: string[] = [];
  bridge(1).whileFree("a", () => {
    done.push("a");
    expect(bridge(2).take("a")).toMatchObject({ kind: "held" });
  });
  bridge(1).take("b");
  bridge(2).whileFree("b", () => done.push("b"));
  expect(done).toEqual(["a"]);
  expect(names()).toEqual(["b.json"]);
});

test("the sweep takes old locks of the dead, whatever they are called", async () => {
  for (const key of ["old", "young", "old.claim"]) leave(9, key);
  bridge(1).take("own");
  for (const key of ["old", "old.claim", "own"]) utimesSync(join(folder(), `${key}.json`), 1, 1);
  await bridge(2).sweep(SINCE);
  expect(names().sort()).toEqual(["own.json", "young.json"]);
});

describe("a lock of a bridge in another container", () => {
  const path = () => join(folder(), "t.json");
  const leaveForeign = (): void => {
    mkdirSync(folder(), { recursive: true });
    const holder = { pid: 1, start: 1, bootId: "b", namespace: "pid:[1]", cwd: "/there", since: SINCE };
    writeFileSync(path(), JSON.stringify(holder));
  };
  const renew = (at: number): void => utimesSync(path(), at, at);

  test("is held as long as it is renewed, however long that is", () => {
    leaveForeign();
    const own = bridge(2);
    for (let minute = 0; minute < 5; minute += 1) {
      renew(1_000 + minute);
      expect(own.take("t")).toMatchObject({ kind: "held", isSeenAlive: false, path: path() });
      passed += SILENT_MS;
    }
  });

  test("is free once it was silent for a minute under our eyes, and not by its age", async () => {
    leaveForeign();
    renew(1);
    const own = bridge(2);
    await own.sweep(SINCE);
    expect(own.look("t")).toMatchObject({ kind: "held" });
    passed += SILENT_MS - 1;
    expect(own.take("t")).toMatchObject({ kind: "held" });
    expect(silent).toEqual([]);
    passed += 1;
    expect(own.take("t")).toMatchObject({ kind: "taken", wasLeft: true });
    expect(silent).toEqual([1]);
  });
});

describe("a lock of a bridge in another container that has a bell", () => {
  const settle = () => new Promise((resolve) => setTimeout(resolve, 100));
  const leaveForeign = (bell: string): void => {
    mkdirSync(folder(), { recursive: true });
    const holder = { pid: 1, start: 1, bootId: "b", namespace: "pid:[1]", bell, cwd: "/there", since: SINCE };
    writeFileSync(join(folder(), "t.json"), JSON.stringify(holder));
  };

  test("is held while the bell answers, though nothing is renewed: the bridge may be suspended", async () => {
    const bell = createBridgeBell(stateDir, () => {});
    bell.open();
    leaveForeign(bell.name);
    const own = bridge(2);
    for (let minute = 0; minute < 4; minute += 1) {
      expect(own.take("t")).toMatchObject({ kind: "held", isSeenAlive: false });
      await settle();
      passed += SILENT_MS;
    }
    expect(own.take("t")).toMatchObject({ kind: "held" });
    await settle();
    bell.close();
    // Its last answer was just now, and a silence counts from there.
    expect(own.take("t")).toMatchObject({ kind: "held" });
    await settle();
    passed += SILENT_MS - 1;
    expect(own.take("t")).toMatchObject({ kind: "held" });
    passed += 1;
    expect(own.take("t")).toMatchObject({ kind: "taken", wasLeft: true });
  });

  test("is free as one without a bell where the bell refuses: that alone proves nothing", async () => {
    leaveForeign("0123456789ab");
    const own = bridge(2);
    expect(own.take("t")).toMatchObject({ kind: "held" });
    await settle();
    passed += SILENT_MS - 1;
    expect(own.take("t")).toMatchObject({ kind: "held" });
    passed += 1;
    expect(own.take("t")).toMatchObject({ kind: "taken", wasLeft: true });
  });
});

test("a bell is open while a lock is held, not for something short, and closed with the last one", () => {
  const calls: string[] = [];
  const bell = { name: "0123456789ab", open: () => calls.push("open"), close: () => calls.push("close") };
  const own = createLockFiles({
    stateDir,
    own: { pid: 1, start: 1, bootId: "b", cwd: "/" },
    judge: () => "alive",
    clock: () => SINCE,
    bell,
  });
  own.whileFree("short", () => {});
  expect(calls).not.toContain("open");
  calls.length = 0;
  const attempts = ["a", "b"].map((key) => own.take(key));
  for (const attempt of attempts) if (attempt.kind === "taken") attempt.release();
  expect(calls).toEqual(["open", "open", "close"]);
});

test("a bridge renews the locks that it holds", () => {
  vi.useFakeTimers();
  const attempt = bridge(1).take("t");
  const path = join(folder(), "t.json");
  utimesSync(path, 1, 1);
  vi.advanceTimersByTime(RENEW_MS);
  expect(statSync(path).mtimeMs).toBeGreaterThan(1_000);
  if (attempt.kind === "taken") attempt.release();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

// The name is what all bridges have to agree on.
function claimOf(key: string): string {
  const text = readFileSync(join(folder(), `${key}.json`), "utf8");
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
