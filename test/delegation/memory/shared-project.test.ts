import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findSharedName } from "../../../src/delegation/memory/shared-project.ts";

function nameOf(config: string | undefined): string | undefined {
  const folder = mkdtempSync("/var/tmp/codex-bridge-test-");
  try {
    mkdirSync(join(folder, ".git"));
    if (config !== undefined) writeFileSync(join(folder, ".git/config"), config);
    return findSharedName(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const withOrigin = (url: string): string =>
  `[core]\n\tbare = false\n[remote "fork"]\n\turl = https://elsewhere.test/x/y\n[remote "origin"]\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n\turl = ${url}\n[branch "main"]\n\tremote = origin\n`;

test.each([
  ["https://github.com/Acme/Harbour.git", "github.com/acme/harbour"],
  ["https://user:token-8812@github.com/acme/harbour", "github.com/acme/harbour"],
  ["ssh://git@github.com:22/acme/harbour.git/", "github.com/acme/harbour"],
  ["git@github.com:acme/harbour.git", "github.com/acme/harbour"],
  ["git@github.com:/acme/harbour.git", "github.com/acme/harbour"],
  ["git.acme.test:team/sub/harbour", "git.acme.test/team/sub/harbour"],
])("%s is %s on every machine", (url, name) => {
  expect(nameOf(withOrigin(url))).toBe(name);
});

test.each([["/srv/git/harbour.git"], ["../harbour"], ["file:///srv/git/harbour.git"], ["x"]])(
  "%s says nothing to other machines",
  (url) => {
    expect(nameOf(withOrigin(url))).toBeUndefined();
  },
);

test("without a remote, or without a repository, there is no such name", () => {
  expect(nameOf("[core]\n\tbare = false\n")).toBeUndefined();
  expect(nameOf(undefined)).toBeUndefined();
});
