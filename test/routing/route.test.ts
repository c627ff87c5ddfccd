// The router by tables: words, negation, leading verbs, conditions, order; the shipped rules on the labelled tasks; the brief's file.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { TaskFacts } from "../../src/domain/task.ts";
import { createRouter } from "../../src/routing/route.ts";
import { type RoutingRule, RulesFileSchema } from "../../src/routing/rules-schema.ts";
import { parseSize } from "../../src/routing/size.ts";
import { toForms, toWords } from "../../src/routing/words.ts";
import { measureCpuMs } from "../support/cpu-time.ts";

const root = join(import.meta.dirname, "../..");
const load = (path: string) => createRouter(RulesFileSchema.parse(JSON.parse(readFileSync(join(root, path), "utf8"))));
const shipped = load("delegation-rules.json");
const brief = load("test/fixtures/brief-rules.json");

const withRules = (rules: Partial<RoutingRule>[], extra: object = {}) =>
  createRouter(
    RulesFileSchema.parse({
      routing_config: {
        version: "1",
        default_agent: "claude_code",
        context_window: { max_tokens: 128_000, compression_threshold: 0.85, preservation_strategy: "hierarchical" },
        routing_rules: rules.map((rule, at) => ({
          rule_id: `r${at}`,
          priority: 1,
          action: { target_agent: "codex_cli" },
          ...rule,
        })),
        escalation_policies: [],
        ...extra,
      },
    }),
  );
const decide = (rules: Partial<RoutingRule>[], facts: Partial<TaskFacts>, extra?: object) =>
  withRules(rules, extra)({ task: "x", ...facts }).ruleId;

describe("keywords match words, not substrings", () => {
  test.each<[string, string, boolean]>([
    ["run", "prune the list", false],
    ["run", "Run it", true],
    ["run", "it is running", true],
    ["execute", "the executive summary", false],
    ["optimize", "optimizing and optimized", true],
    ["debug", "still debugging", true],
    ["query", "slow queries", true],
    ["null pointer", "a Null  pointer", true],
    ["null pointer", "null. Pointer", false],
    ["ärger", "ÄRGER", true],
    ["算法", "改进 算法 性能", true],
    ["算法", "请优化这个算法的性能。", true],
    ["算法", "计算方法", false],
    ["テスト", "失敗したテストを直して", true],
    ["خوارزمية", "حسّن خوارزمية الفرز، من فضلك", true],
    ["compile", "com\u200bpile it", true],
    ["com\u00adpile", "compile it", true],
    ["compile", "\u202ecom\u2060pi\ufe0fle\u0000 it", true],
    ["compile", "ｃｏｍｐｉｌｅ it", true],
    ["résumé", "re\u034f\u0301sume\u0301", true],
    ["can", "the can\u200b opener", true],
    ["opener", "can\u200bopener", false],
    ["c++", "write c", false],
    ["c++", "Port it to C++.", true],
    ["c#", "a C# service", true],
    ["c", "C++ and C#", false],
    ["issue", "issue#5", true],
    ["b", "a+b", true],
  ])("%j in %j: %s", (keyword, task, expected) => {
    expect(decide([{ conditions: { keywords: [keyword] } }], { task })).toBe(expected ? "r0" : undefined);
  });

  test("forms are inflections, not derivations", () => {
    expect(toForms("compile")).toEqual(["compile", "compiles", "compiled", "compiling"]);
    expect(toForms("run")).toContain("running");
    expect(toForms("fix")).toContain("fixes");
    expect(toWords("Don’t—stop: it's I/O")).toEqual(["don't", "stop", "it's", "i", "o"]);
  });
});

describe("a clause that is taken back does not count", () => {
  const extra = {
    negations: ["don’t", "without", "skip", "not", "leave out"],
    leads: { do: ["run", "fix", "look into"], explain: ["explain", "look"], ask: ["why"] },
    weak_leads: ["ask"],
    fillers: ["Please", "just"],
  };
  test.each<[string, string | undefined]>([
    ["please run it", "do"],
    ["don't run it, just explain it", "explain"],
    ["without running it, explain", "explain"],
    ["skip the run and fix it", "do"],
    ["before you run it, explain it", "explain"],
    ["why does it fail? fix it", "do"],
    ["why does it fail?", "ask"],
    ["the run was fine", undefined],
    ["looking into it", "do"],
    ["look at it", "explain"],
    ["leave out the run, explain", "explain"],
    ["noting that it is down, run it", "do"],
    ["PLEASE run it", "do"],
    ["do\u200bn't run it, just explain it", "explain"],
    ["ski\u2060p the run and fi\u200dx it", "do"],
  ])("%s: %s leads", (task, group) => {
    expect(withRules([], extra)({ task }).lead?.group).toBe(group);
  });
});

