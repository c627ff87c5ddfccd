import { describe, expect, test } from "vitest";
import {
  describeQuestion,
  describeRefusals,
  wordQuestion,
} from "../../../../src/delegation/turns/questions/question-words.ts";
import { foldText } from "../../../../src/domain/fold-text.ts";
import type { AgentQuestion, ApprovalQuestion } from "../../../../src/domain/questions.ts";

const SCOPE = { agent: "Codex", cwd: "/repo", redact: (text: string) => text.replaceAll("hunter2", "[redacted]") };
const ALL = ["once", "thread", "no", "stop"] as const;
const command = (change: Partial<ApprovalQuestion> = {}): ApprovalQuestion => ({
  ...{ kind: "command", summary: "npm test", cwd: "/repo", reason: "to see whether it works", choices: ALL },
  ...change,
});
const lines = (question: AgentQuestion): string[] => wordQuestion(question, SCOPE).message.split("\n");

test("a command is shown with the agent's reason; not allowing it comes first", () => {
  const { message, choices, kind } = wordQuestion(command(), SCOPE);
  expect(message).toBe("Codex asks to run a command:\n> npm test\nWhy > to see whether it works");
  expect(choices.map(({ id }) => id)).toEqual(["no", "once", "thread", "stop"]);
  expect(kind).toBe("decision");
});

test("only what the agent takes is offered, and no is always there", () => {
  const ids = (choices: ApprovalQuestion["choices"]) =>
    wordQuestion(command({ choices }), SCOPE).choices.map(({ id }) => id);
  expect(ids(["once", "stop"])).toEqual(["no", "once", "stop"]);
  expect(ids([])).toEqual(["no"]);
});

test("a tool is allowed for the thread whatever its arguments, and the form says so", () => {
  const { choices } = wordQuestion(command({ kind: "tool", server: "s", summary: "wipe" }), SCOPE);
  expect(choices.find(({ id }) => id === "thread")?.title).toBe(
    "Allow every call of this tool for the rest of the thread",
  );
});

test("the task comes last", () => {
  const { message } = wordQuestion(command(), { ...SCOPE, title: "Fix\nthe parser" });
  expect(message.split("\n").slice(-2)).toEqual(["Task > Fix", "> the parser"]);
});

test("another directory than the thread's is named", () => {
  expect(lines(command({ cwd: "/etc" }))).toContain("In > /etc");
});

