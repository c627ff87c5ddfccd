// The paths of a call for a thread in a worktree: which tree they belong to.
import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { findBase, findReadBase } from "../../../src/delegation/threads/call-paths.ts";
import { toPolicy } from "../../../src/delegation/threads/frame-sandbox.ts";
import type { FrameScope } from "../../../src/delegation/threads/frame-scope.ts";
import { findOutputBase } from "../../../src/delegation/turns/answers/output-file.ts";
import type { DelegationOptions } from "../../../src/delegation/turns/delegation-parts.ts";
import { resolveImages } from "../../../src/delegation/turns/images.ts";
import type { Proposal } from "../../../src/state/proposal-files.ts";
import { test as baseTest } from "../../support/fixture.ts";

const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

const test = baseTest.extend("trees", ({ folder }) => {
  const root = realpathSync(folder);
  const [top, worktree] = [join(root, "proj"), join(root, "trees", "pr-12345678", "proj")];
  const [origin, cwd] = [join(top, "app"), join(worktree, "app")];
  for (const path of [join(origin, "build"), join(top, "lib"), join(cwd, "own"), join(worktree, "lib")])
    mkdirSync(path, { recursive: true });
  mkdirSync(join(top, ".git"));
  mkdirSync(join(root, "shared"));
  const proposal = { top, worktree, commonDir: join(top, ".git") } as Proposal;
  const worktrees = {
    folder: join(root, "trees"),
    findByPath: (path: string) => (path.startsWith(worktree) ? proposal : undefined),
  };
  return { root, top, worktree, origin, cwd, proposal, worktrees };
});

test("a path that is written belongs to the user's tree, unless it is an absolute one into the worktree", ({
  trees,
}) => {
  const { root, top, origin, cwd, worktree, proposal } = trees;
  expect(["a.md", join(origin, "a.md"), join(root, "a.md")].map((path) => findBase(path, cwd, proposal))).toEqual(
    Array.from({ length: 3 }, () => origin),
  );
  expect(findBase(join(worktree, "a.md"), cwd, proposal)).toBe(cwd);
  expect(findBase("a.md", origin, undefined)).toBe(origin);
  symlinkSync(worktree, join(root, "link"));
  expect(findBase(join(root, "link", "a.md"), cwd, proposal)).toBe(cwd);
  expect(findBase("a.md", worktree, proposal)).toBe(top);
});

test("a relative path that is read starts in the worktree if something is there", ({ trees }) => {
  const { origin, cwd, proposal } = trees;
  for (const path of [join(origin, "a.md"), join(cwd, "a.md"), join(origin, "ignored.md")]) writeFileSync(path, "x");
  expect(findReadBase("a.md", cwd, proposal)).toBe(cwd);
  expect(findReadBase("ignored.md", cwd, proposal)).toBe(origin);
  expect(findReadBase("a.md", cwd, proposal, true)).toBe(origin);
  // Above the worktree is nothing that a caller means.
  expect(findReadBase("../..", cwd, proposal)).toBe(origin);
});

test("outputFile is judged by the user's tree, also below the home folder", ({ trees }) => {
  const { root, origin, cwd, worktrees } = trees;
  const options = { areas: { home: root }, proposals: { worktrees } } as unknown as DelegationOptions;
  const baseOf = (outputFile: string | undefined) => findOutputBase({ outputFile }, cwd, options);
  expect(["a.md", join(origin, "a.md"), "~/proj/app/a.md"].map(baseOf)).toEqual([origin, origin, origin]);
  expect(["~/trees/pr-12345678/proj/app/a.md", join(cwd, "a.md"), undefined].map(baseOf)).toEqual([cwd, cwd, cwd]);
});

test("an image that git ignores is the user's", ({ trees }) => {
  const { origin, cwd, worktrees } = trees;
  const image = join(origin, "dot.png");
  writeFileSync(image, Buffer.from(PIXEL, "base64"));
  const find = (images: string[], readsOrigin?: boolean) => resolveImages({ images, readsOrigin }, { cwd }, worktrees);
  expect(find(["dot.png", image])).toEqual([image, image]);
  writeFileSync(join(cwd, "dot.png"), Buffer.from(PIXEL, "base64"));
  expect([find(["dot.png"]), find(["dot.png"], true)]).toEqual([[join(cwd, "dot.png")], [image]]);
  expect(() => find(["none.png"])).toThrow("does not exist");
});

test("a writable root of the user's tree is that of the worktree; git's own folder and what git ignores is not", ({
  trees,
}) => {
  const { root, top, worktree, origin, cwd, proposal } = trees;
  const own = { writableRoots: [], networkAccess: false, excludeSlashTmp: false, excludeTmpdir: false };
  const scope = { limits: { roots: [] }, home: root, stateDir: join(root, "state"), codexHome: join(root, "codex") };
  const rootOf = (path: string) =>
    toPolicy("workspace-write", { writableRoots: [path] }, cwd, {
      ...scope,
      defaults: { workspaceWrite: own },
      proposal,
    } as unknown as FrameScope).writableRoots[0];
  for (const path of [join(top, "lib"), "../lib", "~/proj/lib", join(worktree, "lib")])
    expect(rootOf(path), path).toBe(join(worktree, "lib"));
  expect([rootOf(top), rootOf("own")]).toEqual([worktree, join(cwd, "own")]);
  expect(["../../shared", join(root, "shared")].map(rootOf)).toEqual([join(root, "shared"), join(root, "shared")]);
  // Both stay as they are, and are refused as the user's own.
  expect([rootOf(join(top, ".git")), rootOf("../..")]).toEqual([join(top, ".git"), root]);
  for (const path of ["build", join(origin, "build")])
    expect(() => rootOf(path)).toThrow("is not in the thread's worktree");
});
