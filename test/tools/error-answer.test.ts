import { expect, test } from "vitest";
import { reportError } from "../../src/domain/errors.ts";
import { toErrorLine } from "../../src/tools/error-answer.ts";

test("an error in one line names code, reason, next step, Codex's words and thread, and stays far below 10,000 characters", () => {
  const huge = "two\nwords ".repeat(100_000);
  const error = reportError("TURN_FAILED", huge, { threadId: "t", agentText: huge, nextStep: huge });
  const line = toErrorLine(error, (text) => text);
  expect(line).toMatch(/^\[TURN_FAILED\] two words .*two words .*The agent's own words .*threadId: t$/);
  expect(line).not.toContain("\n");
  expect(line.length).toBeLessThan(6_000);
});

test("an error in one line has no secrets", () => {
  const redact = (text: string): string => text.replaceAll("hunter2", "[redacted]");
  const error = reportError("TURN_FAILED", "It said hunter2.", { agentText: "hunter2" });
  expect(toErrorLine(error, redact)).not.toContain("hunter2");
});
