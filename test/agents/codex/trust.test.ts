import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { chooseTrustLevel, findTrustRoot } from "../../../src/agents/codex/trust.ts";

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync("/var/tmp/trust-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test.each([
  ["0.50", "      --json", undefined],
  ["0.120", "      --json\n      --ephemeral", "trusted"],
  ["0.142 to 0.166", "      --ephemeral\n      --ignore-user-config\n      --thread-source", "untrusted"],
  ["0.169", "      --ephemeral\n      --ignore-user-config\n      --trust  Trust", undefined],
])("%s", (_version, help, level) => {
  expect(chooseTrustLevel(help)).toBe(level);
});

test("the root is the repository's, through links, and the main one's for a linked work tree", () => {
  mkdirSync(join(root, "repo/.git/worktrees/wt"), { recursive: true });
  mkdirSync(join(root, "repo/sub/deep"), { recursive: true });
  mkdirSync(join(root, "wt/sub"), { recursive: true });
  writeFileSync(join(root, "wt/.git"), `gitdir: ${root}/repo/.git/worktrees/wt\n`);
  symlinkSync(join(root, "repo"), join(root, "link"));
  for (const cwd of ["repo", "repo/sub/deep", "link/sub", "wt", "wt/sub"]) {
    expect(findTrustRoot(join(root, cwd)), cwd).toBe(join(root, "repo"));
  }
});

test("without a repository it is the directory; an odd `.git` is a root of its own", () => {
  mkdirSync(join(root, "plain"));
  expect(findTrustRoot(join(root, "plain"))).toBe(join(root, "plain"));
  mkdirSync(join(root, "module"));
  writeFileSync(join(root, "module/.git"), "gitdir: ../.git/modules/module\n");
  expect(findTrustRoot(join(root, "module"))).toBe(join(root, "module"));
  expect(findTrustRoot(join(root, "gone"))).toBe(join(root, "gone"));
});
