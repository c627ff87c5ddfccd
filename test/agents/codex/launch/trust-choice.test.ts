import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sortLayers } from "../../../../src/agents/codex/config/project-layers.ts";
import { findTrustFolders } from "../../../../src/agents/codex/config/trust.ts";
import { chooseTrust } from "../../../../src/agents/codex/launch/trust-choice.ts";
import type { SandboxMode } from "../../../../src/domain/sandbox.ts";

const V120 = { trustLevel: "trusted", hasThreadSource: false, readsProjects: true } as const;
const V142 = { trustLevel: "untrusted", hasThreadSource: false, readsProjects: true } as const;
const V150 = { trustLevel: "untrusted", hasThreadSource: true, readsProjects: true } as const;
const V169 = { trustLevel: undefined, hasThreadSource: true, readsProjects: true } as const;
const V50 = { trustLevel: undefined, hasThreadSource: false, readsProjects: false } as const;

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync("/var/tmp/trust-"));
  mkdirSync(join(root, "repo/.git"), { recursive: true });
  mkdirSync(join(root, "repo/sub"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function plant(folder: string): void {
  mkdirSync(join(root, folder, ".codex"), { recursive: true });
  writeFileSync(join(root, folder, ".codex/config.toml"), "");
}

function choose(
  exec: Parameters<typeof chooseTrust>[0],
  cwd: string,
  options: { trusted?: string[]; mode?: SandboxMode; rulesMode?: "ignore" | "honour" } = {},
) {
  const { trusted = [], mode = "workspace-write", rulesMode = "ignore" } = options;
  const paths = trusted.map((path) => join(root, path));
  const entries = { trustedProjects: paths, projects: paths };
  const trustFolders = findTrustFolders(join(root, cwd));
  const layers = sortLayers(trustFolders, entries, "/nowhere/.codex");
  const { trust, warnings } = chooseTrust(exec, { mode, trustFolders, layers, entries, rulesMode });
  const inside = Object.entries(trust).filter(([path]) => path.startsWith(`${root}/`));
  return { trust: Object.fromEntries(inside.map(([path, level]) => [path.slice(root.length + 1), level])), warnings };
}

test("a CLI that would enter the project is told that every folder that could be its name is untrusted", () => {
  expect(choose(V150, "repo/sub").trust).toEqual({ repo: "untrusted", "repo/sub": "untrusted" });
  writeFileSync(join(root, "repo/sub/.git"), "gitdir: /x/.git/worktrees/y\n");
  expect(choose(V150, "repo/sub").trust).toEqual({ repo: "untrusted", "repo/sub": "untrusted" });
  expect(choose(V150, "repo/sub", { trusted: ["repo"] }).trust).toEqual({ "repo/sub": "untrusted" });
  expect(choose(V150, "repo/sub", { mode: "read-only" }).trust).toEqual({});
});

test("a trusted project is left alone", () => {
  plant("repo");
  for (const exec of [V120, V142, V150, V169]) {
    expect(choose(exec, "repo/sub", { trusted: ["repo"] })).toEqual({ trust: {}, warnings: [] });
  }
});

test("what nobody approved in a subfolder of a trusted project is closed off, in every sandbox, and told", () => {
  plant("repo/sub");
  for (const exec of [V120, V142, V150, V169]) {
    for (const mode of ["read-only", "workspace-write", "danger-full-access"] as const) {
      const { trust, warnings } = choose(exec, "repo/sub", { trusted: ["repo"], mode });
      expect(trust).toEqual({ "repo/sub": "untrusted" });
      expect(warnings.join()).toContain(join(root, "repo/sub/.codex"));
      expect(warnings.join().includes("AGENTS.md was not read either")).toBe(exec.hasThreadSource);
    }
  }
  expect(choose(V50, "repo/sub", { trusted: ["repo"] })).toEqual({ trust: {}, warnings: [] });
  expect(choose(V169, "repo/sub")).toEqual({ trust: {}, warnings: [] });
});

test("0.120 and 0.142 lend the trust of a repository that a forged `.git` names: closed off", () => {
  plant("forged");
  mkdirSync(join(root, "other/.git"), { recursive: true });
  writeFileSync(join(root, "forged/.git"), `gitdir: ${root}/other/.git/worktrees/x\n`);
  const options = { trusted: ["other"], mode: "read-only" as const };
  expect(choose(V120, "forged", options).trust).toEqual({ forged: "untrusted" });
  expect(choose(V142, "forged", options).trust).toEqual({ forged: "untrusted" });
  expect(choose(V169, "forged", options).trust).toEqual({});
  expect(() => choose(V120, "forged", { trusted: ["other"] })).toThrow("can start programs outside the sandbox");
});

test("0.120 is given trust for the run where there is nothing to apply, and refused where there is", () => {
  expect(choose(V120, "repo/sub").trust).toEqual({ repo: "trusted", "repo/sub": "trusted" });
  plant("repo");
  expect(() => choose(V120, "repo/sub")).toThrow("can start programs outside the sandbox");
});

test("where rules are honoured, those of a project that nobody approved are not", () => {
  plant("repo");
  const options = { mode: "read-only", rulesMode: "honour" } as const;
  expect(choose(V150, "repo", options).trust).toEqual({ repo: "untrusted" });
});
