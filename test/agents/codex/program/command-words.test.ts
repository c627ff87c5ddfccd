import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isBridgeCommand } from "../../../../src/agents/codex/program/child-mcp.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync("/var/tmp/words-");
  mkdirSync(join(root, "codex-bridge/dist"), { recursive: true });
  writeFileSync(join(root, "codex-bridge/package.json"), JSON.stringify({ name: "codex-bridge" }));
  writeFileSync(join(root, "codex-bridge/dist/bin.js"), "");
  mkdirSync(join(root, "bin"));
  symlinkSync(join(root, "codex-bridge/dist/bin.js"), join(root, "bin/bridge"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const isBridge = (line: string) => isBridgeCommand(line.replaceAll("ROOT", root).split(" "), "/nowhere/bin.js");

test.each([
  "codex-bridge",
  "/usr/local/bin/codex-bridge mcp-server",
  "npx codex-bridge",
  "npx -y codex-bridge@latest mcp-server",
  "npx --yes --package codex-bridge codex-bridge",
  "npx -p codex-bridge@0.1.0 other",
  "npx --package=codex-bridge other",
  "npx -y ROOT/codex-bridge-0.1.0.tgz",
  "npx -y github:someone/codex-bridge",
  "bunx codex-bridge",
  "bun x codex-bridge",
  "pnpm dlx codex-bridge",
  "yarn dlx codex-bridge",
  "npm exec -- codex-bridge",
  "uvx codex-bridge",
  "node ROOT/codex-bridge/dist/bin.js",
  "node --no-warnings --import x ROOT/codex-bridge/dist/bin.js mcp-server",
  "ROOT/bin/bridge",
  "env A=1 npx codex-bridge",
  "timeout 20 codex-bridge",
])("%s starts a bridge", (line) => {
  expect(isBridge(line)).toBe(true);
});

test.each([
  "npx -y @modelcontextprotocol/server-filesystem ROOT/codex-bridge",
  "node /opt/files/server.js ROOT/codex-bridge /home/me/codex-bridge",
  "mcp-files --root /home/me/codex-bridge",
  "python -m server codex-bridge",
  "uvx mcp-server-git --repository ROOT/codex-bridge",
  "npx -y other --name codex-bridge",
  "node /opt/lint.js ROOT/codex-bridge/dist/bin.js",
  "npm run codex-bridge",
  "git clone codex-bridge",
  "",
])("%s does not", (line) => {
  expect(isBridge(line)).toBe(false);
});

test("a shell's script is looked through, its other words are not", () => {
  const inShell = (script: string, ...rest: string[]) => isBridgeCommand(["/bin/bash", "-lc", script, ...rest], "/x");
  expect(inShell("cd /work && exec npx -y codex-bridge mcp-server")).toBe(true);
  expect(inShell("TOKEN=1 codex-bridge; true")).toBe(true);
  expect(inShell(`"${root}/bin/bridge"`)).toBe(true);
  expect(inShell("cd /work/codex-bridge && exec files .")).toBe(false);
  expect(inShell("files", "codex-bridge")).toBe(false);
});
