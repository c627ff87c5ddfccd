import { expect, test } from "vitest";
import type { KnownThread } from "../../../src/agents/agent-backend.ts";
import {
  createCallerLimits,
  holdToCaller,
  limitAt,
  narrowToCaller,
} from "../../../src/delegation/threads/caller-limit.ts";
import { FULL_ACCESS, READ_ONLY, type SandboxMode, type SandboxPolicy } from "../../../src/domain/sandbox.ts";

const WRITE: SandboxPolicy = { ...READ_ONLY, mode: "workspace-write" };
const toThread = (sandbox: SandboxPolicy, more = {}): KnownThread => ({
  kind: "found",
  frame: { cwd: "/p/sub", sandbox, approvalPolicy: "never", own: {}, backend: "codex-exec", ...more },
});

function find(
  told: SandboxMode | undefined,
  { registered, thread = { kind: "unknown" } }: { registered?: SandboxMode; thread?: KnownThread } = {},
) {
  const findThread = async (): Promise<KnownThread> => thread;
  const limits = createCallerLimits({ callerSandbox: registered, baseDir: "/p", findThread });
  return limits({ agent: "codex", threadId: "t-1", sandbox: told });
}

test("a person's client has no limit, nor has an agent without a sandbox", async () => {
  const limits = createCallerLimits({
    callerSandbox: "read-only",
    baseDir: "/p",
    findThread: async () => toThread(WRITE),
  });
  expect(await limits(undefined)).toBeUndefined();
  expect(await find("danger-full-access")).toBeUndefined();
});

test.each<[string, SandboxMode | undefined, Parameters<typeof find>[1]]>([
  ["tells read-only", "read-only", { thread: toThread(FULL_ACCESS) }],
  ["tells read-only, whatever the registration says", "read-only", { registered: "danger-full-access" }],
  ["does not tell its sandbox", undefined, {}],
  ["tells more than the registration", "danger-full-access", { registered: "read-only" }],
  ["may write, and has no thread that is known", "workspace-write", {}],
  ["may write, and its thread says read-only", "workspace-write", { thread: toThread(READ_ONLY) }],
  [
    "may write by a permission profile",
    "workspace-write",
    { thread: toThread(WRITE, { permissions: { name: "x", isReadOnly: false } }) },
  ],
  [
    "may write, with folders that it may not read",
    "workspace-write",
    { thread: toThread(WRITE, { permissions: { isReadOnly: false } }) },
  ],
])("an agent that %s writes nothing", async (_name, told, world) => {
  expect(await find(told, world)).toMatchObject({ policy: READ_ONLY });
});

test("an agent that may write does so where its thread may, and with its network", async () => {
  const sandbox = { ...WRITE, networkAccess: true, writableRoots: ["/data"] };
  expect((await find("workspace-write", { thread: toThread(sandbox) }))?.policy).toEqual({
    ...sandbox,
    writableRoots: ["/p/sub", "/data"],
  });
});

test.each<[string, SandboxMode | undefined, SandboxMode]>([
  ["does not tell its sandbox", undefined, "workspace-write"],
  ["has a thread that is not found", "workspace-write", "workspace-write"],
  ["may do everything", "danger-full-access", "workspace-write"],
])("an agent that %s writes in the bridge's directory if the registration says so", async (_name, told, registered) => {
  expect((await find(told, { registered }))?.policy).toEqual({
    ...{ ...WRITE, writableRoots: ["/p"], excludeSlashTmp: true, excludeTmpdir: true },
  });
});

test("the registration can give everything to an agent that does not tell its sandbox", async () => {
  expect(await find(undefined, { registered: "danger-full-access" })).toBeUndefined();
});

test("a thread that cannot be read is not known", async () => {
  const findThread = async (): Promise<KnownThread> => Promise.reject(new Error("EMFILE"));
  const limits = createCallerLimits({ callerSandbox: undefined, baseDir: "/p", findThread });
  const limit = await limits({ agent: "codex", threadId: "t-1", sandbox: "workspace-write" });
  expect(limit).toMatchObject({ policy: READ_ONLY, why: expect.stringContaining("no thread of it is found") });
});

test("the thread of one call is looked up once", async () => {
  let count = 0;
  const findThread = async (): Promise<KnownThread> => {
    count += 1;
    return toThread(WRITE);
  };
  const limits = createCallerLimits({ callerSandbox: undefined, baseDir: "/p", findThread });
  const caller = { agent: "codex", threadId: "t-1", sandbox: "workspace-write" } as const;
  await Promise.all([limits(caller), limits(caller)]);
  await limits(caller);
  expect(count).toBe(1);
});

const AREA = {
  policy: { ...WRITE, writableRoots: ["/p/sub"] },
  why: "The calling agent's own sandbox is workspace-write",
};

test("outside of what it may write, the agent writes nothing", () => {
  for (const cwd of ["/p", "/p/subway", "/q"]) {
    expect(limitAt(AREA, cwd, undefined)).toMatchObject({ policy: READ_ONLY, why: expect.stringContaining(cwd) });
  }
  for (const cwd of ["/p/sub", "/p/sub/deeper"]) expect(limitAt(AREA, cwd, undefined)).toEqual(AREA);
});

test("a worktree counts as the directory that it was made from", () => {
  const toWorktrees = (top: string) => ({ folder: "/w", findByPath: () => ({ top, worktree: "/w/1" }) as never });
  expect(limitAt(AREA, "/w/1", toWorktrees("/p/sub"))?.policy.writableRoots).toEqual(["/p/sub", "/w/1"]);
  expect(limitAt(AREA, "/w/1", toWorktrees("/p"))).toMatchObject({ policy: READ_ONLY });
});

test("a policy keeps only what the agent has too", () => {
  const wide = { ...WRITE, networkAccess: true, writableRoots: ["/p/sub/a", "/q"] };
  const most = { ...AREA.policy, excludeSlashTmp: true };
  expect(narrowToCaller(wide, { ...AREA, policy: most })).toEqual({
    ...{ ...WRITE, writableRoots: ["/p/sub/a"], excludeSlashTmp: true },
  });
  expect(narrowToCaller(FULL_ACCESS, AREA)).toEqual(AREA.policy);
  expect(narrowToCaller(wide, { policy: READ_ONLY, why: "x" })).toEqual(READ_ONLY);
  expect(narrowToCaller(wide, undefined)).toBe(wide);
});

test("a request for more than the agent has is refused, and any other of one that writes nothing changes nothing", () => {
  const none = { policy: READ_ONLY, why: "The calling agent's own sandbox is read-only" };
  for (const request of [
    { sandbox: "workspace-write" },
    { isolation: "worktree" },
    { handoff: { write: "a" } },
  ] as const) {
    expect(() => holdToCaller(request, none)).toThrow(/^The calling agent's own sandbox is read-only, so /);
  }
  expect(() => holdToCaller({ sandbox: "danger-full-access" }, AREA)).toThrow("danger-full-access");
  expect(holdToCaller({}, none)).toEqual({ readsOnly: true });
  expect(holdToCaller({ sandbox: "workspace-write", isolation: "worktree" }, AREA)).toEqual({
    ...{ sandbox: "workspace-write", isolation: "worktree" },
  });
});