describe("conditions", () => {
  test.each<[string, RoutingRule["conditions"], Partial<TaskFacts>, boolean]>([
    ["a lower bound of complexity", { keywords: ["x"], complexity_score: 0.8 }, { complexity: 0.8 }, true],
    ["below it", { keywords: ["x"], complexity_score: 0.8 }, { complexity: 0.7 }, false],
    ["unknown does not fail", { keywords: ["x"], complexity_score: 0.8 }, {}, true],
    ["but does not bear out either", { complexity_score: 0.8 }, {}, false],
    ["a rule without content needs what it names", { context_size: ">10" }, { contextTokens: 11 }, true],
    ["circumstances alone do not make content", { keywords: ["y"], context_size: ">10" }, { contextTokens: 11 }, false],
    ["a type", { task_type: ["a", "B"] }, { taskType: "b" }, true],
    ["another type", { keywords: ["x"], task_type: "a" }, { taskType: "b" }, false],
    ["the file system", { keywords: ["x"], requires_file_system: true }, { requiresFileSystem: false }, false],
    ["an excluded word", { keywords: ["x"], exclude_keywords: ["z"] }, { task: "x z" }, false],
  ])("%s", (_name, conditions, facts, expected) => {
    expect(decide([{ conditions }], facts) === "r0").toBe(expected);
  });

  test.each<[string | number, number[], number[]]>([
    [50, [50], [49]],
    [1e21, [1e21], [5]],
    [">50", [51], [50]],
    [">=50", [50], [49]],
    ["< 50", [49], [50]],
    ["<=50", [50], [51]],
    ["10-20", [10, 20], [9, 21]],
    ["50", [50], [49]],
  ])("context_size %s", (bound, inside, outside) => {
    const fits = parseSize(bound);
    expect([...inside.map((size) => fits?.(size)), ...outside.map((size) => !fits?.(size))]).not.toContain(false);
  });

  test.each(["", "big", ">", "=5", "5000-1000", ">1-2", "1e5", "-5", "1-2-3"])("context_size %j is none", (bound) => {
    expect(parseSize(bound)).toBeUndefined();
  });
});

test("priority wins, then evidence, then the file's order", () => {
  const word = { conditions: { keywords: ["x"] } };
  expect(decide([word, { ...word, priority: 2 }], {})).toBe("r1");
  expect(decide([word, { ...word, evidence: { context_size: "<50" } }], { contextTokens: 1 })).toBe("r1");
  expect(decide([word, word], {})).toBe("r0");
});

test("a rule's timeout is a limit of silence, and never shorter than two minutes, with a warning", () => {
  const action = { target_agent: "codex_cli" as const, timeout: 20_000, deadline: 9 };
  expect(withRules([{ conditions: { keywords: ["x"] }, action }])({ task: "x" })).toMatchObject({
    silenceMs: 120_000,
    deadlineMs: 9,
    warnings: ["Rule r0: timeout 20000 limits silence and counts as 120000."],
  });
  const enough = { ...action, timeout: 120_000 };
  expect(withRules([{ conditions: { keywords: ["x"] }, action: enough }])({ task: "x" }).warnings).toEqual([]);
});

test("a rule may name model, effort and sandbox of the run", () => {
  const action = {
    target_agent: "codex_cli",
    model: "m",
    reasoning_effort: "low",
    profile: "p",
    sandbox: "read-only",
  } as const;
  expect(withRules([{ conditions: { keywords: ["x"] }, action }])({ task: "x" })).toMatchObject({
    model: "m",
    reasoningEffort: "low",
    profile: "p",
    sandbox: "read-only",
  });
});

test("keywords that share a beginning, a form or everything are all found", () => {
  const keywords = ["run", "running", "run the tests", "run the build", "the", "tests"];
  const decision = withRules([{ conditions: { keywords } }, { conditions: { keywords: ["run the"] } }])({
    task: "running the tests",
  });
  expect(decision.rules.map(({ ruleId, weight }) => [ruleId, weight])).toEqual([
    ["r0", 5],
    ["r1", 1],
  ]);
});

test("keywords made to be slow are not", () => {
  const tails = Array.from({ length: 2_000 }, (_, at) => `${"a ".repeat(95)}x${at}`);
  const route = withRules([{ conditions: { keywords: tails.map((tail) => tail.slice(-200)) } }]);
  const spentMs = measureCpuMs(() => {
    expect(route({ task: "a ".repeat(50_000) }).ruleId).toBeUndefined();
  });
  // A search that tried each keyword at each place would take minutes.
  expect(spentMs).toBeLessThan(20_000);
});

