// Several attempts at one task by the real Codex CLI, each in a worktree of its own.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { type LabBridge, test as labTest } from "../support/fixture.ts";
import { CLI, type Lab, until } from "../support/lab.ts";

const test = labTest
  .extend("lab", async ({ lab }) => {
    const git = (...args: string[]) =>
      execFileSync("git", ["-c", "user.name=T", "-c", "user.email=t@localhost", ...args], {
        cwd: lab.project,
        env: lab.env,
      });
    writeFileSync(join(lab.project, "a.txt"), "one\n");
    git("init", "--quiet", "-b", "main");
    git("add", "-A");
    git("commit", "--quiet", "-m", "first");
    return lab;
  })
  .override("bridgeOptions", ({ lab }) => ({ env: { BRIDGE_WORKTREES_DIR: join(lab.root, "trees") } }));

interface Result {
  readonly attempt: number;
  readonly standing: string;
  readonly threadId: string;
  readonly content: string;
  readonly proposal?: {
    readonly id: string;
    readonly worktree: string;
    readonly diffStat: string;
    readonly diff?: string;
  };
  readonly check?: { readonly passed: boolean; readonly output: string };
}

/** Each thread, known by its worktree, gets the next of the commands; `undefined` is refused by the model's service, also when it is tried again. */
function respondWith(lab: Lab, commands: readonly (string | undefined)[]): void {
  const given = new Map<string, string | undefined>();
  lab.respond((request) => {
    if (request.toolOutputs.length > 0) return { steps: [{ say: "Done." }] };
    const worktree = /trees\/pr-[\w-]{8}/.exec(JSON.stringify(request.body))?.[0] ?? "";
    if (!given.has(worktree)) given.set(worktree, commands[given.size % commands.length]);
    const command = given.get(worktree);
    if (command === undefined) return { error: { status: 400, body: { error: { message: "not this one" } } } };
    return { steps: [{ run: command }] };
  });
}

const tryOut = (bridge: LabBridge, args: Record<string, unknown>) =>
  bridge.call("codex", { prompt: "Make it good", ...args });
const toResults = (structured: Record<string, unknown>) => structured["results"] as Result[];
const lines = (count: number): string => `for i in $(seq ${count}); do echo good >> made.txt; done`;

// The CLIs before can run no check in a sandbox that writes.
test.runIf(CLI.hasPermissionProfiles)(
  "come best first, with their check and diff, and nothing is landed",
  async ({ lab, bridge }) => {
    respondWith(lab, ["echo bad > made.txt", lines(10), lines(2)]);
    const { structured, isError, text } = await tryOut(bridge, { attempts: 3, check: "grep -c good made.txt" });
    expect(isError, text).toBe(false);
    const results = toResults(structured);
    expect(results.map(({ standing, check, proposal }) => [standing, check?.output, proposal?.diffStat])).toEqual([
      ["check passed", "2", "1 file changed, 2 insertions(+)"],
      ["check passed", "10", "1 file changed, 10 insertions(+)"],
      ["check failed", "0", "1 file changed, 1 insertion(+)"],
    ]);
    expect(new Set(results.map(({ threadId }) => threadId)).size).toBe(3);
    expect(results.map(({ attempt }) => attempt).toSorted()).toEqual([1, 2, 3]);
    const [best, ...others] = results;
    expect(best?.proposal?.diff).toContain("+good\n+good");
    expect(structured.content).toContain(
      `First is attempt ${best?.attempt}, proposal ${best?.proposal?.id} (check passed;`,
    );
    for (const { proposal } of others) expect(structured.content).toContain(String(proposal?.id));
    expect(readdirSync(lab.project).toSorted()).toEqual([".git", "a.txt"]);
    expect(structured.threadId).toBe("");
  },
);

test.runIf(CLI.hasPermissionProfiles)(
  "one is landed in spite of what its check wrote, and the others are named and discarded",
  async ({ lab, bridge }) => {
    respondWith(lab, [lines(2), lines(3), lines(4)]);
    const { structured } = await tryOut(bridge, { attempts: 3, check: "echo x > report; echo more >> made.txt" });
    const [best, ...others] = toResults(structured).map(({ proposal }) => String(proposal?.id));
    const landed = await bridge.call("codex-land", { proposal: best });
    expect(landed.isError, landed.text).toBe(false);
    expect(readFileSync(join(lab.project, "made.txt"), "utf8")).toBe("good\ngood\n");
    expect(readdirSync(lab.project).toSorted()).toEqual([".git", "a.txt", "made.txt"]);
    expect((landed.structured["others"] as string[]).toSorted()).toEqual(others.toSorted());
    expect(landed.text).toContain("Other attempts at this task are open");
    for (const proposal of others) {
      expect((await bridge.call("codex-land", { proposal, discard: true })).isError).toBe(false);
    }
    expect(readdirSync(join(lab.root, "trees"))).toEqual([]);
  },
);

