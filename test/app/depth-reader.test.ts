// The three carriers of a chain: the environment, the ancestors, the calling thread. The deepest wins, and nothing makes it less.
import { describe, expect, test } from "vitest";
import { createDepthReader } from "../../src/app/depth-reader.ts";
import { createThreadPlaces, type ThreadPlace } from "../../src/delegation/turns/chain/thread-links.ts";
import { checkDepth, type Depth } from "../../src/delegation/turns/depth.ts";
import { type ChainLink, formatLink, toChainVariables } from "../../src/domain/chain.ts";
import type { ThreadRecord } from "../../src/domain/thread.ts";
import type { ProcessTable } from "../../src/process/process-table.ts";
import type { LockHeld } from "../../src/state/lock-files.ts";

const link = (depth: number, more: Partial<ChainLink> = {}): ChainLink => ({
  id: "ch-chain00001",
  depth,
  hops: [{ agent: "claude" }, ...Array.from({ length: depth }, () => ({ agent: "codex" }))],
  deadline: 1_800_000_000_000,
  hasBudget: false,
  ...more,
});

interface Above {
  /** undefined: another user's. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly command?: string;
}

interface Scene {
  readonly env?: Readonly<Record<string, string>>;
  readonly above?: readonly Above[];
  readonly threads?: Readonly<Record<string, ThreadPlace>>;
  readonly caller?: string;
  /** Links of turns that the processes above run. */
  readonly running?: readonly ChainLink[];
}

const toTexts = (env: Readonly<Record<string, string>>): string[] =>
  Object.entries(env).map(([name, value]) => `${name}=${value}`);

/** Ancestors have the pids 2, 3, …, from the parent up. */
function read({ env = {}, above = [], threads = {}, running = [], caller }: Scene): Depth {
  const at = (pid: number): Above | undefined => above[pid - 2];
  const table = {
    find: (pid: number) => {
      const place = pid === process.pid ? 1 : pid;
      return place > above.length + 1 ? undefined : { pid, ppid: place + 1, start: 1 };
    },
    environment: (pid: number) => {
      const found = at(pid);
      return found !== undefined && "env" in found && found.env === undefined ? undefined : toTexts(found?.env ?? {});
    },
    commandLine: (pid: number) => at(pid)?.command ?? "sh",
  } as unknown as ProcessTable;
  const reader = createDepthReader({
    table,
    env,
    maxDepth: 5,
    findThread: (id) => threads[id],
    findRunning: () => [...running],
  });
  return reader(caller === undefined ? undefined : { caller: { agent: "codex", threadId: caller } });
}

describe("each carrier alone tells the depth", () => {
  test.for<[string, Scene, number]>([
    ["nothing", {}, 0],
    ["the environment", { env: { BRIDGE_DEPTH: "2" } }, 2],
    ["an ancestor, with the environment dropped", { above: [{}, {}, { env: { BRIDGE_DEPTH: "2" } }] }, 2],
    ["the calling thread", { caller: "t", threads: { t: { link: link(2) } } }, 2],
    ["a thread that only runs", { caller: "t", threads: { t: { link: undefined } } }, 1],
    ["a thread of Codex above", { above: [{ env: { CODEX_THREAD_ID: "t" } }], threads: { t: { link: link(2) } } }, 2],
    ["a session of Claude Code", { env: { CLAUDE_CODE_SESSION_ID: "t" }, threads: { t: { link: link(2) } } }, 2],
    ["the thread of an agent over ACP", { env: { BRIDGE_THREAD: "t" }, threads: { t: { link: link(2) } } }, 2],
    ["a link in the environment", { env: { BRIDGE_CHAIN: formatLink(link(2)) } }, 2],
    ["a number that is far too large", { env: { BRIDGE_DEPTH: "99999999999999999999" } }, 999],
    ["an empty link", { env: { BRIDGE_DEPTH: "", BRIDGE_CHAIN: "" } }, 0],
    ["a thread of a person", { caller: "t", env: { CODEX_THREAD_ID: "u" } }, 0],
  ])("%s", ([, scene, depth]) => {
    expect(read(scene)).toMatchObject({ depth, problem: undefined });
  });
});

describe("the deepest wins", () => {
  test.for<[string, Scene, number]>([
    [
      "the environment says less than an ancestor",
      { env: { BRIDGE_DEPTH: "0" }, above: [{ env: { BRIDGE_DEPTH: "1" } }] },
      1,
    ],
    [
      "a near ancestor says less than a far one",
      { above: [{ env: { BRIDGE_DEPTH: "0" } }, { env: { BRIDGE_DEPTH: "3" } }] },
      3,
    ],
    ["nonsense says nothing", { env: { BRIDGE_DEPTH: "-1" }, above: [{ env: { BRIDGE_DEPTH: "1" } }] }, 1],
    ["the thread says less", { env: { BRIDGE_DEPTH: "3" }, caller: "t", threads: { t: { link: link(1) } } }, 3],
    ["the thread says more", { env: toChainVariables(link(1)), caller: "t", threads: { t: { link: link(2) } } }, 2],
  ])("%s", ([, scene, depth]) => {
    const found = read(scene);
    expect(found).toMatchObject({ depth, problem: undefined });
    expect(found.link?.depth ?? depth).toBe(depth);
  });

  test("and the earliest deadline, and any budget", () => {
    const early = link(1, { deadline: 5, hasBudget: true });
    const found = read({ env: toChainVariables(early), caller: "t", threads: { t: { link: link(2) } } });
    expect(found.link).toMatchObject({ depth: 2, deadline: 5, hasBudget: true });
  });
});