describe("the shipped rules", () => {
  const tasks = readFileSync(join(root, "test/fixtures/dev-corpus.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { task: string; agent: string });

  test("route the labelled tasks they were developed on", () => {
    const misses = tasks.filter(({ task, agent }) => shipped({ task }).agent !== agent);
    expect(misses.length / tasks.length).toBeLessThanOrEqual(0.1);
  });

  test.each<[string, string, string | undefined]>([
    ["Implement a red-black tree", "algorithm_complexity", "red-black"],
    ["Implement the red button of the form", "hands_on", undefined],
    ["Fix the green theme", "execution_required", "fix"],
    ["Build the profile page", "execution_required", "build"],
    ["Get the build green again", "execution_required", "build, build green, green again"],
    ["Find out why the pipeline is red", "execution_required", "pipeline, is red"],
    ["Profile the importer", "algorithm_complexity", "profile the"],
    ["Sort the imports by name", "algorithm_complexity", "sort the"],
  ])("%s: %s by %s", (task, ruleId, words) => {
    const { agent, ruleId: found, reasons } = shipped({ task });
    expect({ agent, found, words: reasons.find((reason) => reason.startsWith("keywords: "))?.slice(10) }).toEqual({
      agent: "codex_cli",
      found: ruleId,
      words,
    });
  });

  test.each<[string, string, string | undefined]>([
    ["have Codex review the last commit", "codex_asked", undefined],
    ["Can you ask codex to explain the cache?", "codex_asked", undefined],
    ["can you have codex look at why the app starts slowly", "codex_asked", undefined],
    ["let Codex fix the failing test", "codex_named", "workspace-write"],
    ["I would like codex to write the tokenizer", "codex_named", "workspace-write"],
    ["Delegate to codex: generate sudoku boards", "codex_named", "workspace-write"],
  ])("give Codex what names it as the one to do it: %s", (task, ruleId, sandbox) => {
    expect(shipped({ task })).toMatchObject({ agent: "codex_cli", ruleId, sandbox });
  });

  test.each([
    "explain how codex-bridge works",
    "update the Codex CLI docs",
    "Why does codex fail here?",
    "Document how users ask codex to review code",
    "don't let codex touch this; explain it",
    "did codex finish already?",
    "how do I stop codex from being used in this repo",
    "Review the plan that codex wrote",
    "Rename userId to accountId across the repo",
  ])("leave to Claude what only speaks of Codex, and wide changes: %s", (task) => {
    expect(shipped({ task }).agent).toBe("claude_code");
  });

  test.each(["All sorts of notes on the old modules, please", "The red colour of the header", "A quick question"])(
    "do not take a word by the way for a task: %s",
    (task) => {
      expect(shipped({ task }).ruleId).toBeUndefined();
    },
  );

  test("send a large context to Codex, compressed, and nothing in particular to the default", () => {
    expect(shipped({ task: "look at this", contextTokens: 100_001 })).toMatchObject({
      agent: "codex_cli",
      contextStrategy: "compressed",
    });
    expect(shipped({ task: "look at this", contextTokens: 100_000 })).toMatchObject({
      agent: "claude_code",
      contextStrategy: "filtered",
      ruleId: undefined,
    });
  });
});

test("the brief's own file works unchanged", () => {
  expect(brief({ task: "optimize the algorithm" })).toMatchObject({
    ruleId: "algorithm_complexity",
    agent: "codex_cli",
    fallbackAgent: "claude_code",
    contextStrategy: "isolated",
  });
  expect(brief({ task: "architecture of the API", contextTokens: 60_000 })).toMatchObject({
    ruleId: "architecture_design",
    agent: "claude_code",
  });
  expect(brief({ task: "run the build", requiresFileSystem: true })).toMatchObject({
    ruleId: "execution_required",
    silenceMs: 120_000,
  });
  expect(brief({ task: "hello" })).toMatchObject({ ruleId: undefined, agent: "claude_code" });
});

test("any text is decided, twice the same, and quickly", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (task) => {
      expect(shipped({ task })).toEqual(shipped({ task }));
    }),
  );
  for (const task of [
    "🎉".repeat(1_000),
    "算法".repeat(10_000),
    "خوارزمية ".repeat(10_000),
    "x ".repeat(500_000),
    "a'".repeat(100_000),
  ]) {
    expect(shipped({ task }).agent).toBe("claude_code");
  }
});

