// Which message a commit gets.
import { describe, expect, test } from "vitest";
import { askForMessage, toMessage } from "../../../../src/delegation/turns/changes/commit-message.ts";
import { READ_ONLY } from "../../../../src/domain/sandbox.ts";

const FRAME = { backend: "b", cwd: "/p", sandbox: READ_ONLY, approvalPolicy: "never" as const, own: {} };
const TURN = {
  commit: true as const,
  thread: { frame: FRAME, sessionId: undefined, record: undefined, title: "The prompt" },
  isJson: false,
};

describe("the message is", () => {
  test.for([
    ["the line that was asked for", "Done.\n\nCommit: fix: a", "fix: a\n"],
    ["the last of several", "Commit: one\ntext\n**Commit:** `two`  ", "two\n"],
    ["found in a list, with Windows line ends", "Done\r\n- commit: fix: a\r\n", "fix: a\n"],
    ["the first words, where the line is empty", "Done.\nCommit: ``", "Done.\n"],
    ["the prompt, where there are no words", "\n", "The prompt\n"],
  ])("%s", ([, content, message]) => {
    expect(toMessage(TURN, content ?? "")).toBe(message);
  });

  test.for<[string, string]>([
    ["line breaks", `Done.\n${"\n".repeat(300_000)}x`],
    ["marks", `Done.\n${"-".repeat(300_000)}x`],
    ["spaces within the line", `Done.\nCommit: a${" ".repeat(300_000)}x`],
    ["lines of marks", `Done.\n${"` *\n".repeat(100_000)}x`],
  ])("found at once in a long answer of %s", ([, content]) => {
    const startedAt = performance.now();
    expect(toMessage(TURN, content)).toBe("Done.\n");
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});

test("an answer of a given form is asked for no line besides", () => {
  expect(askForMessage("x", { prompt: "x", commit: true })).toMatch(/one line `Commit: `/);
  for (const form of [{ expect: "^yes$" }, { expect: {} }, { outputSchema: {} }, { commit: "mine" }]) {
    expect(askForMessage("x", { prompt: "x", commit: true, ...form })).toBe("x");
  }
});
