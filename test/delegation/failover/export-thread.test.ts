// What another agent gets of a thread that it takes over.
import { expect, test } from "vitest";
import { estimateTokens } from "../../../src/context/tokens.ts";
import { exportThread } from "../../../src/delegation/failover/export-thread.ts";
import type { ThreadMessage } from "../../../src/domain/thread.ts";

const window = { max_tokens: 128_000, compression_threshold: 0.85, preservation_strategy: "hierarchical" } as const;
const target = { agentName: "Codex", targetAgent: "claude", task: "Mend it.", window, clock: () => 7 };
const user = (text: string): ThreadMessage => ({ role: "user", text });
const agent = (text: string): ThreadMessage => ({ role: "assistant", text });
const chat = (from: number) => Array.from({ length: 400 }, (_, at) => `Remark ${from + at} says little.`).join("\n");

test("the last task and the last answer are whole, a short rest too", () => {
  expect(exportThread([user("Look."), agent("Found it."), user("Where?"), agent("Line 42.")], target)).toEqual({
    critical: ["User: Where?", "Codex: Line 42."],
    summary: "User: Look.\n\nCodex: Found it.",
    targetAgent: "claude",
    timestamp: 7,
  });
});

test("a long rest is summed up, and so is a last message that is long itself", () => {
  const long = Array.from({ length: 8 }, (_, at) => (at % 2 === 0 ? user : agent)(chat(at * 400)));
  const decision = agent(`${chat(9_000)}\nDecision: never write to orders_old.`);
  const { critical, summary } = exportThread([...long, decision, user("Go on.")], target);
  expect(critical).toEqual(["User: Go on."]);
  expect(summary).toContain("Decision: never write to orders_old.");
  const before = [...long, decision].reduce((sum, { text }) => sum + estimateTokens(text), 0);
  expect(estimateTokens(summary)).toBeLessThan(before * 0.12);
});
