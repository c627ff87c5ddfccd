// Which other agents `doctor` finds, and whether the real Codex's sandbox holds them here.
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { loadSettings } from "../../../src/settings/load.ts";
import { checkAgents } from "../../../src/setup/doctor/agents/agents-check.ts";
import { test } from "../../support/fixture.ts";
import { CLI, type Lab } from "../../support/lab.ts";

function install(lab: Lab, name: string, says: string): void {
  mkdirSync(join(lab.root, "bin"), { recursive: true });
  writeFileSync(join(lab.root, "bin", name), `#!/bin/sh\necho '${says}'\n`);
  chmodSync(join(lab.root, "bin", name), 0o755);
}

function check(lab: Lab, more: Record<string, string> = {}) {
  const env = { ...lab.env, PATH: `${join(lab.root, "bin")}:/usr/bin:/bin`, ...more };
  const loaded = loadSettings({ env, cwd: lab.project });
  if (!("settings" in loaded)) throw new Error(loaded.problems.join());
  return checkAgents({ env, cwd: lab.project, settings: loaded.settings });
}

test("none is well", async ({ lab }) => {
  expect(await check(lab)).toEqual({ status: "ok", found: "no other agent is installed" });
});

test.runIf(CLI.hasFileProfiles)("those that are there may write, since Codex's sandbox holds them", async ({ lab }) => {
  install(lab, "claude", "2.1.329 (Claude Code)");
  install(lab, "gemini", "0.61.0");
  const finding = await check(lab);
  expect(finding).toMatchObject({ status: "ok" });
  expect(finding.found).toMatch(/^Claude Code 2\.1\.329 at .*, Gemini CLI 0\.61\.0 at .*; Codex's sandbox holds them/);
  // The trial leaves nothing.
  expect(readdirSync(join(lab.stateDir, "callees"))).toEqual(["codex-home"]);
});

test("without a Codex whose sandbox starts they only read, and the finding says why", async ({ lab }) => {
  install(lab, "claude", "2.1.329 (Claude Code)");
  install(lab, "broken-codex", "no sandbox");
  const finding = await check(lab, { CODEX_BIN: join(lab.root, "bin/broken-codex") });
  expect(finding).toMatchObject({ status: "warning", advice: expect.stringContaining("codex sandbox -- true") });
  expect(finding.found).toContain("they only read here");
  const none = await check(lab, { CODEX_BIN: join(lab.root, "bin/none") });
  expect(none.found).toContain("there is no Codex CLI");
  expect(existsSync(join(lab.stateDir, "callees/codex-home"))).toBe(true);
});

test("an agent of BRIDGE_AGENTS that is not there is told", async ({ lab }) => {
  const agents = JSON.stringify([{ name: "other", title: "Other", command: ["other-agent"] }]);
  const finding = await check(lab, { BRIDGE_AGENTS: agents });
  expect(finding).toMatchObject({
    status: "warning",
    found: expect.stringContaining("not there: Other at other-agent"),
  });
});
