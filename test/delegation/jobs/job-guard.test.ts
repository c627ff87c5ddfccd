// Which agent may act on which job.
import { expect, test } from "vitest";
import type { Job } from "../../../src/delegation/jobs/job.ts";
import { createJobGuard } from "../../../src/delegation/jobs/job-guard.ts";
import type { CallerLimit } from "../../../src/delegation/threads/caller-limit.ts";
import type { Caller } from "../../../src/domain/caller.ts";
import { READ_ONLY } from "../../../src/domain/sandbox.ts";

const READS: Caller = { agent: "codex", threadId: "t-read", sandbox: "read-only" };
const WRITES: Caller = { agent: "codex", threadId: "t-write", sandbox: "workspace-write" };
const FULL: Caller = { agent: "codex", threadId: "t-full", sandbox: "danger-full-access" };
const LIMITS: Readonly<Record<string, CallerLimit>> = {
  "read-only": { policy: READ_ONLY, why: "It only reads" },
  "workspace-write": {
    policy: { ...READ_ONLY, mode: "workspace-write", writableRoots: ["/p"] },
    why: "It writes in /p",
  },
};

const check = createJobGuard({
  findCallerLimit: async (caller) => LIMITS[caller?.sandbox ?? ""],
  readDepth: (call) => ({ depth: call?.caller?.threadId === "t-below" ? 1 : 0, maxDepth: 2, chain: [] }),
});

const refused = async (started: Caller | undefined, caller: Caller | undefined, isOwn = true): Promise<string[]> => {
  const job = { id: "cx-11111111", caller: started, isOwn } as Job;
  const tried = (["tell", "cancel"] as const).map((act) =>
    check(job, { caller }, act).then(
      () => [],
      () => [act],
    ),
  );
  return (await Promise.all(tried)).flat();
};

test.for<[what: string, started: Caller | undefined, caller: Caller | undefined, refused: string[]]>([
  ["a person", WRITES, undefined, []],
  ["an agent without a sandbox, on a person's job", undefined, FULL, []],
  ["an agent, on a person's job", undefined, WRITES, ["tell", "cancel"]],
  ["an agent, on its own job", WRITES, WRITES, []],
  ["an agent, on a narrower one's job", READS, WRITES, []],
  ["an agent, on a wider one's job", WRITES, READS, ["tell", "cancel"]],
  ["an agent, on the job of one without a sandbox", FULL, WRITES, ["tell", "cancel"]],
  ["an agent, on a job that it started when it was wider", WRITES, { ...READS, threadId: "t-write" }, ["tell"]],
  [
    "two agents that do not tell their threads",
    { ...WRITES, threadId: undefined },
    { ...READS, threadId: undefined },
    ["tell", "cancel"],
  ],
])("%s", async ([, started, caller, expected]) => {
  expect(await refused(started, caller)).toEqual(expected);
});

test("a thread that a bridge works in acts on no other bridge's job, whatever the bridge's own place", async () => {
  const below = { ...FULL, threadId: "t-below" };
  expect(await refused(below, below)).toEqual([]);
  expect(await refused(below, below, false)).toEqual(["tell", "cancel"]);
  await expect(check({ isOwn: false } as Job, { caller: below }, "cancel")).rejects.toMatchObject({
    code: "DEPTH_EXCEEDED",
  });
});
