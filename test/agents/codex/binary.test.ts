// Finding the native binary behind npm's wrapper, in the layouts of 0.50 to 0.169.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findCodexBinary } from "../../../src/agents/codex/binary.ts";

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
  expect(findCodexBinary(link, "").path).toBe(native);
  expect(findCodexBinary(undefined, join(root, "node_modules/.bin")).path).toBe(native);
});

test("the wrapper's own package holds it (0.50)", () => {
  const link = install(root, "0.50.0");
  const native = write(join(root, "node_modules/@openai/codex/vendor", TRIPLE, "codex/codex"), "");
  expect(findCodexBinary(link, "").path).toBe(native);
});

test("that of another Codex in a folder above is not taken for it", () => {
  installPlatform(root, "0.169.0", "bin");
  const link = install(join(root, "inner"), "0.50.0");
  expect(findCodexBinary(link, "").path).toBe(link);
  const native = write(join(root, "inner/node_modules/@openai/codex/vendor", TRIPLE, "codex/codex"), "");
  expect(findCodexBinary(link, "").path).toBe(native);
});

test("a program that is no wrapper is taken as it is; what is no program is not found", () => {
  const path = write(join(root, "codex"), "#!/bin/sh\n");
  expect(findCodexBinary(path, "").path).toBe(path);
  expect(() => findCodexBinary(join(root, "gone"), "")).toThrow(expect.objectContaining({ code: "CODEX_NOT_FOUND" }));
  expect(() => findCodexBinary(root, "")).toThrow(/is not a program/);
  expect(() => findCodexBinary(undefined, "")).toThrow(/no `codex` on PATH/);
});
