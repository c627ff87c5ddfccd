// run_collaboration with the real Codex and the real memory: a rate limit, from its plan to its pattern.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { test } from "../support/fixture.ts";
import type { Lab, Respond } from "../support/lab.ts";

const PLAN = `# Rate limit for the public API

Goal: the 61st request of a client within a minute is answered with 429. \`src/app.ts\` calls the limit.
Constraints: no new dependency; the clock is passed in.
`;

function write({ project }: Lab, path: string, text: string): void {
  mkdirSync(join(project, path, ".."), { recursive: true });
  writeFileSync(join(project, path), text);
}

function makeRepository(lab: Lab): void {
  write(lab, "src/app.ts", "serve(handler);\n");
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=T", "-c", "user.email=t@localhost", ...args], {
      cwd: lab.project,
      env: lab.env,
    });
  git("init", "--quiet", "-b", "main");
  git("add", "-A");
  git("commit", "--quiet", "-m", "first");
}

const finding = (severity: string, file: string, evidence: string) => ({
  ...{ severity, file, startLine: 1, endLine: 1, title: "No key", body: "Say which key counts." },
  ...{ confidence: 0.9, evidence, isAboutRemoval: false },
});

/** Says one answer after the other. */
function answer(...answers: object[][]): Respond {
  let at = 0;
  return () => ({ steps: [{ say: JSON.stringify({ summary: "Looked.", findings: answers[at++] ?? [] }) }] });
}

test("a plan is reviewed by Codex, implemented, validated with a check, and leaves a pattern", async ({
  lab,
  bridge,
}) => {
  makeRepository(lab);
  const run = async (args: Record<string, unknown>) => {
    const result = await bridge.call("run_collaboration", args);
    expect(result.isError, result.text).toBe(false);
    return result.structured;
  };
  lab.respond(answer([finding("P1", "src/app.ts", "serve(handler);")], [], []));
  const { sessionId } = await run({ action: "plan", text: PLAN });
  expect(sessionId).toMatch(/^SESSION-\d{8}-[A-Z0-9]{8}-rate-limit-for-the-public$/);
  expect(await run({ action: "review", sessionId })).toMatchObject({
    ...{ status: "CHANGES_REQUESTED", verdict: "request changes", open: ["plan"] },
    findings: [{ id: "F1", isVerified: true, file: "src/app.ts" }],
  });
  const prompt = lab.standIn.requests.at(-1)?.userTexts.at(-1) ?? "";
  for (const said of ["the 61st request", "serve(handler);", "that another agent is going to carry out"])
    expect(prompt).toContain(said);
  await run({ action: "plan", sessionId, text: `${PLAN}A client is known by the header x-client.\n` });
  expect(await run({ action: "review", sessionId })).toMatchObject({
    status: "READY_FOR_IMPLEMENTATION",
    verdict: "approve",
  });
  write(lab, "src/limit.ts", "export const perMinute = 60;\n");
  expect(await run({ action: "implemented", sessionId, text: "As planned." })).toMatchObject({
    files: ["src/limit.ts"],
    content: expect.stringContaining("Changed since the plan: src/limit.ts."),
  });
  const failed = await bridge.call("run_collaboration", {
    action: "validate",
    sessionId,
    check: "echo 59 of 60; exit 3",
  });
  expect(failed.structured).toMatchObject({ status: "CHANGES_REQUESTED", check: { exitCode: 3 } });
  expect(failed.text).toMatch(/Check failed \(exit 3 after [\s\S]*59 of 60/);
  await run({ action: "implemented", sessionId, text: "Mended." });
  expect(await run({ action: "validate", sessionId, check: "grep -q 60 src/limit.ts" })).toMatchObject({
    ...{ status: "COMPLETE", check: { exitCode: 0 }, open: ["extract_pattern"] },
  });
  expect(lab.standIn.requests.at(-1)?.userTexts.at(-1)).toContain("export const perMinute = 60;");
  await run({ action: "extract_pattern", sessionId, text: "Pass the clock in." });
  expect(await run({ action: "list" })).toMatchObject({ sessions: [{ sessionId, status: "COMPLETE" }] });
  const found = await bridge.call("retrieve_knowledge", {
    query: "how was the rate limit of the API planned",
    sessionId,
  });
  expect(found.text).toContain("CLAUDE PLAN: Rate limit for the public API");
});

test("arguments that a step does not take, and steps out of order, are told apart", async ({ lab, bridge }) => {
  makeRepository(lab);
  const code = async (args: Record<string, unknown>) =>
    (await bridge.call("run_collaboration", args)).text.slice(0, 80);
  expect(await code({ action: "plan" })).toMatch(/^\[INVALID_ARGUMENT\] `text` is missing/);
  expect(await code({ action: "review" })).toMatch(/^\[INVALID_ARGUMENT\] `sessionId` is missing/);
  expect(await code({ action: "review", sessionId: "x", text: "y" })).toMatch(
    /^\[INVALID_ARGUMENT\] review takes no `text`/,
  );
  expect(await code({ action: "status", sessionId: "../x" })).toMatch(/^\[SESSION_NOT_FOUND\]/);
  const { structured } = await bridge.call("run_collaboration", { action: "plan", text: PLAN });
  expect(await code({ action: "validate", sessionId: structured["sessionId"] })).toMatch(/^\[STEP_OUT_OF_ORDER\]/);
});
