import { describe, expect, test } from "vitest";
import { redactSecrets } from "../../src/domain/redact.ts";
import { loadSettings } from "../../src/settings/load.ts";
import { SETTING_ROWS } from "../../src/settings/setting-rows.ts";

const load = (env: Record<string, string>) => loadSettings({ env: { HOME: "/home/me", ...env }, cwd: "/work" });
const settingsOf = (env: Record<string, string>) => {
  const loaded = load(env);
  if (!("settings" in loaded)) throw new Error(loaded.problems.join("; "));
  return loaded.settings;
};

describe("settings", () => {
  test("defaults are those of docs/reference.md", () => {
    expect(settingsOf({})).toEqual({
      codexBin: undefined,
      callerSandbox: undefined,
      claudeBin: undefined,
      jobAfterMs: 240_000,
      backend: "auto",
      threadIdleMs: 60_000,
      attach: false,
      appServerIdleMs: 600_000,
      codexHome: "/home/me/.codex",
      maxSandbox: undefined,
      roots: [],
      allowConfig: [],
      requireGit: false,
      childMcp: "inherit",
      codexMemory: "auto",
      codexRules: "ignore",
      envPass: [],
      agents: [],
      maxTurns: 8,
      maxJobs: 7,
      jobsMode: "session",
      jobTtlMs: 604_800_000,
      taskAfterMs: 20_000,
      turnTimeoutMs: 3_600_000,
      silenceMs: 600_000,
      quietMs: 60_000,
      questionMs: 1_800_000,
      checkTimeoutMs: 600_000,
      sessionTtlMs: 86_400_000,
      maxSessions: 100,
      maxDepth: 2,
      relayAt: 95,
      allowNested: false,
      delegationRules: undefined,
      delegationMode: "manual",
      receipts: true,
      unreadResults: true,
      checkpoints: true,
      reviewGate: false,
      worktreesDir: "/home/me/.local/share/codex-bridge/worktrees",
      worktreeSetup: undefined,
      stateDir: "/home/me/.local/state/codex-bridge",
      memoryUrl: undefined,
      embeddingsUrl: undefined,
      embeddingsModel: undefined,
      embeddingsKey: undefined,
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
    ["BRIDGE_MAX_TURNS", "2", { maxTurns: 2, maxJobs: 1 }],
    ["BRIDGE_MAX_TURNS", "1", { maxTurns: 1, maxJobs: 1 }],
    ["BRIDGE_MAX_JOBS", "9", { maxTurns: 8, maxJobs: 9 }],
    ["BRIDGE_JOB_TTL_MS", "60000", { jobTtlMs: 60_000 }],
    ["BRIDGE_TASK_AFTER_MS", "0", { taskAfterMs: 0 }],
    ["BRIDGE_RELAY_AT", "off", { relayAt: undefined }],
    ["BRIDGE_RELAY_AT", "80", { relayAt: 80 }],
    ["XDG_STATE_HOME", "/s", { stateDir: "/s/codex-bridge" }],
  ])("%s=%s", (name, value, expected) => {
    expect(settingsOf({ [name]: value })).toMatchObject(expected);
  });

  test.each([
    ["BRIDGE_ROOTS", ":"],
    ["BRIDGE_ROOTS", " : "],
    ["BRIDGE_MAX_TURNS", "0"],
    ["BRIDGE_MAX_TURNS", "4 turns"],
    ["BRIDGE_MAX_JOBS", "0"],
    ["BRIDGE_JOB_TTL_MS", "1"],
    ["BRIDGE_TASK_AFTER_MS", "20 s"],
    ["BRIDGE_CHECK_TIMEOUT_MS", "0"],
    ["BRIDGE_RELAY_AT", "0"],
    ["BRIDGE_RELAY_AT", "95 %"],
    ["BRIDGE_TURN_TIMEOUT_MS", "1e9"],
    ["BRIDGE_MAX_SANDBOX", "full"],
    ["BRIDGE_REQUIRE_GIT", "yes"],
    ["BRIDGE_CHILD_MCP", "some"],
    ["BRIDGE_CODEX_MEMORY", "on"],
    ["BRIDGE_EMBEDDINGS_URL", "localhost:11434"],
    ["BRIDGE_EMBEDDINGS_URL", "https://user:word@host/v1"],
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

  test.each(SETTING_ROWS.map(({ variable }) => variable))(
    "%s with a reference that nobody expanded is a problem",
    (name) => {
      const whole = load({ [name]: "${CLAUDE_PROJECT_DIR}" });
      expect("problems" in whole && whole.problems.join()).toMatch(
        /^(\w+)="\$\{CLAUDE_PROJECT_DIR\}": \$\{CLAUDE_PROJECT_DIR\} was not expanded\..*\$\{PWD\}/,
      );
      expect("problems" in whole && whole.problems.join()).toContain(`${name}=`);
      expect("problems" in load({ [name]: "$UNSET" })).toBe(true);
    },
  );

  test.each([
    ["BRIDGE_ROOTS", "/work:${CLAUDE_PROJECT_DIR}/src", "${CLAUDE_PROJECT_DIR}"],
    ["BRIDGE_ROOTS", "/work: $HOME/src", "$HOME"],
    ["BRIDGE_ROOTS", "/home/$USER/src", "$USER"],
    ["BRIDGE_ROOTS", "$(pwd)", "$("],
    ["BRIDGE_ROOTS", "${HOME", "${HOME"],
    ["BRIDGE_STATE_DIR", "${CLAUDE_PROJECT_DIR:-.}/.bridge", "${CLAUDE_PROJECT_DIR:-.}"],
    ["CODEX_HOME", "$HOME/.codex", "$HOME"],
    ["CODEX_BIN", "${HOME}/bin/codex", "${HOME}"],
    ["CODEX_CONFIG_PATH", "${X}/config.toml", "${X}"],
    ["XDG_STATE_HOME", "$HOME/.local/state", "$HOME"],
    ["HOME", "${HOME}", "${HOME}"],
    ["DELEGATION_RULES", "${env:HOME}/rules.json", "${env:HOME}"],
  ])("%s=%s is refused for %s", (name, value, reference) => {
    const loaded = load({ [name]: value });
    expect("problems" in loaded && loaded.problems.join()).toContain(
      `${name}=${JSON.stringify(value)}: ${reference} was not`,
    );
  });

  test.each([
    ["CODEX_BIN", "/opt/$codex/bin/codex", { codexBin: "/opt/$codex/bin/codex" }],
    ["BRIDGE_STATE_DIR", "/data/$RECYCLE.BIN/x", { stateDir: "/data/$RECYCLE.BIN/x" }],
    ["DELEGATION_RULES", "/rules/a$B.json", { delegationRules: "/rules/a$B.json" }],
  ])("%s=%s is a name that holds the sign", (name, value, expected) => {
    expect(settingsOf({ [name]: value })).toMatchObject(expected);
  });

  test("what is not looked at is not refused: the default's parts, where the setting itself is given", () => {
    const unused = { XDG_STATE_HOME: "${X}", XDG_DATA_HOME: "${X}", HOME: "${HOME}" };
    const env = { ...unused, BRIDGE_STATE_DIR: "/s", BRIDGE_WORKTREES_DIR: "/w", CODEX_HOME: "/c" };
    expect(settingsOf(env)).toMatchObject({ stateDir: "/s", worktreesDir: "/w", codexHome: "/c" });
  });

  test.each(SETTING_ROWS.map(({ variable }) => variable))("%s counts as unset where it is empty", (name) => {
    expect(settingsOf({ [name]: "  " })).toEqual(settingsOf({}));
  });

  test.each(["BRIDGE_ROOTS", "BRIDGE_ALLOW_CONFIG", "BRIDGE_ENV_PASS"])(
    "%s of separators only is a problem",
    (name) => {
      const loaded = load({ [name]: name === "BRIDGE_ROOTS" ? " : :" : ", ," });
      expect("problems" in loaded && loaded.problems.join()).toContain("it names nothing");
    },
  );

  test("an empty HOME is asked of the system, as Codex does", () => {
    expect(settingsOf({ HOME: "" }).codexHome).toMatch(/^\/.+\/\.codex$/);
  });

  test.each(["${CODEX_API_KEY}", "$CODEX_API_KEY", "sk-${PART}"])("a key %s counts as unset and is told", (value) => {
    const loaded = load({ CODEX_API_KEY: value, CODEX_ACCESS_TOKEN: value });
    expect("settings" in loaded).toBe(true);
    expect(loaded.warnings).toEqual([
      `CODEX_API_KEY was not expanded (${value}); it counts as unset.`,
      `CODEX_ACCESS_TOKEN was not expanded (${value}); it counts as unset.`,
    ]);
  });

  test("no two rows share a key or a variable", () => {
    expect(new Set(SETTING_ROWS.map((row) => row.key)).size).toBe(SETTING_ROWS.length);
    expect(new Set(SETTING_ROWS.map((row) => row.variable)).size).toBe(SETTING_ROWS.length);
  });
});

test("a misspelt name is told, since a limit of that name is none", () => {
  const warnings = load({ BRIDGE_MAX_SANBOX: "read-only", BRIDGE_DEPTH: "0", BRIDGE_ROOTS: "/work" }).warnings;
  expect(warnings).toEqual(["BRIDGE_MAX_SANBOX is not a setting of the bridge and has no effect."]);
});

test("the address of the team's memory is never shown, since a password is in it", () => {
  const url = "postgres://bridge:pond-4471@db.test/memory?sslmode=verify-full";
  expect(settingsOf({ BRIDGE_MEMORY_URL: url })).toMatchObject({ memoryUrl: url });
  for (const value of [
    "mysql://bridge:pond-4471@db.test/memory",
    "postgres://bridge:pond-4471@:x/y",
    "postgres://bridge:pond-4471${X}@db.test/memory",
    // Without its signs written as %2F, %3F and %23, the rest of the password would pass for a database.
    "postgres://bridge:4471/pond@db.test/memory",
    "postgres://bridge:4471?pond@db.test/memory",
    "postgres://bridge:4471?pond=x@db.test/memory",
    "postgres://bridge:4471?user=x@db.test/memory",
    "postgres://bridge:4471?a&pond@db.test/memory?user=me@tenant",
    "postgres://bridge:4471#pond@db.test/memory",
    "postgres://bridge:pond#4471@db.test/memory",
  ]) {
    const loaded = load({ BRIDGE_MEMORY_URL: value });
    const said = JSON.stringify(loaded);
    expect(said).toMatch(/BRIDGE_MEMORY_URL: /);
    expect(said).not.toContain("4471");
  }
});

test("what a URL of the memory is expected to be outlives the replacing of secrets", () => {
  const said = JSON.stringify(load({ BRIDGE_MEMORY_URL: "mysql://db.test/memory" }));
  expect(said).toContain("expected postgres://role@host/database, with a colon and the password after the role");
  expect(redactSecrets(said)).toBe(said);
});

test.each([
  "postgres:///memory?host=/run/postgresql&user=me@tenant",
  "postgres://db.test/memory?sslmode=verify-full&user=me@tenant&password=p@x",
  "postgres://me%40tenant:p%3Fx%40y@db.test/memory?user=me@tenant",
  "postgres://db.test/memory?user=me%40tenant",
  "postgres:///memory",
])("%s is taken, whichever part has the login", (url) => {
  expect(settingsOf({ BRIDGE_MEMORY_URL: url })).toMatchObject({ memoryUrl: url });
});

test.each([
  ["http://127.0.0.1:11434/v1", "http://127.0.0.1:11434/v1/embeddings"],
  ["http://127.0.0.1:11434/v1/", "http://127.0.0.1:11434/v1/embeddings"],
  ["https://host/v1/embeddings", "https://host/v1/embeddings"],
  ["https://host/deployments/x/embeddings?api-version=1", "https://host/deployments/x/embeddings?api-version=1"],
])("embeddings of %s are asked for at %s", (value, url) => {
  expect(settingsOf({ BRIDGE_EMBEDDINGS_URL: value })).toMatchObject({ embeddingsUrl: url });
});
