// The shipped rules on labelled prompts, as people type them. All were labelled before the rules were run on them. The rules were corrected
// by the misses in `prompts-own-dev`, `tasks-fresh` and `tasks-kinds`; nobody has looked at those in `prompts-own-test`, which were written
// afterwards with other topics.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createRouter } from "../../src/routing/route.ts";
import { RulesFileSchema } from "../../src/routing/rules-schema.ts";
import { measureCpuMs } from "../support/cpu-time.ts";

const root = join(import.meta.dirname, "../..");
const readJson = (path: string) => JSON.parse(readFileSync(join(root, path), "utf8"));
const route = createRouter(RulesFileSchema.parse(readJson("delegation-rules.json")));

interface Labelled {
  readonly prompt?: string;
  readonly task?: string;
  readonly agent: string;
}

function judge(file: string) {
  const lines = readFileSync(join(root, "test/fixtures", file), "utf8")
    .trim()
    .split("\n");
  const rows = lines.map((line) => JSON.parse(line) as Labelled);
  const wrong = rows.filter(({ prompt, task, agent }) => route({ task: prompt ?? task ?? "" }).agent !== agent);
  const claudes = rows.filter(({ agent }) => agent === "claude_code").length;
  const falseSuggestions = wrong.filter(({ agent }) => agent === "claude_code").length;
  return { right: 1 - wrong.length / rows.length, false: falseSuggestions / claudes };
}

test.each([
  ["prompts-given.jsonl", 0.9, 0.05],
  ["prompts-own-dev.jsonl", 0.97, 0.02],
  ["prompts-own-test.jsonl", 0.9, 0.05],
  ["dev-corpus.jsonl", 0.98, 0.02],
  ["tasks-own.jsonl", 0.98, 0.02],
  ["prompts-fresh.jsonl", 0.97, 0.02],
  ["tasks-fresh.jsonl", 0.98, 0.02],
  ["tasks-kinds.jsonl", 0.96, 0.02],
])("%s: at least %d right, at most %d of Claude's work claimed", (file, right, claimed) => {
  const result = judge(file);
  expect(result.right).toBeGreaterThanOrEqual(right);
  expect(result.false).toBeLessThanOrEqual(claimed);
});

describe("naming an agent decides", () => {
  test.each([
    "codex, please write the changelog",
    "@codex explain the cache layer",
    "not you, codex should do it: write the docs",
    "hand the parser rewrite over to codex",
    "get a second opinion from codex on this design",
    "let's try it with codex",
    "lass codex das machen",
    "pregúntale a codex qué opina",
    "让codex来实现这个功能",
    "codexにレビューしてもらって",
  ])("to Codex: %s", (task) => {
    expect(route({ task })).toMatchObject({ agent: "codex_cli", ruleId: expect.stringMatching(/^codex_/) });
  });

  test.each([
    "do this one without codex. the parser crashes, fix it",
    "don't use codex for that. run the tests yourself and fix them",
    "no codex please, just debug it here",
    "keep codex out of this one, and fix the parser",
    "bitte ohne codex, reparier den test",
    "codex should not touch this. run the tests",
    "do it yourself: profile the import",
  ])("away from Codex: %s", (task) => {
    expect(route({ task }).agent).toBe("claude_code");
  });

  test("the reasons say so, and a refused default gives way to the other agent", () => {
    expect(route({ task: "fix the build without codex" })).toMatchObject({
      agent: "claude_code",
      ruleId: undefined,
      reasons: ["the task refuses codex_cli", "no rule applies: the default decides"],
    });
    const config = { ...readJson("test/fixtures/brief-rules.json").routing_config, default_agent: "codex_cli" };
    const names = { negations: ["without"], agent_names: { codex_cli: ["codex"] } };
    const own = createRouter(RulesFileSchema.parse({ routing_config: { ...config, ...names } }));
    expect(own({ task: "hello" }).agent).toBe("codex_cli");
    expect(own({ task: "hello without codex" }).agent).toBe("claude_code");
  });
});

test.each([
  "der server läuft voll, finde das speicherleck und behebe es",
  "corrige le test qui échoue",
  "arregla la prueba que falla",
  "répare son test",
  "修复失败的单元测试并重新运行",
  "修复报错的集成测试",
  "重跑失败的那几个测试",
  "opravte padající test",
  "spusť testy znovu",
  "korjaa kaatuva testi",
  "असफल टेस्ट ठीक करो",
])("a verb with an object leads in other languages too: %s", (task) => {
  expect(route({ task }).agent).toBe("codex_cli");
});

test.each([
  "tests red again",
  "ci red since this morning",
  "Write the SQL that fills the gaps in the time series, and test it",
  "write a regex for ISO dates",
  "add queries for the monthly totals",
  "rewrite the dedupe loop in merge.py so that it isn't quadratic",
  "refactor the inner loop of the matcher",
])("code and failures in few words are Codex's: %s", (task) => {
  expect(route({ task }).agent).toBe("codex_cli");
});

test.each([
  "you fix the tests this time, codex was too slow",
  "run the tests, codex takes too long",
  "make a todo list of what is left",
  "make me a list of the open questions",
  "修复失败了",
  "opravit to nemusíš, vysvětli chybu",
  "älä korjaa testiä",
])("not Codex's: %s", (task) => {
  expect(route({ task }).agent).toBe("claude_code");
});

// They go into the CLAUDE.md of whoever runs `init`.
test("a shipped rule's description says what to hand over, not how rules work", () => {
  const rules = readJson("delegation-rules.json").routing_config.routing_rules as { description: string }[];
  for (const { description } of rules)
    expect(description).not.toMatch(/nothing (above|is)|\b(is|are) to be\b|leads|names/);
});

test("a prompt of 1 MB is decided in time that does not grow with it", () => {
  const prompts = [
    "please fix the failing test and run it again. ",
    "修复登录时的崩溃，运行测试。",
    "テストを実行して",
    '"a ',
    " 'a",
    "```\na\n",
    "```a\n",
    "~~~\n```a\n",
    "\n",
    "hand it to ",
    "w(",
    "a::",
    "at x.y(z)\n",
  ].map((text) => text.repeat(Math.ceil(1_000_000 / text.length)));
  const spentMs = measureCpuMs(() => {
    for (const task of prompts) route({ task });
  });
  // A pattern that goes back and forth over such a text takes minutes.
  expect(spentMs / prompts.length).toBeLessThan(500);
});