describe("the turns that bridges above run", () => {
  const env = { BRIDGE_DEPTH: "2" };
  test("tell the chain where nothing else does", () => {
    expect(read({ env, running: [link(1), link(2)] }).link).toMatchObject({ id: "ch-chain00001", depth: 2 });
  });

  test("do not where they belong to several chains", () => {
    const running = [link(1), link(1, { id: "ch-another001" })];
    expect(read({ env, running })).toMatchObject({ depth: 2, link: undefined, problem: undefined });
    expect(read({ env: toChainVariables(link(2)), running })).toMatchObject({ depth: 2, problem: undefined });
  });

  test("show a link that is made up", () => {
    const made = toChainVariables(link(2, { id: "ch-forged0001" }));
    expect(read({ env: made, running: [link(1)] }).problem).toMatch(/ch-forged0001, ch-chain00001/);
  });

  test("are not looked at without a depth", () => {
    expect(read({ running: [link(1)] })).toMatchObject({ depth: 0, link: undefined });
  });
});

describe("what cannot be true is told, and refused", () => {
  test.for<[string, Scene, RegExp]>([
    [
      "a link that no bridge wrote",
      { env: { BRIDGE_CHAIN: "mine" } },
      /BRIDGE_CHAIN has a value that no bridge has written/,
    ],
    [
      "a link that is not that of the calling thread",
      { env: toChainVariables(link(1, { id: "ch-forged0001" })), caller: "t", threads: { t: { link: link(1) } } },
      /several chains of agents \(ch-forged0001, ch-chain00001\)/,
    ],
    [
      "a link that is not that of an ancestor",
      { env: toChainVariables(link(1, { id: "ch-forged0001" })), above: [{ env: toChainVariables(link(1)) }] },
      /several chains of agents/,
    ],
    [
      "a bridge of another user above",
      { above: [{}, { env: undefined, command: "node /usr/lib/node_modules/codex-bridge/dist/bin.js" }] },
      /below a codex-bridge of another user \(pid 3\)/,
    ],
  ])("%s", ([, scene, words]) => {
    const found = read(scene);
    expect(found.problem).toMatch(words);
    expect(() => checkDepth(found)).toThrow(expect.objectContaining({ code: "CHAIN_UNKNOWN" }));
  });

  test("other programs of other users are above everybody", () => {
    expect(read({ above: [{}, { env: undefined, command: "/sbin/init" }] }).problem).toBeUndefined();
  });
});

test("the refusal shows the processes and the calls", () => {
  const above = [{ command: "/bin/bash -c x" }, { command: "/usr/bin/codex exec", env: { BRIDGE_DEPTH: "4" } }];
  const hops = [{ agent: "claude" }, { agent: "codex", thread: "t1" }];
  const found = read({ above, caller: "t1", threads: { t1: { link: link(1, { hops }) } } });
  expect(() => checkDepth(found)).toThrow(
    "This bridge runs below another agent's call (depth 4, limit 5). Chain: this bridge ← bash (pid 2) ← codex (pid 3). Its calls: claude → codex (thread t1).",
  );
});

describe("a thread is a link while a bridge runs a turn of it", () => {
  const record = { chain: link(1) } as unknown as ThreadRecord;
  const find = (look: () => LockHeld | undefined, readRecord: () => ThreadRecord | undefined = () => record) =>
    createThreadPlaces({ read: readRecord }, { look });
  const held = () => ({}) as LockHeld;
  const fail = (): never => {
    throw Object.assign(new Error("no"), { code: "EACCES" });
  };

  test.for([
    ["its lock is held", find(held), { link: record.chain }],
    ["its lock is free: a person goes on with it", find(() => undefined), undefined],
    ["its lock cannot be read", find(fail), { link: record.chain }],
    ["its record is of an older bridge", find(held, () => ({}) as ThreadRecord), { link: undefined }],
    ["its record is gone", find(held, () => undefined), { link: undefined }],
    ["its record cannot be read", find(held, fail), { link: undefined }],
  ] as const)("%s", ([, places, place]) => {
    expect(places("t1")).toEqual(place);
  });

  test.for(["../locks/x", "a/b", "", ".", "..", "x".repeat(65)])("%j is the name of no file", (id) => {
    expect(find(held)(id)).toBeUndefined();
  });
});
