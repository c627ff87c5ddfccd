import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadSettings } from "../../src/settings/load.ts";

function load(value: string) {
  const loaded = loadSettings({ env: { HOME: "/home/me", BRIDGE_AGENTS: value }, cwd: "/work" });
  return "settings" in loaded ? loaded.settings.agents : loaded.problems.join("\n");
}

const QWEN = { name: "qwen", command: ["qwen", "--acp"] };

test("an agent is named with its command, and the rest is left to it", () => {
  expect(load(JSON.stringify(QWEN))).toEqual([
    {
      ...{ id: "qwen", name: "qwen", command: ["qwen", "--acp"], env: {}, envPass: [], modes: {}, modelArguments: [] },
      ...{ homeVariable: "HOME", homeFiles: [], view: undefined, install: undefined },
    },
  ]);
});

test("a list in a file", () => {
  const folder = mkdtempSync(join(tmpdir(), "agents-"));
  const path = join(folder, "agents.json");
  writeFileSync(path, JSON.stringify([QWEN, { name: "kimi", title: "Kimi", command: ["/opt/kimi", "acp"] }]));
  expect(load(path)).toMatchObject([{ id: "qwen" }, { id: "kimi", name: "Kimi" }]);
  rmSync(folder, { recursive: true });
  expect(load(path)).toContain("neither JSON nor a file that can be read");
});

test("an entry named gemini changes what it names", () => {
  expect(load(JSON.stringify({ name: "gemini", view: "speed" }))).toMatchObject([
    { id: "gemini", name: "Gemini CLI", command: ["gemini", "--acp"], view: "speed", modes: { "read-only": "plan" } },
  ]);
});

test.each<[string, unknown, string]>([
  ["no JSON", "{", "not valid JSON"],
  ["no object", ["x"], "entry 1 is no object"],
  ["no name", { command: ["x"] }, "entry 1: name must be"],
  ["the name of a folder of the bridge's own", { ...QWEN, name: "codex-home" }, "codex-home: name must be"],
  ["the name of Claude Code's folder", { ...QWEN, name: "claude-code" }, "codex, claude, codex-home or claude-code"],
  ["a taken name", { ...QWEN, name: "codex" }, "codex: name must be"],
  ["a name that is no file name", { ...QWEN, name: "../x" }, "name must be"],
  ["two of a name", [QWEN, QWEN], "two agents are called qwen"],
  ["no command", { name: "qwen" }, "qwen: command is missing"],
  ["an empty command", { ...QWEN, command: [] }, "qwen: the program in command is missing"],
  ["a command as a text", { ...QWEN, command: "qwen --acp" }, "qwen: command must be a list of texts"],
  ["a relative program", { ...QWEN, command: ["./qwen"] }, "a name or an absolute path"],
  ["a misspelt key", { ...QWEN, mode: {} }, "qwen: mode is not a key"],
  ["a misspelt mode", { ...QWEN, modes: { readonly: "plan" } }, "qwen: modes has no readonly"],
  ["a mode that is no text", { ...QWEN, modes: { "read-only": 1 } }, "qwen: modes must be an object of texts"],
  ["arguments without the model", { ...QWEN, modelArguments: ["-m"] }, "modelArguments must contain {model}"],
  ["a file outside the home", { ...QWEN, homeFiles: ["../etc/passwd"] }, "paths below your home"],
])("%s is a problem that names it", (_, value, words) => {
  expect(load(typeof value === "string" ? value : JSON.stringify(value))).toContain(words);
});
