// Servers of installed plugins, with files as Claude Code 2.1.329 writes them.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readRegistrations } from "../../../src/clients/claude-code/registrations.ts";

const ID = "bridge@market";
let root: string;
let home: string;
let project: string;
let market: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "plugins-"));
  [home, project, market] = [join(root, "home"), join(root, "project"), join(root, "market")];
  mkdirSync(join(project, ".git"), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const write = (path: string, value: unknown): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof value === "string" ? value : JSON.stringify(value));
};
const read = () => readRegistrations({ env: { HOME: home }, cwd: project });
const names = () => read().registrations.map(({ name }) => name);

function writePlugin(folder: string): void {
  write(join(folder, ".claude-plugin/plugin.json"), { name: "bridge", version: "0.1.0" });
  write(join(folder, ".mcp.json"), {
    mcpServers: { codex: { command: "node", args: ["${CLAUDE_PLUGIN_ROOT}/dist/bin.js"], env: { A: "${B:-x}" } } },
  });
}

function install(): void {
  writePlugin(join(market, "plug"));
  write(join(market, ".claude-plugin/marketplace.json"), { plugins: [{ name: "bridge", source: "./plug" }] });
  const source = { source: "directory", path: market };
  write(join(home, ".claude/plugins/known_marketplaces.json"), { market: { source, installLocation: market } });
  write(join(home, ".claude/settings.json"), { enabledPlugins: { [ID]: true }, env: { BRIDGE_MAX_JOBS: 3 } });
}

test("a plugin of a folder marketplace is used where it lies, with the environment of the settings", () => {
  install();
  expect(read().registrations).toEqual([
    {
      ...{ name: "plugin:bridge:codex", scope: "plugin", approval: "not needed", timeoutMs: undefined },
      ...{ file: join(market, "plug/.mcp.json"), command: "node", args: [join(market, "plug/dist/bin.js")] },
      env: { BRIDGE_MAX_JOBS: "3", A: "x" },
    },
  ]);
});

test("of any other marketplace the copy is used: the one for this project, or for all", () => {
  install();
  write(join(home, ".claude/plugins/known_marketplaces.json"), {
    market: { source: { source: "github" }, installLocation: market },
  });
  for (const name of ["user", "here", "elsewhere"]) writePlugin(join(root, name));
  const copies = [
    { scope: "user", installPath: join(root, "user") },
    { scope: "project", projectPath: project, installPath: join(root, "here") },
    { scope: "project", projectPath: "/elsewhere", installPath: join(root, "elsewhere") },
  ];
  const list = (entries: object[]) =>
    write(join(home, ".claude/plugins/installed_plugins.json"), { version: 2, plugins: { [ID]: entries } });
  list(copies);
  expect(read().registrations[0]?.file).toBe(join(root, "here/.mcp.json"));
  list(copies.slice(0, 1));
  expect(read().registrations[0]?.file).toBe(join(root, "user/.mcp.json"));
});

test("one that is switched off, also for this project alone, or whose folder is gone starts nothing", () => {
  install();
  write(join(project, ".claude/settings.local.json"), { enabledPlugins: { [ID]: false } });
  expect(names()).toEqual([]);
  rmSync(join(project, ".claude"), { recursive: true });
  expect(names()).toEqual(["plugin:bridge:codex"]);
  expect(read().gonePlugins).toEqual([]);
  rmSync(join(market, "plug"), { recursive: true });
  expect(names()).toEqual([]);
  expect(read().gonePlugins).toEqual([{ id: ID, folder: join(market, "plug") }]);
  // Claude Code does not fall back on its copy.
  writePlugin(join(root, "copy"));
  const copies = { [ID]: [{ scope: "user", installPath: join(root, "copy") }] };
  write(join(home, ".claude/plugins/installed_plugins.json"), { version: 2, plugins: copies });
  rmSync(market, { recursive: true });
  expect(names()).toEqual([]);
  expect(read().gonePlugins).toEqual([{ id: ID, folder: join(market, "bridge") }]);
  expect(read().problems).toEqual([]);
});

test("broken files are named", () => {
  install();
  write(join(market, "plug/.mcp.json"), "{");
  expect(read().problems).toEqual([{ file: join(market, "plug/.mcp.json"), reason: "is not JSON" }]);
});

test("the environment of a project's settings counts only where the project is trusted", () => {
  install();
  write(join(project, ".claude/settings.json"), { env: { BRIDGE_MAX_JOBS: 9 } });
  expect(read().registrations[0]?.env["BRIDGE_MAX_JOBS"]).toBe("3");
  write(join(home, ".claude.json"), { projects: { [project]: { hasTrustDialogAccepted: true } } });
  expect(read().registrations[0]?.env["BRIDGE_MAX_JOBS"]).toBe("9");
});

test("it is dropped if another entry has its command line, whatever the name and the environment", () => {
  install();
  const entry = { command: "node", args: [join(market, "plug/dist/bin.js")], env: { X: "1" } };
  write(join(home, ".claude.json"), { mcpServers: { other: entry } });
  expect(names()).toEqual(["other"]);
  expect(read().dropped.map(({ name }) => name)).toEqual(["plugin:bridge:codex"]);
  write(join(home, ".claude.json"), { mcpServers: { other: { ...entry, args: [...entry.args, "serve"] } } });
  expect(names()).toEqual(["other", "plugin:bridge:codex"]);
  expect(read().dropped).toEqual([]);
});
