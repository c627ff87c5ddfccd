// `check` and `isolation` of `route_task` with the real Codex CLI: a part whose tests fail escalates by the rules, and works in one worktree.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { type LabBridge, test as labTest } from "../support/fixture.ts";
import { CLI, type Lab, runThenSay, say } from "../support/lab.ts";

const TASK = "Run the failing test suite and fix it";
const CHECK = "sh test.sh";

const test = labTest.extend("lab", async ({ lab }) => {
  lab.writeConfig({ provider: "request_max_retries = 0\nstream_max_retries = 0\n" });
  writeFileSync(join(lab.project, "test.sh"), 'echo "sum is $(cat sum.txt)"; grep -q 3 sum.txt\n');
  writeFileSync(join(lab.project, "sum.txt"), "1\n");
  return lab;
});

const run = (bridge: LabBridge, args: Record<string, unknown> = {}) =>
  bridge.call("route_task", { task: TASK, mode: "run", sandbox: "workspace-write", check: CHECK, ...args });
/** The n-th turn writes the n-th sum. Further turns write the last one. */
function answerWith(lab: Lab, ...sums: readonly number[]): void {
  let asked = 0;
  lab.respond((request) => {
    if (request.toolOutputs.length === 0) asked += 1;
    const sum = sums[Math.min(asked, sums.length) - 1];
    return runThenSay(`echo ${sum} > sum.txt`)(request);
  });
}
const prompts = (lab: Lab) => lab.standIn.requests.map(({ userTexts }) => userTexts.at(-1) ?? "");
const attempts = ({ structured }: { structured: Record<string, unknown> }) =>
  structured["attempts"] as { code?: string; threadId?: string; receipt?: string; usage?: object }[];

function makeRepository({ project, env }: Lab): void {
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=T", "-c", "user.email=t@localhost", ...args], { cwd: project, env });
  git("init", "--quiet", "-b", "main");
  git("add", "-A");
  git("commit", "--quiet", "-m", "first");
}

