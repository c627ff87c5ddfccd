// Several attempts at one task in the real Claude Code: its model sees them in order, lands one, discards the other, and checks what it has.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { test } from "./fixture.ts";
import type { Script, Session } from "./session.ts";

function makeRepository({ lab }: Session): void {
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=T", "-c", "user.email=t@localhost", ...args], {
      cwd: lab.project,
      env: lab.env,
    });
  writeFileSync(join(lab.project, "sum.js"), "export const sum = (a, b) => a - b;\n");
  git("init", "--quiet");
  git("add", "-A");
  git("commit", "--quiet", "-m", "first");
}

test("the better attempt is landed by its id, the other one is discarded", async ({ session }) => {
  makeRepository(session);
  let asked = 0;
  session.lab.respond((request) => {
    if (request.toolOutputs.length > 0) return { steps: [{ say: "done" }] };
    asked += 1;
    return { steps: [{ run: asked === 1 ? "echo '// sorry' >> sum.js" : "sed -i 's/a - b/a + b/' sum.js" }] };
  });
  const find = (text: string, pattern: RegExp): string => pattern.exec(text)?.[1] ?? "not shown";
  const script: Script = ({ index, toolResult }) => {
    const text = toolResult?.text ?? "";
    if (index === 0) {
      const input = { prompt: "Fix sum", attempts: 2, check: "grep -q 'a + b' sum.js" };
      return { tool: "mcp__codex__codex", input };
    }
    if (index === 1) {
      return {
        tool: "mcp__codex__codex-land",
        input: { proposal: find(text, /First is attempt \d, proposal (pr-[\w-]{8})/) },
      };
    }
    if (index === 2) {
      const proposal = find(text, /discard true removes each: (pr-[\w-]{8})/);
      return { tool: "mcp__codex__codex-land", input: { proposal, discard: true } };
    }
    return { text: `over: ${text}` };
  };
  const { code, events, stderr } = await session.start(script).ended;
  expect(code, stderr).toBe(0);
  const { results } = JSON.parse(session.model.requests[1]?.toolResult?.text ?? "{}");
  expect(results).toMatchObject([
    { standing: "check passed", check: { passed: true } },
    { standing: "check failed", check: { passed: false, exitCode: 1 } },
  ]);
  expect(readFileSync(join(session.lab.project, "sum.js"), "utf8")).toBe("export const sum = (a, b) => a + b;\n");
  expect(String(events.at(-1)?.["result"])).toMatch(/Discarded pr-/);
  expect(session.findLeft()).toEqual([]);
});
