import { describe, expect, test } from "vitest";
import { loadSettings } from "../../src/config/load.ts";
import { SETTING_ROWS } from "../../src/config/schema.ts";

const load = (env: Record<string, string>) => loadSettings({ env: { HOME: "/home/me", ...env }, cwd: "/work" });
const settingsOf = (env: Record<string, string>) => {
  const loaded = load(env);
  if (!("settings" in loaded)) throw new Error(loaded.problems.join("; "));
  return loaded.settings;
};

describe("settings", () => {
  test("defaults are those of the README", () => {
    expect(settingsOf({})).toEqual({
      codexBin: undefined,
      codexHome: "/home/me/.codex",
      maxSandbox: undefined,
      roots: [],
      allowConfig: [],
      requireGit: false,
      childMcp: "inherit",
      envPass: [],
      maxTurns: 4,
      turnTimeoutMs: 3_600_000,
      silenceMs: 600_000,
      quietMs: 60_000,
      sessionTtlMs: 86_400_000,
      maxSessions: 100,
      maxDepth: 2,
      allowNested: false,
      delegationRules: undefined,
      delegationMode: "manual",
      stateDir: "/home/me/.local/state/codex-bridge",
      logLevel: "info",
    });
  });

  test.each([
    ["CODEX_BIN", "~/bin/codex", { codexBin: "/home/me/bin/codex" }],
    ["CODEX_BIN", "codex-nightly", { codexBin: "codex-nightly" }],
    ["CODEX_HOME", "rel", { codexHome: "/work/rel" }],
    ["CODEX_CONFIG_PATH", "/etc/c/config.toml", { codexHome: "/etc/c" }],
    ["BRIDGE_ROOTS", "/a: ~/b :", { roots: ["/a", "/home/me/b"] }],
    ["BRIDGE_ALLOW_CONFIG", "notify, x.y", { allowConfig: ["notify", "x.y"] }],
    ["BRIDGE_MAX_SANDBOX", "read-only", { maxSandbox: "read-only" }],
    ["BRIDGE_REQUIRE_GIT", "1", { requireGit: true }],
    ["BRIDGE_MAX_TURNS", "2", { maxTurns: 2 }],
    ["XDG_STATE_HOME", "/s", { stateDir: "/s/codex-bridge" }],
  ])("%s=%s", (name, value, expected) => {
    expect(settingsOf({ [name]: value })).toMatchObject(expected);
  });

  test.each([
    ["BRIDGE_MAX_TURNS", "0"],
    ["BRIDGE_MAX_TURNS", "4 turns"],
    ["BRIDGE_TURN_TIMEOUT_MS", "1e9"],
    ["BRIDGE_MAX_SANDBOX", "full"],
    ["BRIDGE_REQUIRE_GIT", "yes"],
    ["BRIDGE_CHILD_MCP", "some"],
    ["BRIDGE_LOG_LEVEL", "loud"],
    ["CODEX_CONFIG_PATH", "/etc/codex.toml"],
  ])("%s=%s is a problem that names the variable, not a default", (name, value) => {
    const loaded = load({ [name]: value });
    expect("problems" in loaded && loaded.problems.join()).toContain(name);
  });

  test("every wrong value is named at once", () => {
    const loaded = load({ BRIDGE_MAX_TURNS: "x", BRIDGE_LOG_LEVEL: "y" });
    expect("problems" in loaded && loaded.problems).toHaveLength(2);
  });

  test("CODEX_HOME and CODEX_CONFIG_PATH may not disagree", () => {
    const loaded = load({ CODEX_HOME: "/a", CODEX_CONFIG_PATH: "/b/config.toml" });
    expect("problems" in loaded && loaded.problems[0]).toContain("different directories");
  });

  test("an unexpanded reference counts as unset and is told", () => {
    const loaded = load({ BRIDGE_MAX_TURNS: "${TURNS}", CODEX_API_KEY: "${CODEX_API_KEY}" });
    expect("settings" in loaded && loaded.settings.maxTurns).toBe(4);
    expect(loaded.warnings).toHaveLength(2);
  });

  test("no two rows share a key or a variable", () => {
    expect(new Set(SETTING_ROWS.map((row) => row.key)).size).toBe(SETTING_ROWS.length);
    expect(new Set(SETTING_ROWS.map((row) => row.variable)).size).toBe(SETTING_ROWS.length);
  });
});