// 0.120 leaves an empty file `.codex` (docs/codex-cli.md#protected-names), so there no attempt is without changes.
const onNewer = test.skipIf(!CLI.hasPermissionProfiles);

onNewer("one that fails does not fail the others, and they wait for free slots", async ({ lab, bridge }) => {
  await bridge.restart({ env: { BRIDGE_MAX_TURNS: "1" } });
  respondWith(lab, [lines(1), undefined, "true"]);
  const { structured, isError } = await tryOut(bridge, { attempts: 3 });
  expect(isError).toBe(false);
  expect(toResults(structured).map(({ standing }) => standing)).toEqual(["not checked", "no changes", "failed"]);
  expect(structured.content).toMatch(/^2 of 3 attempts done\. 1 failed\./);
});

onNewer("where none does anything, that is said; where all fail, it is an error", async ({ lab, bridge }) => {
  respondWith(lab, ["true"]);
  const idle = await tryOut(bridge, { attempts: 2 });
  expect(idle.structured.content).toContain("None of them changed anything.");
  respondWith(lab, [undefined]);
  const failed = await tryOut(bridge, { attempts: 2 });
  expect(failed.isError).toBe(true);
  expect(failed.structured["error"]).toMatchObject({ code: "TURN_FAILED", failed: 2 });
});

test.for([
  [{ prompts: ["a", "b"], prompt: undefined }, /`prompts`/],
  [{ sessionId: "name" }, /`sessionId` names one thread/],
  [{ outputFile: "out.md" }, /`outputFile` takes one message/],
  [{ onQuota: "wait" }, /`onQuota` waits with one thread/],
  [{ sandbox: "read-only" }, /isolation is for turns that write/],
  [{ attempts: 5 }, /attempts/],
] as const)("do not go with %j", async ([args, said], { bridge }) => {
  const { isError, text } = await tryOut(bridge, { attempts: 2, ...args });
  expect(isError).toBe(true);
  expect(text).toMatch(/^\[INVALID_ARGUMENT\]/);
  expect(text).toMatch(said);
});

test("as a job they end together with a cancel, and what they made is named", async ({ lab, bridge }) => {
  const time = `35${process.pid}`;
  const trees = join(lab.root, "trees");
  respondWith(lab, [`echo x > begun; sleep ${time}`]);
  const { structured } = await tryOut(bridge, { attempts: 2, background: true });
  const jobId = String(structured["jobId"]);
  const hasBegun = (id: string) =>
    readdirSync(join(trees, id), { recursive: true }).some((path) => String(path).endsWith("begun"));
  await until("both run", () => existsSync(trees) && readdirSync(trees).filter(hasBegun).length === 2);
  await bridge.call("agent_job_control", { jobId, action: "cancel" });
  await bridge.call("agent_job", { action: "wait", jobIds: [jobId] });
  const { text } = await bridge.call("agent_job", { action: "result", jobIds: [jobId] });
  expect(text).toMatch(
    /cancelled with 0 of 2 attempts done\. Threads that had begun: .* Their proposals: pr-[\w-]{8}, pr-[\w-]{8}\./,
  );
  expect(execFileSync("ps", ["-eo", "args"], { encoding: "utf8" })).not.toContain(`sleep ${time}`);
});

// 8,000 files: on a loaded machine it took 99 s.
test("four large ones stay within the size of a result", { timeout: 180_000 }, async ({ lab, bridge }) => {
  const noise = `for i in $(seq 400); do mkdir -p dir$i; for j in 1 2 3 4 5; do echo "<ä> $i $j" > dir$i/file-with-a-long-name-$j.txt; done; done`;
  respondWith(lab, [noise]);
  const check = 'for i in $(seq 3000); do echo "<ö> line $i"; done; exit 1';
  const { structured, isError } = await tryOut(bridge, { attempts: 4, check });
  expect(isError).toBe(false);
  expect(toResults(structured)).toHaveLength(4);
  expect(JSON.stringify(structured).length).toBeLessThan(45_000);
});
