import { expect, test } from "vitest";
import { CLAUDE, CODEX, nameTools, toOffered } from "../../src/domain/agents.ts";
import { ERROR_TRAITS } from "../../src/domain/error-codes.ts";

test("the next steps of errors name the tools of the agent that is meant", () => {
  const texts = Object.values(ERROR_TRAITS).map(({ nextStep }) => nameTools(nextStep, CLAUDE));
  for (const text of texts) expect(text).not.toMatch(/codex-reply|(with|call) codex(?!-)/);
  expect(texts.join(" ")).toContain("Start a new thread with claude and put");
  expect(texts.join(" ")).toContain("codex-bridge doctor");
});

test("nothing that only looks like a tool is renamed", () => {
  for (const text of [
    "in /home/me/codex-reply/x",
    "with codex/x",
    "codex-land lands it",
    "Codex's home",
    "`codex login`",
  ]) {
    expect(nameTools(text, CLAUDE)).toBe(text);
  }
});

test("an agent without tools of its own in a role is reached by name", () => {
  expect(toOffered(CODEX, "claude")).toBe(CODEX);
  expect(toOffered(CLAUDE, "claude").tools).toEqual({ start: "run_agent", reply: "run_agent" });
  expect(toOffered(CLAUDE, "codex")).toBe(CLAUDE);
  expect(toOffered(CODEX, "codex").tools.reply).toBe("run_agent");
  for (const agent of [CODEX, CLAUDE]) expect(toOffered(agent, "any")).toBe(agent);
});
