// Claude Code's files in a folder of the test's own, as Claude Code 2.1.329 writes them.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readRegistrations } from "../../../src/clients/claude-code/registrations.ts";

let root: string;
let home: string;
let project: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "registrations-"));
  home = join(root, "home");
  project = join(root, "work/project");
  mkdirSync(join(project, ".git"), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const write = (path: string, value: unknown): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof value === "string" ? value : JSON.stringify(value));
};
const server = (command: string, extra: object = {}) => ({ type: "stdio", command, args: [], env: {}, ...extra });
const read = (cwd = project, env: Record<string, string> = {}) =>
  readRegistrations({ env: { HOME: home, ...env }, cwd });

test("local comes before project, project before user; one name stands once", () => {
  const projects = { [project]: { mcpServers: { a: server("local") } } };
  write(join(home, ".claude.json"), {
    mcpServers: { a: server("user"), b: server("user"), c: server("user") },
    projects,
  });
  write(join(project, ".mcp.json"), { mcpServers: { a: server("shared"), b: server("shared") } });
  const found = read().registrations.map(({ name, scope, command }) => [name, scope, command]);
  expect(found).toEqual([
    ["a", "local", "local"],
    ["b", "project", "shared"],
    ["c", "user", "user"],
  ]);
});

test("below a project: its local entries by the repository's root, .mcp.json of every directory above, the nearest first", () => {
  const deep = join(project, "sub/deep");
  mkdirSync(deep, { recursive: true });
  write(join(home, ".claude.json"), { projects: { [project]: { mcpServers: { loc: server("x") } } } });
  write(join(deep, ".mcp.json"), { mcpServers: { a: server("deep") } });
  write(join(project, ".mcp.json"), { mcpServers: { a: server("top"), b: server("top") } });
  expect(read(deep).registrations.map(({ name, command }) => `${name} ${command}`)).toEqual([
    "loc x",
    "a deep",
    "b top",
  ]);
});

test("CLAUDE_CONFIG_DIR moves the user's file and settings", () => {
  const dir = join(root, "config");
  write(join(dir, ".claude.json"), { mcpServers: { a: server("x") } });
  write(join(home, ".claude.json"), { mcpServers: { b: server("x") } });
  expect(read(project, { CLAUDE_CONFIG_DIR: dir }).registrations.map(({ name }) => name)).toEqual(["a"]);
});

test("variables are expanded in command, arguments and environment; what is not set stays", () => {
  const entry = server("${BIN:-node}", {
    args: ["${HOME}/x", "$HOME", "${NOPE}"],
    env: { K: "${KEY:-}" },
    timeout: 5_000,
  });
  write(join(project, ".mcp.json"), { mcpServers: { a: entry, remote: { type: "http", url: "x" } } });
  expect(read().registrations).toMatchObject([
    { command: "node", args: [`${home}/x`, "$HOME", "${NOPE}"], env: { K: "" }, timeoutMs: 5_000 },
  ]);
});

test.each<[string, string, object, string]>([
  ["nobody was asked", "settings.local.json", {}, "pending"],
  ["approved by name", "settings.local.json", { enabledMcpjsonServers: ["a"] }, "approved"],
  ["all approved", "settings.json", { enableAllProjectMcpServers: true }, "approved"],
  [
    "disabled, whatever else",
    "settings.local.json",
    { disabledMcpjsonServers: ["a"], enableAllProjectMcpServers: true },
    "disabled",
  ],
])("a server of .mcp.json: %s, in a project that the user trusts", (_name, file, settings, expected) => {
  write(join(project, ".mcp.json"), { mcpServers: { a: server("x") } });
  write(join(project, ".claude", file), settings);
  expect(read().registrations[0]?.approval).toBe(expected === "approved" ? "pending" : expected);
  write(join(home, ".claude.json"), { projects: { [project]: { hasTrustDialogAccepted: true } } });
  expect(read().registrations[0]?.approval).toBe(expected);
});

test("approval in the user's own files counts; a user's server needs none", () => {
  write(join(project, ".mcp.json"), { mcpServers: { a: server("x"), b: server("x") } });
  write(join(home, ".claude", "settings.json"), { enabledMcpjsonServers: ["a"] });
  write(join(home, ".claude.json"), {
    projects: { [project]: { enabledMcpjsonServers: ["b"], hasTrustDialogAccepted: true } },
    mcpServers: { c: server("x") },
  });
  expect(read().registrations.map(({ approval }) => approval)).toEqual(["approved", "approved", "not needed"]);
});

test("a byte order mark is no obstacle, as it is none for Claude Code", () => {
  const marked = (value: unknown): string => `\ufeff${JSON.stringify(value)}`;
  write(join(home, ".claude.json"), marked({ mcpServers: { c: server("x") } }));
  write(join(project, ".mcp.json"), marked({ mcpServers: { a: server("x") } }));
  write(join(home, ".claude", "settings.json"), marked({ enabledMcpjsonServers: ["a"] }));
  expect(read()).toMatchObject({
    registrations: [
      { name: "a", approval: "approved" },
      { name: "c", approval: "not needed" },
    ],
    problems: [],
  });
});

test("a broken file is named, and hides no other", () => {
  write(join(project, ".mcp.json"), "{");
  write(join(home, ".claude.json"), { mcpServers: { a: server("x"), odd: 5, list: [] } });
  expect(read()).toMatchObject({
    registrations: [{ name: "a" }],
    problems: [{ file: join(project, ".mcp.json"), reason: "is not JSON" }],
  });
  mkdirSync(join(root, "nowhere"));
  expect(read(join(root, "nowhere"), { HOME: join(root, "nobody") })).toEqual({
    registrations: [],
    hidden: [],
    dropped: [],
    plugins: [],
    gonePlugins: [],
    trust: { isTrusted: false, project: expect.any(String), file: join(root, "nobody/.claude.json") },
    problems: [],
  });
});

test("settings that cannot be read are named, each once, and what is in them does not count", () => {
  const [user, shared, local] = [
    join(home, ".claude/settings.json"),
    join(project, ".claude/settings.json"),
    join(project, ".claude/settings.local.json"),
  ];
  write(user, '{ // mine\n  "enabledPlugins": { "a@b": true }\n}\n');
  write(shared, '["enabledPlugins"]');
  write(local, '{ "enabledMcpjsonServers": ["a"');
  expect(read().problems).toEqual([
    { file: user, reason: "is not JSON" },
    { file: shared, reason: "is JSON, but no object" },
    { file: local, reason: "is not JSON" },
  ]);
});

test("a linked work tree goes by the root of the main one", () => {
  const own = join(project, ".git/worktrees/tree");
  const tree = join(root, "tree");
  write(join(tree, ".git"), `gitdir: ${own}\n`);
  write(join(own, "gitdir"), `${join(tree, ".git")}\n`);
  const entry = { mcpServers: { loc: server("x") }, hasTrustDialogAccepted: true };
  write(join(home, ".claude.json"), { projects: { [project]: entry } });
  const found = read(join(tree));
  expect(found.registrations.map(({ name }) => name)).toEqual(["loc"]);
  expect(found.trust).toEqual({ isTrusted: true, project, file: join(home, ".claude.json") });
});
