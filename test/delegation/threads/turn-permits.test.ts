import { expect, test } from "vitest";
import { createNameClaims } from "../../../src/delegation/threads/name-claims.ts";
import {
  createTurnPermits,
  type PermitWait,
  type TurnPermitsOptions,
} from "../../../src/delegation/threads/turn-permits.ts";
import { SILENT_LOGGER } from "../../../src/domain/logger.ts";
import type { LockAttempt, LockHeld } from "../../../src/state/lock-files.ts";

const NEVER = new AbortController().signal;
const wait = (extra: Partial<PermitWait> = {}): PermitWait => ({
  signal: NEVER,
  onWait: () => {},
  takeSlot: async () => () => {},
  ...extra,
});
const HOLDER = { pid: 42, start: 1, bootId: "b", cwd: "/other/project", since: Date.UTC(2026, 10, 21, 9, 30) };

const HELD = { kind: "held", holder: HOLDER, isSeenAlive: true, path: "/state/locks/t.json" } as const;

/** Locks of one bridge; what each attempt gives is said by the test. */
function setup(
  attempt: () => LockAttempt["kind"] | "left" | Error = () => "taken",
  look: () => LockHeld | undefined = () => undefined,
) {
  const events: string[] = [];
  const take = (key: string): LockAttempt => {
    const found = attempt();
    if (found instanceof Error) throw found;
    events.push(`${found} ${key}`);
    if (found === "held") return HELD;
    return { kind: "taken", wasLeft: found === "left", release: () => events.push(`released ${key}`) };
  };
  const options: TurnPermitsOptions = {
    locks: { take, look: () => look() },
    reap: async () => void events.push("reaped"),
    logger: SILENT_LOGGER,
  };
  return { events, permits: createTurnPermits(options), claim: createNameClaims({ ...options, project: "/p" }) };
}

test("a turn that waits in this bridge takes the lock only when it is its turn", async () => {
  const { events, permits } = setup();
  const first = await permits.acquire("t", wait());
  const waiting = permits.acquire("t", wait({ onWait: (ahead) => events.push(`${ahead} ahead`) }));
  await first.release();
  await (await waiting).release();
  expect(events).toEqual(["taken t", "1 ahead", "released t", "taken t", "released t"]);
});

test("a thread that another bridge has is busy, with who has it and what to do, and does not keep the next one waiting", async () => {
  let isHeld = true;
  const { permits } = setup(() => (isHeld ? "held" : "taken"));
  const refused = permits.acquire("t", wait());
  await expect(refused).rejects.toMatchObject({
    code: "SESSION_BUSY",
    message: "Another bridge runs a turn on this thread: pid 42 in /other/project, since 2026-11-21T09:30:00.000Z.",
    report: {
      nextStep: expect.stringMatching(/^Wait until that turn has ended, then call again/),
      details: { holder: { pid: 42, cwd: "/other/project", since: "2026-11-21T09:30:00.000Z" } },
    },
  });
  isHeld = false;
  await expect(permits.acquire("t", wait())).resolves.toMatchObject({ warnings: [] });
});

test("the lock is taken once there is a free slot, and whoever is busy is told before the wait for one", async () => {
  let held: LockHeld | undefined;
  const { events, permits } = setup(undefined, () => held);
  const takeSlot = async () => {
    events.push("free slot");
    return () => void events.push("free slot given back");
  };
  await (await permits.acquire("t", wait({ takeSlot }))).release();
  expect(events).toEqual(["free slot", "taken t", "released t", "free slot given back"]);
  held = HELD;
  await expect(permits.acquire("t", wait({ takeSlot }))).rejects.toMatchObject({ code: "SESSION_BUSY" });
  expect(events).toHaveLength(4);
});

test("a wait for a free slot that is cancelled leaves the thread to the next one", async () => {
  const { events, permits } = setup();
  const takeSlot = () => Promise.reject(new Error("cancelled"));
  await expect(permits.acquire("t", wait({ takeSlot }))).rejects.toThrow("cancelled");
  await permits.acquire("t", wait());
  expect(events).toEqual(["taken t"]);
});

test("a bridge that cannot be looked up is told as that, with when and how the thread becomes free", async () => {
  const { permits } = setup(undefined, () => ({ ...HELD, isSeenAlive: false }));
  await expect(permits.acquire("t", wait())).rejects.toMatchObject({
    message: expect.stringContaining("in /other/project, in another container or on another machine, since"),
    report: {
      nextStep: expect.stringMatching(
        /free a minute from now. The user can also remove the file \/state\/locks\/t\.json\.$/,
      ),
    },
  });
});

test("where nothing can be found out just now, no turn runs without its lock", async () => {
  const { permits } = setup(() => Object.assign(new Error("too many open files"), { code: "EMFILE" }));
  await expect(permits.acquire("t", wait())).rejects.toMatchObject({ code: "MACHINE_LIMIT" });
});

test("what the bridge that died with the lock left running is ended before the turn", async () => {
  const { events, permits } = setup(() => "left");
  await permits.acquire("t", wait());
  expect(events).toEqual(["left t", "reaped"]);
});

test("a lock that cannot be made costs a warning", async () => {
  const { permits, claim } = setup(() => new Error("read-only file system"));
  expect((await permits.acquire("a", wait())).warnings).toEqual([expect.stringMatching(/could not be locked/)]);
  expect(permits.open("b").warnings).toHaveLength(1);
  const release = claim("main");
  expect(claim("main")).toBeUndefined();
  release?.();
  expect(claim("main")).toBeDefined();
});

test("a new thread is locked when the call returns", async () => {
  const { events, permits } = setup();
  const permit = permits.open("t");
  expect(events).toEqual(["taken t"]);
  const waiting = permits.acquire("t", wait({ onWait: () => events.push("waits") }));
  await permit.release();
  await waiting;
  expect(events).toEqual(["taken t", "waits", "released t", "taken t"]);
});

test("a new thread that a neighbour was faster to find costs a warning", async () => {
  const { permits } = setup(() => "held");
  const permit = permits.open("t");
  expect(permit.warnings).toEqual([expect.stringMatching(/^Another bridge runs a turn on this thread/)]);
  await permit.release();
});

test("a name that a neighbour has claimed cannot be claimed here", () => {
  const { events, claim } = setup(() => "held");
  expect(claim("main")).toBeUndefined();
  expect(events).toEqual([expect.stringMatching(/^held name-[0-9a-f]{32}$/)]);
});

test("what needs an idle thread takes no slot, and is refused while a turn runs or waits, here or elsewhere", async () => {
  const { permits } = setup();
  const turn = await permits.acquire("t", wait());
  await expect(permits.acquireIdle("t")).rejects.toMatchObject({
    code: "SESSION_BUSY",
    message: "A turn or another call of this session works on this thread, or waits for it.",
  });
  await turn.release();
  const idle = await permits.acquireIdle("t");
  const waiting = permits.acquire("t", wait());
  await expect(permits.acquireIdle("t")).rejects.toMatchObject({ code: "SESSION_BUSY" });
  await idle.release();
  await (await waiting).release();
  const { permits: others } = setup(
    () => "taken",
    () => HELD,
  );
  await expect(others.acquireIdle("t")).rejects.toMatchObject({
    code: "SESSION_BUSY",
    message: expect.stringMatching(/^Another bridge runs/),
  });
  // The refusal leaves nothing behind.
  await expect(others.acquireIdle("t")).rejects.toMatchObject({
    message: expect.stringMatching(/^Another bridge runs/),
  });
});