describe("what leads, and what it acts on", () => {
  const extra = {
    leads: {
      do: ["run", "test", "hand … over", "… reparieren", "… 実行して"],
      explain: ["explain", "turn", "… 説明して"],
      rest: ["…"],
      ask: ["why", "is", "… ?"],
      codex: ["codex ,", "codex should", "… codex に"],
      arregla: ["arregl*"],
    },
    weak_leads: ["ask", "rest"],
    fillers: ["can", "you", "please", "and"],
    predicates: ["is", "takes", "時"],
    references: ["this", "these"],
    agent_names: { codex_cli: ["codex"] },
  };
  test.each<[string, string]>([
    ["runs well", "rest"],
    ["running it would help", "do"],
    ["run is a bad name", "rest"],
    ["test coverage takes long", "rest"],
    ["test the parser that takes long", "do"],
    ["hand the rewrite of the parser over", "do"],
    ["bitte den Parser reparieren", "do"],
    ["テストを実行して", "do"],
    ["Arréglalo, arreglalo", "arregla"],
    ["can you run it?", "do"],
    ["it runs?", "ask"],
    ["is it slow, run time?", "ask"],
    ["is it slow, can you run it?", "do"],
    ["codex, explain it", "codex"],
    ["explain codex", "explain"],
    ["codexに説明して", "codex"],
    ["fast: run it, slow: explain it", "do"],
    ["hello,\n\nrun it, then go\n\nturn this into a note", "explain"],
    ["run it\n\nturn this into a note", "do"],
  ])("%j: %s", (task, group) => {
    expect(withRules([], extra)({ task }).lead?.group).toBe(group);
  });

  const objects = [
    { conditions: { lead: "write", object: ["guide", "note*"] } },
    { conditions: { lead: "write", object: ["parser", "test"] } },
  ];
  const write = { leads: { write: ["write", "… 書いて"] } };
  test.each<[string, string | undefined]>([
    ["write a guide to the parser", "r0"],
    ["write a parser for the guide", "r1"],
    ["write a guide parser", "r1"],
    ["write notes", "r0"],
    ["the parser is slow, write it", undefined],
    ["parserのguideを書いて", "r0"],
  ])("%j: %s", (task, ruleId) => {
    expect(decide(objects, { task }, write)).toBe(ruleId);
  });

  const direct = [
    { conditions: { lead: "write", direct_object: ["parser", "test*"] } },
    { conditions: { lead: "write", object: ["guide", "list of"] } },
  ];
  test.each<[string, string | undefined]>([
    ["write a parser for the guide", "r0"],
    ["write a handbook for the parser", undefined],
    ["write a handbook that says what the parser does", undefined],
    ["write a set of tests", "r0"],
    ["write a parser that tests itself", "r0"],
    ["write a page on the guide", "r1"],
    ["write a list of tests", "r1"],
    ["write einen Brief für den parser", undefined],
    ["write os tests", "r0"],
  ])("a direct object stands behind no preposition: %j: %s", (task, ruleId) => {
    expect(decide(direct, { task }, write)).toBe(ruleId);
  });

  test("`*.py` is a file whose name ends so, and nothing else", () => {
    const rules = [{ conditions: { keywords: ["*.py", "*.go"] } }];
    for (const task of ["write it into src/a.py", "write it into `a.py`, please", "in @lib/x.test.go"]) {
      expect(decide(rules, { task })).toBe("r0");
    }
    for (const task of ["py it and go", "write it into src/py/a.md", "see go.mod", "say `run a.py` aloud"]) {
      expect(decide(rules, { task })).toBeUndefined();
    }
  });

  test("a number in front of its unit, and O(n), are words", () => {
    const rules = [{ conditions: { keywords: ["ms", "o n", "o log n"] } }];
    for (const task of ["it takes 800ms", "make this O(n)", "needs O(log n)."])
      expect(decide(rules, { task })).toBe("r0");
    for (const task of ["800msg", "foo(n)", "h264ms"]) expect(decide(rules, { task })).toBeUndefined();
  });

  test("`n'*` is a word that begins so", () => {
    const words = { negations: ["n'*"] };
    expect(decide([{ conditions: { keywords: ["run"] } }], { task: "n'oublie pas run" }, words)).toBeUndefined();
    expect(decide([{ conditions: { keywords: ["run"] } }], { task: "with n run" }, words)).toBe("r0");
  });

  test("what is done with it may be done with what a clause before took back", () => {
    const rules = [{ conditions: { keywords: ["leak", "describe"], lead: "fix" } }];
    const words = { leads: { fix: ["remove"] }, negations: ["don't"], references: ["it"] };
    expect(withRules(rules, words)({ task: "don't describe the leak, remove it" }).reasons).toContain("keywords: leak");
    expect(decide(rules, { task: "don't describe the leak, remove the page" }, words)).toBeUndefined();
    expect(decide(rules, { task: "don't describe it, remove it" }, words)).toBeUndefined();
  });

  test("a keyword that is written as a name is found in names, no other", () => {
    const rules = [{ conditions: { keywords: ["package.json", "run"] } }];
    expect(withRules(rules)({ task: "look at src/run/package.json" }).reasons).toEqual(["keywords: package.json"]);
    expect(decide(rules, { task: "look at src/run/it.ts" })).toBeUndefined();
    expect(decide([{ conditions: { keywords: ["arregl*"] } }], { task: "lo arreglamos" })).toBe("r0");
  });
});