describe("a check", () => {
  test("that fails is a failure, whose output is the next prompt; that passes ends the task", async ({
    lab,
    bridge,
  }) => {
    answerWith(lab, 2, 3);
    const result = await run(bridge);
    expect(result.structured).toMatchObject({ outcome: "completed", check: { passed: true, output: "sum is 3" } });
    const [first, second] = attempts(result);
    expect(first).toMatchObject({ outcome: "failed", code: "CHECK_FAILED", receipt: expect.stringMatching(/^rc-/) });
    expect(first?.usage).toBeDefined();
    expect(second).toMatchObject({ outcome: "completed", threadId: first?.threadId });
    expect(second?.receipt).not.toBe(first?.receipt);
    expect(prompts(lab).at(-1)).toBe(
      `Your last turn did not pass its check. \`${CHECK}\` failed (exit code 1). Its output ends:\nsum is 2\n\nFind out why, mend it, and finish the task: ${TASK}`,
    );
  });

  test("that keeps failing escalates by the rules, and is handed back with its output; a restart forgets nothing", async ({
    lab,
    bridge,
  }) => {
    answerWith(lab, 2);
    const result = await run(bridge, { task: "Optimize the sorting algorithm" });
    expect(result.structured).toMatchObject({
      outcome: "handed_back",
      escalation: { step: 1, agent: "claude_code", reason: expect.stringMatching(/^2 of 2 failures/) },
      check: { passed: false, exitCode: 1, output: "sum is 2" },
      cause: expect.stringMatching(/CHECK_FAILED: The check failed: exit code 1\. Its output ends: "sum is 2"$/),
    });
    expect(attempts(result).map(({ code }) => code)).toEqual(["CHECK_FAILED", "CHECK_FAILED", undefined]);
    expect(result.text).toContain(`The check \`${CHECK}\` failed (exit code 1). Its output ends:\nsum is 2`);
    await bridge.restart();
    const again = await run(bridge, { task: "Optimize the sorting algorithm" });
    expect(again.structured["outcome"]).toBe("handed_back");
    expect(again.text).toContain("sum is 2");
  });

  test("of an earlier call is told to the thread that goes on", async ({ lab, bridge }) => {
    let asked = 0;
    lab.respond((request) => {
      if (request.toolOutputs.length === 0) asked += 1;
      if (asked === 2) return { error: { status: 429, body: { error: { message: "slow down" } } } };
      return runThenSay(`echo ${asked > 2 ? 3 : 2} > sum.txt`)(request);
    });
    const stopped = await run(bridge);
    expect(attempts(stopped).map(({ code }) => code)).toEqual(["CHECK_FAILED", "RATE_LIMITED"]);
    await bridge.restart();
    const result = await run(bridge);
    expect(result.structured).toMatchObject({ outcome: "completed", threadId: attempts(stopped)[0]?.threadId });
  });

  test("whose time is up is a failure too", async ({ lab, bridge }) => {
    await bridge.restart({ env: { BRIDGE_CHECK_TIMEOUT_MS: "1000" } });
    lab.respond(say("done"));
    const result = await run(bridge, { task: "Optimize the sorting algorithm", check: "sleep 60" });
    expect(result.structured).toMatchObject({ outcome: "handed_back", check: { passed: false, timedOut: true } });
    expect(result.structured["cause"]).toContain("CHECK_FAILED: The check failed: its time was up.");
  });

  test("counts where the rules name invalid_output or check_failed, and stops the task where they name neither", async ({
    lab,
    bridge,
  }) => {
    const path = join(lab.root, "rules.json");
    const rules = JSON.parse(readFileSync(join(import.meta.dirname, "../../delegation-rules.json"), "utf8"));
    const write = (...types: string[]) => {
      rules.routing_config.escalation_policies[0].trigger_conditions.error_types = types;
      writeFileSync(path, JSON.stringify(rules));
    };
    write("timeout");
    await bridge.restart({ env: { DELEGATION_RULES: path } });
    answerWith(lab, 2);
    const stopped = await run(bridge);
    expect(stopped.isError).toBe(true);
    expect(stopped.text).toMatch(/^\[CHECK_FAILED\] The check failed: exit code 1[\s\S]*CHECK_FAILED does not count/);
    expect(stopped.structured).toMatchObject({
      outcome: "failed",
      check: { output: "sum is 2" },
      error: { receipt: expect.stringMatching(/^rc-/) },
    });
    for (const type of ["invalid_output", "check_failed"]) {
      write(type);
      const result = await run(bridge, { task: `Optimize the sorting algorithm (${type})` });
      expect(result.structured["outcome"]).toBe("handed_back");
    }
  });

  test("the caller's file is the last answer's, and is told where no attempt passed", async ({ lab, bridge }) => {
    const file = join(lab.project, "answer.md");
    answerWith(lab, 2, 3);
    const result = await run(bridge, { outputFile: "answer.md" });
    expect(result.structured).toMatchObject({ outcome: "completed", outputFile: { path: file } });
    rmSync(file);
    answerWith(lab, 2);
    const failed = await run(bridge, { task: "Optimize the sorting algorithm", outputFile: "answer.md" });
    expect(failed.structured["outcome"]).toBe("handed_back");
    expect(failed.structured["warnings"]).toEqual([
      `${file} holds the answer of an attempt that did not pass its check.`,
    ]);
  });

  test("of a task that Claude gets is not run, and that is told", async ({ bridge }) => {
    const result = await run(bridge, { task: "Explain how the billing module works" });
    expect(result.structured).toMatchObject({
      outcome: "handed_back",
      warnings: [expect.stringMatching(/^check was not run/)],
    });
  });
});

