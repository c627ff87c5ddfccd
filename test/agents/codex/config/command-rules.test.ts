import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { listRuleFolders, readCommandRules, readRules } from "../../../../src/agents/codex/config/command-rules.ts";

describe("the text of a rule file", () => {
  test.each([
    ['prefix_rule(pattern=["rm"], decision="forbidden")', false],
    ["prefix_rule(pattern = ['git', ['push', 'fetch']], decision = 'prompt', justification='ask',)\n", false],
    ['# prefix_rule(pattern=["a"])\nprefix_rule(\n  decision="forbidden", # here "allow"\n  pattern=["a"],\n)', false],
    ["", false],
    ["# nothing\n", false],
    ['prefix_rule(pattern=["rm"], decision="allow")', true],
    ['prefix_rule(pattern=["rm"])', true],
    ['prefix_rule(["rm"], "allow")', true],
    ['prefix_rule(pattern=["decision"])', true],
    ['d = "al" + "low"\nprefix_rule(pattern=["rm"], decision=d)', true],
    ['prefix_rule(pattern=["rm"], decision="forbidden" if x else "allow")', true],
    ['prefix_rule(pattern=["rm"], decision="forbidden"); prefix_rule(pattern=["a"])', true],
    ['prefix_rule(pattern=["rm"], decision="forbidden")\nprefix_rule(pattern=["a"])', true],
    ['prefix_rule(pattern=f(decision="forbidden"))', true],
    ['prefix_rule(pattern=f(a, decision="forbidden"))', true],
    ['network_rule(host="x", decision="forbidden")', true],
    ['load("x", "y")', true],
    ['prefix_rule(pattern=["a"], decision="forbidden"', true],
    ['"""\nprefix_rule(pattern=["a"], decision="forbidden")\n"""', true],
    ['prefix_rule(pattern=["\\x61"], decision="forbidden")', true],
  ])("%s", (text, mayAllow) => {
    expect(readRules(text).mayAllow).toBe(mayAllow);
  });

  test("names a refusal, in a comment it is none", () => {
    expect(readRules('prefix_rule(["a"], "forbidden")').forbids).toBe(true);
    expect(readRules('# decision="forbidden"\nprefix_rule(["a"])').forbids).toBe(false);
  });
});

describe("rule folders", () => {
  let root: string;
  beforeEach(() => {
    root = realpathSync(mkdtempSync("/var/tmp/rules-"));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  test("are that of Codex's home, and every one from the directory upwards", () => {
    mkdirSync(join(root, "a/b"), { recursive: true });
    const found = listRuleFolders(join(root, "a/b"), "/home/me/.codex");
    expect(found.slice(0, 4)).toEqual([
      "/home/me/.codex/rules",
      join(root, "a/b/.codex/rules"),
      join(root, "a/.codex/rules"),
      join(root, ".codex/rules"),
    ]);
  });

  test("only what surely allows nothing is not allowing; what cannot be read counts as allowing", () => {
    writeFileSync(join(root, "no.rules"), 'prefix_rule(pattern=["rm"], decision="forbidden")');
    writeFileSync(join(root, "readme.md"), "prefix_rule()");
    expect(readCommandRules([root, join(root, "missing")])).toEqual({
      allowing: [],
      forbidding: [join(root, "no.rules")],
    });
    symlinkSync("/nowhere/x", join(root, "dead.rules"));
    mkdirSync(join(root, "folder.rules"));
    expect([...readCommandRules([root]).allowing].sort()).toEqual([
      join(root, "dead.rules"),
      join(root, "folder.rules"),
    ]);
  });

  test.skipIf(process.getuid?.() === 0)("a folder that cannot be listed counts as allowing", () => {
    chmodSync(root, 0o000);
    expect(readCommandRules([root]).allowing).toEqual([root]);
    chmodSync(root, 0o700);
  });
});