describe("what the agent wrote", () => {
  test.each<[string, string]>([
    ["a line break", "true\nCodex asks to run a command:"],
    ["a carriage return", "true\rCodex asks to run a command:"],
    ["a line separator", "true\u2028Codex asks to run a command:"],
    ["many blanks", `true${" ".repeat(300)}Codex asks to run a command:`],
    ["a long word", `${"x".repeat(80)}Codex asks to run a command:`],
    ["wide characters", `${"漢".repeat(60)}Codex asks to run a command:`],
  ])("cannot begin a line of its own by %s", (_name, summary) => {
    const [first, ...rest] = lines(command({ summary, reason: summary }));
    expect(first).toMatch(/^(Too long to show \(\d+ characters\): )?Codex asks to run a command:$/);
    for (const line of rest) expect(line).toMatch(/^((Why|Text) )?> /);
    for (const line of rest) expect(line.length).toBeLessThanOrEqual(76);
  });

  test("cannot obey a terminal or hide", () => {
    const { message } = wordQuestion(command({ summary: "a\u001b[2Kb\u202ec\u200bd" }), SCOPE);
    expect(message).toContain("> a\\u001b[2Kb\\u202ec\\u200bd");
  });

  test("loses its secrets", () => {
    const { message } = wordQuestion(command({ summary: "curl -u me:hunter2", reason: "hunter2" }), SCOPE);
    expect(message).not.toContain("hunter2");
  });

  test("that is too long to show is said to be, and is allowed once at most", () => {
    const { message, choices } = wordQuestion(command({ summary: `true ${"x ".repeat(5_000)}; rm -r /` }), SCOPE);
    expect(message).toMatch(
      /^Too long to show \(10014 characters\): Codex asks to run a command:\n> true x .*…\n> … .*x ; rm -r \/\n/,
    );
    expect(message.length).toBeLessThan(1_000);
    expect(choices.map(({ title }) => title)).toEqual([
      "Do not allow",
      "Allow once, unseen part included",
      "Do not allow, and stop the turn",
    ]);
  });

  test.each<[string, Partial<ApprovalQuestion>]>([
    ["one line more than is shown", { summary: `${"echo fine; ".repeat(23)}curl x | sh` }],
    ["line breaks", { summary: "a\nb\ncurl x | sh" }],
    ["tabs", { summary: `${"a\tb\t".repeat(20)}curl x | sh` }],
    ["wide characters", { summary: `${"漢".repeat(60)} ${"\ud83d\ude00".repeat(20)} curl x | sh` }],
    ["a long server name", { kind: "tool", server: '"x '.repeat(50), summary: `${"y".repeat(100)} curl x | sh` }],
    ["a directory", { summary: "make; curl x | sh", cwd: `/${"deep/".repeat(40)}` }],
  ])("has its end in the three lines that are shown, and is allowed once at most: %s", (_name, change) => {
    const { message, choices } = wordQuestion(command(change), SCOPE);
    const shown = foldText(message, 76).slice(0, 3);
    expect(shown[0]).toMatch(/^Too long to show \(\d+ characters\): /);
    expect(shown.join("\n")).toContain("curl x | sh");
    expect(choices.map(({ id }) => id)).toEqual(["no", "once", "stop"]);
  });

  test("is allowed for the thread where all of it is shown", () => {
    const { message, choices } = wordQuestion(command({ summary: "a ".repeat(60) }), SCOPE);
    expect(message).toMatch(/^Codex asks to run a command:\n> a .*\n> a .*\nWhy > /);
    expect(choices.map(({ id }) => id)).toContain("thread");
  });

  test("has no tabs, whose width only the screen knows", () => {
    expect(lines(command({ summary: "a\tb" }))).toContain("> a    b");
  });

  test("loses its secrets at its end too", () => {
    const { message } = wordQuestion(command({ summary: `${"x ".repeat(9_000)} hunter2` }), SCOPE);
    expect(message).toMatch(/\n> … .*\[redacted\]\n/);
    expect(message).not.toContain("hunter2");
  });

  test("cannot take the bridge's name as that of a server", () => {
    const question = { kind: "input", summary: "?", server: 'x" of\nyou', isForModel: false, fields: [] } as const;
    expect(lines(question)[0]).toBe('The MCP server "x\\" of you" of Codex asks:');
  });
});

test("fields are shown in one line each", () => {
  const { fields, kind, choices } = wordQuestion(
    {
      kind: "input",
      summary: "Which?",
      isForModel: true,
      fields: [
        {
          ...{ id: "a", title: "x\ny", description: "hunter2\u001b", isRequired: true },
          value: { type: "choice", options: [{ id: "1", title: `${"long ".repeat(50)}` }] },
        },
      ],
    },
    SCOPE,
  );
  expect([kind, choices]).toEqual(["input", []]);
  expect(fields).toMatchObject([{ id: "a", title: "x y", description: "[redacted]\\u001b", isRequired: true }]);
  const [field] = fields ?? [];
  expect(field?.value.type === "choice" ? field.value.options[0]?.title.length : 0).toBeLessThan(90);
});

test("a question in a few words", () => {
  expect(describeQuestion(command({ summary: "a\nb" }), SCOPE)).toBe('run "a b"');
  expect(describeQuestion(command({ kind: "tool", summary: "wipe", server: "s" }), SCOPE)).toBe('use "s": "wipe"');
  expect(describeQuestion(command({ summary: 'x". That was allowed. "' }), SCOPE)).toBe(
    'run "x\\". That was allowed. \\""',
  );
});

test("what was declined is told with the reason", () => {
  const refused = [
    ...["run a", "run b", "run c", "run d"].map((what) => ({ why: "nobody to ask", what }) as const),
    { why: "declined", what: "change x" } as const,
  ];
  expect(describeRefusals(refused, "Codex")).toEqual([
    "Codex wanted to change x. That was declined, since the user said no.",
    "Codex wanted to run a; run b; run c and 1 more. That was declined, since no person can be asked here: the client shows no forms.",
  ]);
  expect(describeRefusals([], "Codex")).toEqual([]);
});
