// Names of files that Codex reads as instructions, from every layer of its config that may name some.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readCodexDefaults } from "../../../../src/agents/codex/config/codex-defaults.ts";
import { createUserConfigReader } from "../../../../src/agents/codex/config/user-config.ts";

let home = "";
beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), "names-")));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(home, path)), { recursive: true });
  writeFileSync(join(home, path), text);
};
const name = (...names: string[]): string => `project_doc_fallback_filenames = ${JSON.stringify(names)}\n`;
const read = async (profile?: string) => {
  const readUserConfig = createUserConfigReader(home, [], join(home, "etc/config.toml"));
  const source = { readUserConfig, codexHome: home, home, defaultProfile: profile };
  return (await readCodexDefaults(source, profile, join(home, "project"))).instructionNames;
};

test("the user's file, a profile, the machine's files and a trusted project", async () => {
  mkdirSync(join(home, "project/.git"), { recursive: true });
  expect(await read()).toEqual([]);
  write("etc/config.toml", name("SYSTEM.md"));
  expect(await read()).toEqual(["SYSTEM.md"]);
  write("config.toml", name("USER.md", "TEAM.md"));
  write("x.config.toml", name("PROFILE.md"));
  expect(await read()).toEqual(["USER.md", "TEAM.md"]);
  expect(await read("x")).toEqual(["PROFILE.md"]);
  write("etc/managed_config.toml", name("MANAGED.md"));
  write("project/.codex/config.toml", name("PROJECT.md"));
  expect(await read()).toEqual(["USER.md", "TEAM.md", "MANAGED.md"]);
  const trust = `[projects.${JSON.stringify(join(home, "project"))}]\ntrust_level = "trusted"\n`;
  write("config.toml", `${name("USER.md")}${trust}`);
  expect(await read()).toEqual(["USER.md", "MANAGED.md", "PROJECT.md"]);
});
