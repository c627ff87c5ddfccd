// When a server that terminals can open is ended, by a server of the test's own. The real one: test/codex/attach.test.ts.
import { expect, test, vi } from "vitest";
import { KeptServer } from "../../../../src/agents/codex-app-server/server/kept-server.ts";
import {
  RequestTimedOut,
  RpcError,
  ServerEnded,
} from "../../../../src/agents/codex-app-server/server/server-errors.ts";
import type { AppServer } from "../../../../src/agents/codex-app-server/server/server-process.ts";

const NEVER = new AbortController().signal;
const IDLE_MS = 20;

async function setUp(answer: () => Promise<object>, socket: { path?: string } = { path: "/s" }) {
  let asked = 0;
  const end = vi.fn(async () => {});
  const request = (): Promise<object> => {
    asked += 1;
    return answer();
  };
  const server = {
    connection: { request, closed: new Promise(() => {}) },
    ...{
      socket: socket.path,
      ended: new Promise(() => {}),
      lostConfig: new Promise(() => {}),
      isAnswering: async () => true,
      end,
    },
  } as unknown as AppServer;
  const start = async () => server;
  const kept = new KeptServer({
    ...{ kind: "k", stamp: "1", idleMs: IDLE_MS, start, isForOne: false, isSurplus: () => false },
  });
  const lease = await kept.lease(NEVER);
  return { kept, end, count: () => asked, release: () => lease?.release(), isOnly: () => lease?.isOnly };
}

const seen = (what: () => void) => vi.waitFor(what, { timeout: 5_000, interval: 5 });

test("a server with a thread of the user's own is kept until that is closed", async () => {
  let data = ["mine"];
  const { end, count, release } = await setUp(async () => ({ data }));
  release();
  await seen(() => expect(count()).toBeGreaterThan(2));
  expect(end).not.toHaveBeenCalled();
  data = [];
  await seen(() => expect(end).toHaveBeenCalled());
});

test("nor does it end as it is outdated, but takes no more leases", async () => {
  let data = ["mine"];
  const { kept, end, count, release } = await setUp(async () => ({ data }));
  release();
  kept.retire();
  expect(kept.retired.aborted).toBe(true);
  await seen(() => expect(count()).toBeGreaterThan(2));
  expect(end).not.toHaveBeenCalled();
  data = [];
  await seen(() => expect(end).toHaveBeenCalled());
});

test("a lease that is taken while it is asked keeps it", async () => {
  let answer: (result: object) => void = () => {};
  const { kept, end, count, release } = await setUp(() => new Promise((resolve) => (answer = resolve)));
  release();
  await seen(() => expect(count()).toBe(1));
  await kept.lease(NEVER);
  answer({ data: [] });
  await new Promise((resolve) => setTimeout(resolve, 3 * IDLE_MS));
  expect(end).not.toHaveBeenCalled();
});

test("the end of the bridge waits for nobody", async () => {
  const { kept, end, count } = await setUp(async () => ({ data: ["mine"] }));
  void kept.close();
  expect(end).toHaveBeenCalledWith(0);
  expect(count()).toBe(0);
});

test.for<[string, () => Promise<object>, boolean]>([
  ["refuses to say is kept", () => Promise.reject(new RpcError(-1, "no")), true],
  ["says it in another way is kept", async () => ({ data: "?" }), true],
  ["does not answer is ended", () => Promise.reject(new RequestTimedOut("thread/loaded/list", 1)), false],
  [
    "has ended is ended",
    () => Promise.reject(new ServerEnded({ exitCode: 1, signal: undefined, stderr: "", isOurs: false })),
    false,
  ],
])("one that %s", async ([, answer, isKept]) => {
  const { end, count, release } = await setUp(answer);
  release();
  await seen(() => expect(count()).toBeGreaterThan(isKept ? 2 : 0));
  if (isKept) expect(end).not.toHaveBeenCalled();
  else await seen(() => expect(end).toHaveBeenCalled());
});

test("a server that no terminal can open is not asked", async () => {
  const { end, count, release } = await setUp(async () => ({ data: ["x"] }), {});
  release();
  await seen(() => expect(end).toHaveBeenCalled());
  expect(count()).toBe(0);
});

test("a lease is the only use of a server as long as there is no other one, and no terminal can open the server", async () => {
  const { kept, isOnly } = await setUp(async () => ({ data: [] }), {});
  expect(isOnly()).toBe(true);
  const other = await kept.lease(NEVER);
  expect(isOnly()).toBe(false);
  other?.release();
  expect(isOnly()).toBe(true);
  const open = await setUp(async () => ({ data: [] }));
  expect(open.isOnly()).toBe(false);
});
