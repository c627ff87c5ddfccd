import { expect, test } from "vitest";
import { describeRulesWidening, type PermissionRule, type PermissionRules } from "../../src/domain/permissions.ts";

const toRules = (
  network: boolean,
  ...entries: [access: PermissionRule["access"], target: string][]
): PermissionRules => ({
  isRestricted: true,
  network,
  rules: entries.map(([access, target]) => ({ access, target, isOwn: false })),
});
const base = toRules(false, ["read", ":root"], ["write", "/p"], ["deny", "/p/secret"], ["read", "/p/docs"]);
const change = (...entries: [access: PermissionRule["access"], target: string][]) =>
  toRules(false, ["read", ":root"], ["write", "/p"], ["deny", "/p/secret"], ["read", "/p/docs"], ...entries);

test.each<[string, PermissionRules, PermissionRules, string[]]>([
  ["the same", base, base, []],
  ["one more deny", change(["deny", "/p/key"]), base, []],
  ["fewer writes", toRules(false, ["read", ":root"], ["deny", "/p/secret"]), base, []],
  ["a deny of the folder in place of the file", change(["deny", "/p"]), base, []],
  ["network", { ...base, network: true }, base, ["network access"]],
  [
    "a lost deny",
    toRules(false, ["read", ":root"], ["write", "/p"], ["read", "/p/docs"]),
    base,
    ["/p/secret is no longer denied"],
  ],
  [
    "a deny that became a write",
    toRules(false, ["read", ":root"], ["write", "/p"], ["write", "/p/secret"], ["read", "/p/docs"]),
    base,
    ["/p/secret is no longer denied"],
  ],
  ["a write elsewhere", change(["write", "/q"]), base, ["write to /q"]],
  ["a write within the writable folder", change(["write", "/p/sub"]), base, []],
  ["what Codex protects", change(["write", "/p/.git"]), base, ["write to /p/.git"]],
  [
    "a folder that was read-only",
    toRules(false, ["read", ":root"], ["write", "/p"], ["deny", "/p/secret"]),
    base,
    ["write to /p/docs"],
  ],
  ["reads of everything", base, toRules(false, ["write", "/p"], ["deny", "/p/secret"]), ["read of :root"]],
  ["no rule at all", { isRestricted: false, network: true, rules: [] }, base, ["no rule for files"]],
  ["anything, after no rule at all", base, { isRestricted: false, network: true, rules: [] }, []],
])("%s", (_name, now, before, expected) => {
  expect(describeRulesWidening(now, before)).toEqual(expected);
});