// 0.120 leaves an empty file `.codex`, and 0.50 protects no `.git` (docs/codex-cli.md#protected-names, docs/codex-cli.md#sandbox).
describe.skipIf(!CLI.hasThreadSource)("a worktree", () => {
  const isolated = { isolation: "worktree", sandbox: undefined };
  const toProposal = ({ structured }: { structured: Record<string, unknown> }) =>
    structured["proposal"] as { id: string; worktree: string; files: number };
  const readSum = (folder: string) => readFileSync(join(folder, "sum.txt"), "utf8");
  const listOpen = (lab: Lab) => {
    const folder = join(lab.env["HOME"] ?? "", ".local/share/codex-bridge/worktrees");
    return existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith("pr-")) : [];
  };

  test("is one for all attempts, and the user's files stay", async ({ lab, bridge }) => {
    makeRepository(lab);
    answerWith(lab, 2, 3);
    const outputFile = join(lab.project, "answer.txt");
    const result = await run(bridge, { ...isolated, outputFile });
    expect(result.structured).toMatchObject({ outcome: "completed", check: { passed: true }, proposal: { files: 1 } });
    // The file is that of the last attempt, which went on in the worktree.
    expect(result.structured["outputFile"]).toMatchObject({ path: outputFile });
    expect(readFileSync(outputFile, "utf8")).toBe(result.structured["content"]);
    expect(readSum(lab.project)).toBe("1\n");
    expect(readSum(toProposal(result).worktree)).toBe("3\n");
    expect(listOpen(lab)).toEqual([toProposal(result).id]);
    const landed = await bridge.call("codex-land", {});
    expect(landed.isError, landed.text).toBe(false);
    expect(readSum(lab.project)).toBe("3\n");
    expect(listOpen(lab)).toEqual([]);
  });

  test("of a task that is handed back is named, with what to do about it", async ({ lab, bridge }) => {
    makeRepository(lab);
    answerWith(lab, 2);
    const task = "Optimize the sorting algorithm";
    const result = await run(bridge, { ...isolated, task });
    const { id, worktree } = toProposal(result);
    expect(result.structured["outcome"]).toBe("handed_back");
    expect(result.text).toContain(`What Codex changed is proposal ${id} in ${worktree}, not in your files`);
    await bridge.restart();
    const again = await run(bridge, { ...isolated, task });
    expect(again.text).toContain(`proposal ${id} in`);
    expect((await bridge.call("codex-land", { discard: true })).isError).toBe(false);
    expect(listOpen(lab)).toEqual([]);
    // What is over is not there to be landed.
    const over = await run(bridge, { ...isolated, task });
    expect(over.text).toContain("Codex may have changed files already");
    expect(over.text).not.toContain(id);
  });

  test("is the one in which a new thread goes on, also within BRIDGE_ROOTS", async ({ lab, bridge }) => {
    const [notes, sum] = [join(lab.project, "NOTES.md"), join(lab.project, "sum.txt")];
    writeFileSync(notes, "Git ignores this.\n");
    writeFileSync(join(lab.project, ".gitignore"), "NOTES.md\n");
    makeRepository(lab);
    await bridge.restart({ env: { BRIDGE_ROOTS: lab.project } });
    let asked = 0;
    lab.respond((request) => {
      asked += 1;
      // The first thread stays too long, and Codex cannot compact it.
      if (/other\.txt|CONTEXT CHECKPOINT/.test(JSON.stringify(request.body)))
        return { error: { status: 400, body: { error: { message: "x", code: "context_length_exceeded" } } } };
      return runThenSay(asked === 1 ? "echo 2 > other.txt" : "echo 3 > sum.txt")(request);
    });
    const outputFile = join(lab.project, "answer.txt");
    const result = await run(bridge, { ...isolated, outputFile, handoff: { read: "NOTES.md", write: sum } });
    expect(attempts(result).map(({ code }) => code)).toEqual(["CONTEXT_OVERFLOW", undefined]);
    const written = { path: join(toProposal(result).worktree, "sum.txt"), state: "changed" };
    expect(result.structured["handoff"]).toMatchObject({ read: { path: notes }, write: written });
    expect(result.structured["outputFile"]).toMatchObject({ path: outputFile });
    const [first, second] = attempts(result);
    expect(second?.threadId).not.toBe(first?.threadId);
    expect(toProposal(result).files).toBe(2);
    expect(listOpen(lab)).toEqual([toProposal(result).id]);
  });

  test("is made anew where the one before was landed, and where the call before worked in the user's files", async ({
    lab,
    bridge,
  }) => {
    makeRepository(lab);
    const limit = { error: { status: 429, body: { error: { message: "slow down" } } } };
    lab.respond((request) => (request.toolOutputs.length > 0 ? limit : runThenSay("echo 2 >> sum.txt")(request)));
    const inTree = await run(bridge);
    expect(inTree.structured).toMatchObject({ outcome: "failed" });
    const first = await run(bridge, isolated);
    expect(attempts(first)[0]?.threadId).not.toBe(attempts(inTree)[0]?.threadId);
    const goesOn = await run(bridge, isolated);
    expect(attempts(goesOn)[0]?.threadId).toBe(attempts(first)[0]?.threadId);
    const landed = await bridge.call("codex-land", {});
    expect(landed.isError, landed.text).toBe(false);
    answerWith(lab, 3);
    const anew = await run(bridge, isolated);
    expect(anew.structured).toMatchObject({ outcome: "completed", check: { passed: true } });
    expect(anew.structured["threadId"]).not.toBe(attempts(first)[0]?.threadId);
  });

  test("that cannot be made is refused before a turn", async ({ lab, bridge }) => {
    const result = await run(bridge, isolated);
    expect(result.text).toMatch(/^\[NOT_A_GIT_REPO\]/);
    expect(lab.standIn.requests).toHaveLength(0);
  });
});

test("a usage limit, which no policy has to count, sends the task to the rule's fallback agent; it is tried anew when it comes back", async ({
  lab,
  bridge,
}) => {
  const body = { error: { type: "usage_limit_reached", message: "The usage limit has been reached" } };
  lab.respond(() => ({ error: { status: 429, body } }));
  const asked = { task: "Optimize the sorting algorithm", check: undefined };
  const result = await run(bridge, asked);
  expect(result.structured).toMatchObject({ outcome: "handed_back", cause: expect.stringContaining("USAGE_LIMIT") });
  expect(result.text).toContain("the rule's fallback agent is claude_code");
  lab.respond(say("sorted"));
  expect((await run(bridge, asked)).structured).toMatchObject({ outcome: "completed", content: "sorted" });
});
