// codex-review in the real Claude Code: in plan mode, two of one message side by side, and the result as its model reads it.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { follow, test } from "./fixture.ts";
import type { Session } from "./session.ts";

const FINDING = {
  ...{ severity: "P1", file: "sum.js", startLine: 1, endLine: 1, title: "It subtracts", body: "It should add." },
  ...{ confidence: 0.9, evidence: "export const sum = (a, b) => a - b;", isAboutRemoval: false },
};
const ANSWER = JSON.stringify({ summary: "One defect.", findings: [FINDING] });

function makeChange({ lab }: Session): void {
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=T", "-c", "user.email=t@localhost", ...args], {
      cwd: lab.project,
      env: lab.env,
    });
  const write = (text: string) => writeFileSync(join(lab.project, "sum.js"), text);
  write("export const sum = (a, b) => a + b;\n");
  git("init", "--quiet");
  git("add", "-A");
  git("commit", "--quiet", "-m", "first");
  write("export const sum = (a, b) => a - b;\n");
}

test("in plan mode two reviews of one message run side by side, without being asked for", async ({ session }) => {
  makeChange(session);
  let open = 0;
  let most = 0;
  let goOn = (): void => {};
  const both = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  session.lab.respond(async () => {
    open += 1;
    most = Math.max(most, open);
    if (open === 2) goOn();
    await Promise.race([both, new Promise((resolve) => setTimeout(resolve, 30_000).unref())]);
    open -= 1;
    return { steps: [{ say: ANSWER }] };
  });
  const tool = "mcp__codex__codex-review";
  const calls = [
    { tool, input: {} },
    { tool, input: { files: ["sum.js"], focus: "negative numbers" } },
  ];
  const { code, stderr } = await session.start(follow({ calls }), { flags: ["--permission-mode", "plan"] }).ended;
  expect(code, stderr).toBe(0);
  expect(most).toBe(2);
  const shown = session.model.requests[1]?.toolResults ?? [];
  expect(shown).toHaveLength(2);
  for (const { isError, text } of shown) {
    expect(isError, text).toBe(false);
    const { verdict, findings } = JSON.parse(text);
    expect(verdict).toBe("request changes");
    expect(findings).toMatchObject([{ id: "F1", file: "sum.js", isVerified: true }]);
  }
  expect(session.findLeft()).toEqual([]);
});
