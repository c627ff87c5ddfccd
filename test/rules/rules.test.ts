import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseRules } from "../../src/rules/parse-rules.ts";
import { createRulesReader } from "../../src/rules/rules-reader.ts";

const good = readFileSync(join(import.meta.dirname, "../fixtures/brief-rules.json"), "utf8");
const edit = (change: (config: any) => void) => {
  const file = JSON.parse(good);
  change(file.routing_config);
  return JSON.stringify(file, null, 2);
};

describe("a bad rules file is told with line, place and what is expected", () => {
  test.each<[string, string, RegExp]>([
    ["empty", " \n", /is empty/],
    ["not JSON", '{\n"a": }', /line 2: not JSON/],
    ["comments", '{\n// hello\n"routing_config": {}}', /line 2: not JSON: comments are not allowed/],
    ["a trailing comma", '{\n"a": 1,\n\n}', /line 2: not JSON: remove the comma before the \}/],
    ["a trailing comma in a list", '{"a": [1,\n2,\n]}', /line 2: not JSON: remove the comma before the \]/],
    ["a missing comma", '{\n"a": 1\n\n"b": 2\n}', /line 2: not JSON: a comma is missing before "b"/],
    ["a missing comma between objects", '{"a": [\n{}\n{}]}', /line 2: not JSON: a comma is missing before \{/],
    ["two commas", '{\n"a": 1,\n, "b": 2}', /line 3: not JSON: there is nothing before this comma/],
    ["a missing colon", '{\n"a"\n1}', /line 2: not JSON: a colon is missing before 1/],
    ["a missing value", '{\n"a":\n\n}', /line 2: not JSON: a value is missing after the colon, before \}/],
    ["single quotes", "{\n'a': 1}", /line 2: not JSON: 'a' .*double quotes/],
    ["a name without quotes", '{\nversion: "1"}', /line 2: not JSON: version .*double quotes/],
    ["a word of another language", '{"a":\nTrue}', /line 2: not JSON: True .*double quotes/],
    [
      "a bracket that is not closed",
      '{\n"a": [\n1, 2\n',
      /line 2: not JSON: the \[ here is not closed before the end of the file/,
    ],
    ["an object that is not closed", '{\n"a": {\n"b": [1]\n', /line 2: not JSON: the \{ here is not closed/],
    ["a file cut in a name", '{\n"a": 1,\n"b', /line 3: not JSON: the text "b does not end on its line/],
    ["a bracket too many", '{\n"a": 1}\n}', /line 3: not JSON: the JSON is complete before \}/],
    ["a backslash", '{\n"a": "C:\\dir"}', /line 2: not JSON: the text "C:.* escape .* write \\\\ for a backslash/],
    ["a tab in a text", '{\n"a": "b\tc"}', /line 2: not JSON: the text "b\\?.*control character or a tab/],
    ["a number that is none", '{\n"a": 1.}', /line 2: not JSON: 1\. is not a number/],
    ["not an object", "[]", /expected object/],
    [
      "a misspelt key",
      edit((config) => {
        config.default_agnt = "x";
      }),
      /routing_config\.default_agnt: unknown key; did you mean "default_agent"\?/,
    ],
    [
      "a misspelt condition",
      edit((config) => {
        config.routing_rules[1].conditions.keyword = [];
      }),
      /line \d+, routing_config\.routing_rules\.1\.conditions\.keyword: unknown key; did you mean "keywords"\?/,
    ],
    [
      "no conditions",
      edit((config) => {
        config.routing_rules[0].conditions = {};
      }),
      /a rule needs at least one condition/,
    ],
    [
      "the same id twice",
      edit((config) => {
        config.routing_rules[1].rule_id = "algorithm_complexity";
      }),
      /routing_rules\.1\.rule_id: "algorithm_complexity" is used twice/,
    ],
    [
      "a priority that is no number",
      edit((config) => {
        config.routing_rules[0].priority = "high";
      }),
      /priority: .*expected number/,
    ],
    [
      "an unknown agent",
      edit((config) => {
        config.routing_rules[0].action.target_agent = "gpt";
      }),
      /target_agent: .*"codex_cli"\|"claude_code"/,
    ],
    [
      "a policy without steps",
      edit((config) => {
        config.escalation_policies[0].escalation_path = [];
      }),
      /at least one step/,
    ],
    [
      "a policy that is not there",
      edit((config) => {
        config.routing_rules[0].escalation_policy = "none";
      }),
      /there is no policy "none"/,
    ],
    [
      "a group that is not there",
      edit((config) => {
        config.routing_rules[0].conditions.lead = "do";
      }),
      /there is no group "do" in leads/,
    ],
    [
      "a bad size",
      edit((config) => {
        config.routing_rules[1].conditions.context_size = "big";
      }),
      /expected ">50000"/,
    ],
    [
      "an unknown kind of error",
      edit((config) => {
        config.escalation_policies[0].trigger_conditions.error_types = ["timeouts"];
      }),
      /error_types\.0: .*"timeout"/,
    ],
    [
      "an unknown way to cut",
      edit((config) => {
        config.context_window.preservation_strategy = "best";
      }),
      /preservation_strategy: .*"hierarchical"/,
    ],
    [
      "two policies with one id",
      edit((config) => {
        config.escalation_policies.push(config.escalation_policies[0]);
      }),
      /escalation_policies\.1\.policy_id: "two_failure_rule" is used twice/,
    ],
    [
      "two steps with one number",
      edit((config) => {
        config.escalation_policies[0].escalation_path[1].step = 1;
      }),
      /escalation_path\.1\.step: 1 is used twice/,
    ],
    [
      "more failures than can be kept",
      edit((config) => {
        config.escalation_policies[0].trigger_conditions.failure_threshold = 55;
      }),
      /failure_threshold: .*20/,
    ],
    [
      "a keyword without a word",
      edit((config) => {
        config.routing_rules[0].conditions.keywords = ["🚀"];
      }),
      /keywords\.0: holds no word/,
    ],
    [
      "no keywords at all",
      edit((config) => {
        config.routing_rules[0].conditions.keywords = [];
      }),
      /conditions\.keywords: /,
    ],
    [
      "an unknown group in evidence",
      edit((config) => {
        config.routing_rules[0].evidence = { lead: ["do"] };
      }),
      /evidence\.lead: there is no group "do"/,
    ],
    [
      "an unknown weak group",
      edit((config) => {
        config.weak_leads = ["ask"];
      }),
      /weak_leads: there is no group "ask"/,
    ],
    ["a key called __proto__", good.replace('"version"', '"__proto__": {}, "version"'), /"__proto__" is not allowed/],
    [
      "a keyword that is a book",
      edit((config) => {
        config.routing_rules[0].conditions.keywords = ["a ".repeat(200)];
      }),
      /keywords\.0/,
    ],
  ])("%s", (_name, text, message) => {
    expect(() => parseRules(text, "rules.json")).toThrow(
      expect.objectContaining({ code: "RULES_INVALID", message: expect.stringMatching(message) }),
    );
  });

  test("the smallest file of docs/routing.md is good", () => {
    const page = readFileSync(join(import.meta.dirname, "../../docs/routing.md"), "utf8");
    const example = /```json\n(\{\s+"\$schema"[\s\S]*?)```/.exec(page)?.[1];
    expect(parseRules(example ?? "", "x").routing_config.routing_rules).toHaveLength(1);
  });

  test("a byte order mark is no fault", () => {
    expect(parseRules(`\ufeff${good}`, "x").routing_config.version).toBe("v1.2.0");
  });
});

describe("a file that changes", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync("/var/tmp/codex-bridge-test-");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test("is in force at once; a bad change keeps the last good one and says so", () => {
    const path = join(folder, "rules.json");
    const read = createRulesReader(path);
    expect(read).toThrow(expect.objectContaining({ code: "RULES_INVALID" }));
    writeFileSync(path, good);
    expect(read()).toMatchObject({ rules: { routing_config: { version: "v1.2.0" } }, problem: undefined });
    writeFileSync(
      path,
      edit((config) => {
        config.version = "v2.0.0";
      }),
    );
    expect(read().rules.routing_config.version).toBe("v2.0.0");
    writeFileSync(path, "{");
    expect(read()).toMatchObject({
      rules: { routing_config: { version: "v2.0.0" } },
      problem: { code: "RULES_INVALID" },
    });
    rmSync(path);
    expect(read().problem?.message).toContain("cannot be read");
  });

  test("is not read where it is too large, a folder, or a pipe that nobody writes to", () => {
    const path = join(folder, "rules.json");
    writeFileSync(path, `{"a": "${"x".repeat(10_000_000)}"}`);
    expect(createRulesReader(path)).toThrow(/larger than 4194304 bytes/);
    expect(createRulesReader(folder)).toThrow(/is not a regular file/);
    execFileSync("mkfifo", [join(folder, "pipe")]);
    expect(createRulesReader(join(folder, "pipe"))).toThrow(/is not a regular file/);
  });

  test.each<[string, Buffer, RegExp]>([
    [
      "UTF-16 as PowerShell writes it",
      Buffer.from(`\ufeff${good}`, "utf16le"),
      /rules\.json is UTF-16\. Save it as UTF-8/,
    ],
    ["UTF-16 without a mark", Buffer.from(good, "utf16le"), /is UTF-16\. Save it as UTF-8/],
    ["UTF-16, big end first", Buffer.from(`\ufeff${good}`, "utf16le").swap16(), /is UTF-16\. Save it as UTF-8/],
    [
      "Latin-1",
      Buffer.from(good.replace('"debug"', '\n"prüfe"'), "latin1"),
      /line \d+: not UTF-8\. Save the file as UTF-8/,
    ],
  ])("in %s is told as that", (_name, bytes, message) => {
    const path = join(folder, "rules.json");
    writeFileSync(path, bytes);
    expect(createRulesReader(path)).toThrow(message);
  });

  test("with the mark of UTF-8 at its beginning is read", () => {
    const path = join(folder, "rules.json");
    writeFileSync(path, `\ufeff${good}`);
    expect(createRulesReader(path)().rules.routing_config.version).toBe("v1.2.0");
  });

  test("that is nested beyond all reason is told as that", () => {
    const path = join(folder, "rules.json");
    writeFileSync(path, `{"a": ${"[".repeat(50_000)}${"]".repeat(50_000)}}`);
    expect(createRulesReader(path)).toThrow(expect.objectContaining({ code: "RULES_INVALID" }));
  });

  test("and is replaced while it is read gives whole rules each time, and the newest in the end", async () => {
    const path = join(folder, "rules.json");
    writeFileSync(path, good);
    const read = createRulesReader(path);
    read();
    // Written in pieces, as some editors do, without a rename.
    const script = `
      const fs = require("node:fs");
      const [, path, text] = process.argv;
      for (let version = 0; version < 200; version += 1) {
        const file = fs.openSync(path, "w");
        const whole = text.replace("v1.2.0", "v" + version);
        for (let at = 0; at < whole.length; at += 4000) fs.writeSync(file, whole.slice(at, at + 4000));
        fs.closeSync(file);
      }`;
    const writer = spawn(process.execPath, ["-e", script, path, good]);
    const ended = new Promise((resolve) => writer.once("exit", resolve));
    while (writer.exitCode === null) {
      expect(read().rules.routing_config.routing_rules.length).toBeGreaterThan(0);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await ended;
    expect(read()).toMatchObject({ rules: { routing_config: { version: "v199" } }, problem: undefined });
  });
});
