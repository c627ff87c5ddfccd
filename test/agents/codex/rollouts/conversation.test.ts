// Which messages of a rollout are told again: what was said, not what Codex itself puts in.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readConversation } from "../../../../src/agents/codex/rollouts/conversation.ts";

const home = mkdtempSync(join(tmpdir(), "conversation-"));
afterAll(() => rmSync(home, { recursive: true, force: true }));
const ID = "01a2163b-113e-77d2-97f7-a2bb371f7c05";

function read(messages: [role: string, ...parts: string[]][], most = 20_000): string[] {
  const lines = messages.map(([role, ...parts]) => {
    const content = parts.map((text) => ({ type: role === "user" ? "input_text" : "output_text", text }));
    return JSON.stringify({ type: "response_item", payload: { type: "message", role, content } });
  });
  const folder = join(home, "archived_sessions");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `rollout-2026-11-26T05-00-00-${ID}.jsonl`), `${lines.join("\n")}\n`);
  return readConversation(home, ID, most).map(({ role, text }) => `${role}: ${text}`);
}

// The parts as 0.50 to 0.169 write them.
test.each([
  ["0.50", [["user", "<user_instructions>\n\nGlobal rules\n\n</user_instructions>"]]],
  ["0.50", [["user", "<environment_context>\n  <cwd>/p</cwd>\n</environment_context>"]]],
  [
    "0.120 to 0.169",
    [
      [
        "user",
        "# AGENTS.md instructions for /p\n\n<INSTRUCTIONS>\nRules\n</INSTRUCTIONS>",
        "<environment_context>\n  <cwd>/p</cwd>\n</environment_context>",
      ],
    ],
  ],
  ["an interrupted turn", [["user", "<turn_aborted>\nThe user interrupted the previous turn.\n</turn_aborted>"]]],
  ["a skill", [["user", "<skill>\n<name>foo</name>\n<path>/h/skills/foo/SKILL.md</path>\nBODY\n</skill>"]]],
  ["instructions", [["developer", "<permissions instructions>\nread-only"]]],
] as [string, [string, ...string[]][]][])("what Codex puts in is left out: %s", (_name, messages) => {
  expect(read([["user", "one"], ...messages, ["assistant", "two"]])).toEqual(["user: one", "assistant: two"]);
});

test.each([
  "<task>Remember the word PELICAN</task>",
  "<environment_context> is a tag that I ask about",
  "<div>why does this not close?",
  "<!-- a comment -->",
  "# AGENTS.md needs a new line",
  "<skill> is written how?",
])("a prompt that begins like it is told: %s", (prompt) => {
  expect(read([["user", prompt]])).toEqual([`user: ${prompt}`]);
});

test("an answer is told whatever it begins with", () => {
  const answer = "<environment_context>x</environment_context>";
  expect(
    read([
      ["assistant", answer],
      ["assistant", "<answer>noted</answer>"],
    ]),
  ).toEqual([`assistant: ${answer}`, "assistant: <answer>noted</answer>"]);
});

test("of a prompt with images its text is told", () => {
  const prompt: [string, ...string[]] = [
    "user",
    '<image name=[Image #1] path="/p/a.png">',
    "",
    "</image>",
    "look at it",
  ];
  expect(read([prompt])).toEqual(["user: look at it"]);
});

test("of messages that are too long the newest are told, and of one that is too long alone its end", () => {
  expect(
    read(
      [
        ["user", "x".repeat(50)],
        ["assistant", "short"],
      ],
      20,
    ),
  ).toEqual(["assistant: short"]);
  expect(
    read(
      [
        ["user", "a"],
        ["assistant", `${"x".repeat(50)}end`],
      ],
      5,
    ),
  ).toEqual(["assistant: […]xxend"]);
});
