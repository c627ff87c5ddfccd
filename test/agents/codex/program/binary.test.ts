// Finding the native binary behind npm's wrapper, in the layouts of 0.50 to 0.169.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type CodexBinary, findCodexBinary } from "../../../../src/agents/codex/program/binary.ts";

const PLATFORM = `${process.platform}-${process.arch}`;
const TRIPLE =
  { "linux-x64": "x86_64-unknown-linux-musl", "linux-arm64": "aarch64-unknown-linux-musl" }[PLATFORM] ?? "";
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "binary-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, text: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { mode: 0o755 });
  return path;
}

/** An installed wrapper below `folder`, and the link on PATH to it. */
function install(folder: string, version: string): string {
  const own = join(folder, "node_modules/@openai/codex");
  write(join(own, "package.json"), JSON.stringify({ name: "@openai/codex", version }));
  const wrapper = write(join(own, "bin/codex.js"), "#!/usr/bin/env node\n");
  const link = join(folder, "node_modules/.bin/codex");
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(wrapper, link);
  return link;
}

function installPlatform(folder: string, version: string, place: string): string {
  const own = join(folder, `node_modules/@openai/codex-${PLATFORM}`);
  write(join(own, "package.json"), JSON.stringify({ version: `${version}-${PLATFORM}` }));
  return write(join(own, "vendor", TRIPLE, place, "codex"), "");
}

test.each(["bin", "codex"])("the platform's package, in vendor/…/%s", (place) => {
  const link = install(root, "0.169.0");
  const native = installPlatform(root, "0.169.0", place);
  expect(find(link, "").path).toBe(native);
  expect(find(undefined, join(root, "node_modules/.bin")).path).toBe(native);
});

test("the wrapper's own package holds it (0.50)", () => {
  const link = install(root, "0.50.0");
  const native = write(join(root, "node_modules/@openai/codex/vendor", TRIPLE, "codex/codex"), "");
  expect(find(link, "").path).toBe(native);
});

test("that of another Codex in a folder above is not taken for it", () => {
  installPlatform(root, "0.169.0", "bin");
  const link = install(join(root, "inner"), "0.50.0");
  expect(find(link, "").path).toBe(link);
  const native = write(join(root, "inner/node_modules/@openai/codex/vendor", TRIPLE, "codex/codex"), "");
  expect(find(link, "").path).toBe(native);
});

test("a program that is no wrapper is taken as it is; what is no program is not found", () => {
  const path = write(join(root, "codex"), "#!/bin/sh\n");
  expect(find(path, "").path).toBe(path);
  expect(() => find(join(root, "gone"), "")).toThrow(expect.objectContaining({ code: "AGENT_NOT_FOUND" }));
  expect(() => find(root, "")).toThrow(/is not a program/);
});

/** A file that this machine has in none of its own folders. */
const NAME = "codex-of-a-test";

test("without it on PATH, it is looked for where installers put it, and the native program behind a wrapper is taken", () => {
  const native = installPlatform(join(root, ".npm-global/lib"), "0.169.0", "bin");
  const link = install(join(root, ".npm-global/lib"), "0.169.0");
  mkdirSync(join(root, ".npm-global/bin"));
  symlinkSync(link, join(root, ".npm-global/bin", NAME));
  expect(find(NAME, "/usr/bin")).toMatchObject({ path: native, isOffPath: true });
  expect(find(NAME, join(root, ".npm-global/bin"))).toMatchObject({ path: native, isOffPath: false });
});

test.each<[string, Record<string, string>]>([
  ["here/bin", {}],
  [".local/bin", {}],
  [".volta/bin", {}],
  ["prefix/bin", { npm_config_prefix: "prefix" }],
  ["pnpm", { PNPM_HOME: "pnpm" }],
  [".nvm/versions/node/v22.1.0/bin", {}],
  ["nvm/versions/node/v22.1.0/bin", { NVM_DIR: "nvm" }],
  [".local/share/fnm/node-versions/v20.19.0/installation/bin", {}],
  ["of-npmrc/bin", {}],
])("in %s", (folder, variables) => {
  const path = write(join(root, folder, NAME), "#!/bin/sh\n");
  writeFileSync(join(root, ".npmrc"), "color=true\nprefix = ~/of-npmrc\n");
  const env = Object.fromEntries(Object.entries(variables).map(([name, place]) => [name, join(root, place)]));
  expect(find(NAME, "/usr/bin", env)).toMatchObject({ path, isOffPath: true });
});

test("the newest version of Node counts most", () => {
  for (const version of ["v9.1.0", "v22.1.0", "v20.19.0"]) {
    write(join(root, ".nvm/versions/node", version, "bin", NAME), "#!/bin/sh\n");
  }
  expect(find(NAME, "").path).toContain("/v22.1.0/");
});

test("where it is nowhere, the error says where it was looked for", () => {
  mkdirSync(join(root, ".bun/bin"), { recursive: true });
  expect(() => find(NAME, "/usr/bin:/bin")).toThrow(
    expect.objectContaining({
      code: "AGENT_NOT_FOUND",
      message: expect.stringMatching(/no `codex-of-a-test` on PATH \(\/usr\/bin:\/bin\), nor in .*\/\.bun\/bin/),
    }),
  );
  expect(() => find(`../${NAME}`, "/usr/bin", { NVM_DIR: "relative", PNPM_HOME: "" })).toThrow(/was not found/);
});

function find(name: string | undefined, path: string, env: Record<string, string> = {}): CodexBinary {
  return findCodexBinary(name, { path, env: { HOME: root, ...env }, execPath: join(root, "here/bin/node") });
}

test("a folder of PATH within the project is left out: a turn could have planted a program there", () => {
  const project = join(root, "project");
  const planted = dirname(write(join(project, "node_modules/.bin/codex"), "#!/bin/sh\n"));
  const own = write(join(root, "bin/codex"), "#!/bin/sh\n");
  const env = { PATH: `${planted}:${dirname(own)}` };
  const find = (cwd: string) => findCodexBinary(undefined, { env, execPath: "/nowhere/node", cwd }).path;
  expect(find(project)).toBe(own);
  expect(find(join(project, "packages/a"))).toBe(own);
  expect(find(join(root, "elsewhere"))).toBe(join(planted, "codex"));
});
