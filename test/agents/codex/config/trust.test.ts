import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sortLayers } from "../../../../src/agents/codex/config/project-layers.ts";
import { chooseTrustLevel, findTrustFolders } from "../../../../src/agents/codex/config/trust.ts";

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync("/var/tmp/trust-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const put = (path: string, text = ""): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};
const folder = (path: string): void => void mkdirSync(join(root, path), { recursive: true });

/** A linked work tree as git makes one. */
function addWorktree(main: string, tree: string, name = "wt"): void {
  put(`${tree}/.git`, `gitdir: ${root}/${main}/.git/worktrees/${name}\n`);
  put(`${main}/.git/worktrees/${name}/gitdir`, `${root}/${tree}/.git\n`);
}

test.each([
  ["0.50", "      --json", undefined],
  ["0.120", "      --json\n      --ephemeral", "trusted"],
  ["0.142 to 0.166", "      --ephemeral\n      --ignore-user-config\n      --thread-source", "untrusted"],
  ["0.169", "      --ephemeral\n      --ignore-user-config\n      --trust  Trust", undefined],
])("%s", (_version, help, level) => {
  expect(chooseTrustLevel(help)).toBe(level);
});

describe("the folders that decide about trust", () => {
  test("the root is the repository's, through links, and the main one's for a linked work tree", () => {
    folder("repo/.git");
    folder("repo/sub/deep");
    folder("wt/sub");
    addWorktree("repo", "wt");
    symlinkSync(join(root, "repo"), join(root, "link"));
    for (const cwd of ["repo", "repo/sub/deep", "link/sub", "wt", "wt/sub"]) {
      expect(findTrustFolders(join(root, cwd)).root, cwd).toBe(join(root, "repo"));
    }
    const { folders } = findTrustFolders(join(root, "repo/sub/deep"));
    expect(folders.slice(0, 3)).toEqual([join(root, "repo/sub/deep"), join(root, "repo/sub"), join(root, "repo")]);
  });

  test("a relative back link counts, as git writes it where it is told to", () => {
    folder("repo/.git/worktrees/wt");
    put("wt/.git", "gitdir: ../repo/.git/worktrees/wt\n");
    put("repo/.git/worktrees/wt/gitdir", "../../../../wt/.git\n");
    expect(findTrustFolders(join(root, "wt")).root).toBe(join(root, "repo"));
  });

  test.each([
    ["a folder that is not there", "gitdir: /nowhere/.git/worktrees/x\n"],
    ["a repository that knows nothing of it", "gitdir: ROOT/repo/.git/worktrees/none\n"],
    ["the work tree of another", "gitdir: ROOT/repo/.git/worktrees/wt\n"],
    ["a repository itself", "gitdir: ROOT/repo/.git\n"],
    ["a second line", "x\ngitdir: ROOT/repo/.git/worktrees/wt\n"],
    ["a submodule", "gitdir: ../.git/modules/forged\n"],
    ["nothing", ""],
  ])("a file `.git` that names %s is a root of its own, and proves nothing", (_what, text) => {
    folder("repo/.git");
    addWorktree("repo", "wt");
    put("forged/.git", text.replace("ROOT", root));
    expect(findTrustFolders(join(root, "forged"))).toMatchObject({
      top: join(root, "forged"),
      root: join(root, "forged"),
      isUnproved: true,
    });
  });

  test("a link `.git`, dead or not, proves nothing", () => {
    folder("repo/.git");
    folder("linked");
    symlinkSync(join(root, "repo/.git"), join(root, "linked/.git"));
    expect(findTrustFolders(join(root, "linked"))).toMatchObject({ root: join(root, "linked"), isUnproved: true });
    folder("repo/dead");
    symlinkSync("/nowhere", join(root, "repo/dead/.git"));
    expect(findTrustFolders(join(root, "repo/dead"))).toMatchObject({
      root: join(root, "repo/dead"),
      isUnproved: true,
    });
  });

  test("without a repository it is the directory, also one that is not there", () => {
    // A machine may have a `.git` above all folders for temporary files, which counts as it does for Codex.
    const outer = findOuterRepository(root);
    folder("plain");
    expect(findTrustFolders(join(root, "plain")).root).toBe(outer ?? join(root, "plain"));
    expect(findTrustFolders(join(root, "gone")).root).toBe(outer ?? join(root, "gone"));
  });

  test("a user's own root markers count", () => {
    put("marked/pkg.json");
    folder("marked/sub");
    expect(findTrustFolders(join(root, "marked/sub"), ["pkg.json"]).folders).toContain(join(root, "marked"));
  });
});

describe("the `.codex` of", () => {
  const sort = (cwd: string, trusted: string[], others: string[] = []) => {
    const entries = {
      trustedProjects: trusted.map((path) => join(root, path)),
      projects: [...trusted, ...others].map((path) => join(root, path)),
    };
    const { approved, foreign } = sortLayers(
      findTrustFolders(join(root, cwd)),
      entries,
      join(root, "codex-home/.codex"),
    );
    const names = (paths: readonly string[]) => paths.map((path) => path.slice(root.length + 1));
    return { approved: names(approved), foreign: names(foreign) };
  };

  test("a trusted root is the user's, that of a folder in it is not, unless it has an entry", () => {
    folder("repo/.git");
    put("repo/.codex/config.toml");
    put("repo/a/b/.codex/rules/x.rules");
    folder("repo/a/.codex");
    expect(sort("repo/a/b", ["repo"])).toEqual({ approved: ["repo"], foreign: ["repo/a/b"] });
    expect(sort("repo/a/b", ["repo", "repo/a/b"])).toEqual({ approved: ["repo/a/b", "repo"], foreign: [] });
    // Codex itself leaves out what has an entry without trust.
    expect(sort("repo/a/b", ["repo"], ["repo/a/b"])).toEqual({ approved: ["repo"], foreign: [] });
  });

  test("a linked work tree is the user's; one inside the main one only as a copy of the main one's", () => {
    folder("repo/.git");
    put("repo/.codex/config.toml", "a = 1");
    put("wt/.codex/config.toml", "b = 2");
    addWorktree("repo", "wt");
    expect(sort("wt", ["repo"])).toEqual({ approved: ["wt"], foreign: [] });
    put("repo/trees/in/.codex/config.toml", "a = 1");
    addWorktree("repo", "repo/trees/in", "in");
    expect(sort("repo/trees/in", ["repo"]).approved).toEqual(["repo/trees/in", "repo"]);
    put("repo/trees/in/.codex/agents/x.toml", "");
    expect(sort("repo/trees/in", ["repo"])).toEqual({ approved: ["repo"], foreign: ["repo/trees/in"] });
  });

  test("Codex's home is none", () => {
    put("codex-home/.codex/config.toml");
    expect(sort("codex-home", [])).toEqual({ approved: [], foreign: [] });
  });
});

function findOuterRepository(folder: string): string | undefined {
  const above = dirname(folder);
  if (above === folder) return undefined;
  return existsSync(join(above, ".git")) ? above : findOuterRepository(above);
}
