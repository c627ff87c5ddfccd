import { expect, test } from "vitest";
import { redactReport } from "../../../../src/delegation/turns/answers/redact-report.ts";
import { createRedactor } from "../../../../src/domain/redact.ts";
import type { TurnReport } from "../../../../src/domain/turn.ts";

const report = (content: string): TurnReport => ({
  threadId: "t",
  content,
  usage: undefined,
  changes: [{ path: "/x/plain-value-1", kind: "add" }],
  commands: { count: 0, failed: 0 },
  refusedCommands: [],
  hasWorked: true,
  warnings: ["warned of plain-value-1"],
  leftRunning: [{ pid: 1, command: "sleep plain-value-1" }],
  durationMs: 1,
});
const redact = createRedactor({ A_TOKEN: "plain-value-1" });

test("secrets go from the message and from all that is told beside it", () => {
  const clean = redactReport(report("x plain-value-1"), false, redact);
  expect(JSON.stringify(clean)).not.toContain("plain-value-1");
  expect(clean.warnings.at(-1)).toMatch(/was replaced by \[redacted\]/);
});

test("a JSON message is told as changed only where something was replaced", () => {
  const text = '{ "a": "b" }';
  expect(redactReport(report(text), true, redact)).toMatchObject({ content: text, warnings: ["warned of [redacted]"] });
  const named = redactReport(report('{ "plain-value-1": 1 }'), true, redact);
  expect(named.content).toBe('{ "[redacted]": 1 }');
  expect(named.warnings.at(-1)).toMatch(/was replaced/);
});

test("a search that fails keeps the thread, shows nothing of the message, and says so", () => {
  const broken = redactReport(report("plain-value-1"), false, () => {
    throw new RangeError("Maximum call stack size exceeded");
  });
  expect(broken).toMatchObject({ threadId: "t", content: "" });
  expect(JSON.stringify(broken)).not.toContain("plain-value-1");
  expect(broken.warnings.at(-1)).toMatch(/could not be searched for secrets/);
});

test("of a message too long to search the ends are kept, and that is told", () => {
  const { content, warnings } = redactReport(report(`plain-value-1 ${"x".repeat(12_000_000)} END`), false, redact);
  expect(content.startsWith("[redacted] x")).toBe(true);
  expect(content.endsWith("x END")).toBe(true);
  expect(warnings.join()).toMatch(/12000018 characters\. 10000018 in the middle were left out/);
});
