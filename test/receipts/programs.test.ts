// What programs change is listed, whichever way they change it, and an undo takes it back.
import { execFileSync } from "node:child_process";
import { chmodSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createGitProject, type GitProject } from "../support/git-project.ts";
import { changesOf, listChanges, readTree, toPlan, undo } from "../support/receipts.ts";

const BIOME = join(import.meta.dirname, "../../node_modules/.bin/biome");
const ESBUILD = join(import.meta.dirname, "../../node_modules/.bin/esbuild");

let project: GitProject;
beforeEach(() => {
  project = createGitProject();
  project.write("a.txt", "one\ntwo\n");
  project.write("b.txt", "b\n".repeat(20));
  project.write("run.sh", "#!/bin/sh\n");
  project.write("src/x.ts", "export const x = 1;\n");
  project.write("ugly.js", "const   a=1\n;\n");
  project.write("local/package.json", '{"name":"local","version":"1.0.0"}\n');
  project.write("package.json", '{"name":"top","version":"1.0.0"}\n');
  project.write(".gitignore", "ignored/\n");
  project.git("add", "-A");
  project.git("commit", "--quiet", "-m", "first");
});
afterEach(() => project.close());

const run = (file: string, ...args: string[]) =>
  execFileSync(file, args, {
    cwd: project.top,
    env: { ...project.env, PATH: process.env["PATH"] ?? "" },
    stdio: "pipe",
  });
const npm = (...args: string[]) => run("npm", ...args, "--offline", "--no-audit", "--no-fund", "--loglevel=error");

test.each<[string, () => unknown, string[]]>([
  ["sed", () => run("sed", "-i", "s/two/2/", "a.txt"), ["update a.txt"]],
  ["mv", () => run("mv", "b.txt", "c.txt"), ["rename b.txt c.txt"]],
  ["git mv", () => project.git("mv", "b.txt", "src/c.txt"), ["rename b.txt src/c.txt"]],
  ["a symbolic link", () => symlinkSync("a.txt", join(project.top, "link")), ["add link"]],
  ["chmod", () => chmodSync(join(project.top, "run.sh"), 0o755), ["update run.sh"]],
  ["chmod that git does not see", () => run("chmod", "go-r", "a.txt"), ["update a.txt"]],
  ["cp -r and rm -r", () => [run("cp", "-r", "src", "copy"), run("rm", "-r", "src")], ["rename src/x.ts copy/x.ts"]],
  ["a formatter", () => run(BIOME, "format", "--write", "ugly.js"), ["update ugly.js"]],
  ["a build", () => run(ESBUILD, "src/x.ts", "--outdir=out"), ["add out/x.js"]],
  ["a build into an ignored folder", () => run(ESBUILD, "src/x.ts", "--outdir=ignored"), []],
  ["npm init", () => run("sh", "-c", "mkdir new && cd new && npm init -y"), ["add new/package.json"]],
  [
    "npm install",
    () => npm("install", "./local"),
    ["add node_modules/.package-lock.json", "add node_modules/local", "add package-lock.json", "update package.json"],
  ],
])("%s", async (_what, act, expected) => {
  const tree = readTree(project.top);
  const changes = await changesOf(project, act);
  expect(listChanges(changes)).toEqual(expected);
  if (expected.length === 0) return;
  await undo(project, toPlan(project, changes));
  expect(readTree(project.top)).toEqual(tree);
});
