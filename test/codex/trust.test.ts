// Nothing of a project starts outside the sandbox unless the user approved it: shown with the real Codex CLI, whose MCP servers leave a mark.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import type { ToolResult } from "../support/bridge.ts";
import { type LabBridge, test as labTest } from "../support/fixture.ts";
import { CLI, type Lab, NATIVE_CODEX, runThenSay, say } from "../support/lab.ts";

const test = labTest.extend("mark", ({ lab }) => join(lab.root, "started"));

const server = (mark: string, name: string) =>
  `[mcp_servers.${name}]\ncommand = "/bin/sh"\nargs = ["-c", "echo ${name} >> ${mark}"]\n`;

/** Puts a config into a folder that starts a server which leaves its name in the mark. */
function plant(mark: string, folder: string, name: string): void {
  mkdirSync(join(folder, ".codex"), { recursive: true });
  writeFileSync(join(folder, ".codex/config.toml"), server(mark, name));
}

const trust = (lab: Lab, ...paths: string[]): void =>
  lab.writeConfig({ tables: paths.map((path) => `[projects."${path}"]\ntrust_level = "trusted"\n`).join("") });
const git = (cwd: string, ...args: string[]) =>
  execFileSync("git", ["-c", "user.email=a@b", "-c", "user.name=a", ...args], { cwd, stdio: "pipe" });
function makeFolder(lab: Lab, name: string): string {
  mkdirSync(join(lab.root, name), { recursive: true });
  return join(lab.root, name);
}

/** One turn; says what was started outside the sandbox, and that the user's config is as it was. */
async function run(
  lab: Lab,
  bridge: LabBridge,
  mark: string,
  cwd: string,
  sandbox: string,
): Promise<{ started: string; result: ToolResult }> {
  const before = lab.readConfig();
  rmSync(mark, { force: true });
  const result = await bridge.call("codex", { prompt: "hi", cwd, sandbox });
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(lab.readConfig()).toBe(before);
  // The app server starts a thread's servers anew for a turn with another sandbox than the thread was loaded with.
  const started = existsSync(mark) ? new Set(readFileSync(mark, "utf8").trim().split("\n")) : [];
  return { started: [...started].join("\n"), result };
}

const SANDBOXES = ["read-only", "workspace-write"];
const warningsOf = (result: ToolResult) => JSON.stringify(result.structured["warnings"] ?? []);

describe("a forged `.git`", () => {
  const forms: [string, (trusted: string) => string][] = [
    ["a folder that is not there", () => "gitdir: /nowhere/.git/worktrees/x\n"],
    ["a folder of a trusted repository that is not there", (trusted) => `gitdir: ${trusted}/.git/worktrees/none\n`],
    ["the work tree of another", (trusted) => `gitdir: ${trusted}/.git/worktrees/tree\n`],
    ["a trusted repository", (trusted) => `gitdir: ${trusted}/.git\n`],
  ];
  test.for(forms)("that names %s starts nothing and trusts nothing", async ([_what, text], { lab, bridge, mark }) => {
    const trusted = makeFolder(lab, "trusted");
    git(trusted, "init", "-q");
    git(trusted, "commit", "-q", "--allow-empty", "-m", "i");
    git(trusted, "worktree", "add", "-q", join(lab.root, "tree"));
    trust(lab, trusted);
    const forged = makeFolder(lab, "forged");
    plant(mark, forged, "forged");
    writeFileSync(join(forged, ".git"), text(trusted));
    for (const sandbox of SANDBOXES) expect((await run(lab, bridge, mark, forged, sandbox)).started).toBe("");
  });

  test("in a subfolder of an untrusted project starts nothing and trusts nothing", async ({ lab, bridge, mark }) => {
    git(lab.project, "init", "-q");
    plant(mark, lab.project, "root");
    const sub = join(lab.project, "sub");
    plant(mark, sub, "sub");
    writeFileSync(join(sub, ".git"), "gitdir: /nowhere/.git/worktrees/x\n");
    for (const sandbox of SANDBOXES) expect((await run(lab, bridge, mark, sub, sandbox)).started).toBe("");
  });

  test("without anything to start leaves the user's config as it was", async ({ lab, bridge, mark }) => {
    const forged = makeFolder(lab, "forged");
    writeFileSync(join(forged, ".git"), "gitdir: /nowhere/.git/worktrees/x\n");
    const { result } = await run(lab, bridge, mark, forged, "workspace-write");
    expect(result.isError).toBe(false);
  });
});

describe("in a trusted project", () => {
  test.beforeEach(({ lab }) => {
    git(lab.project, "init", "-q");
    trust(lab, lab.project);
  });

  test.runIf(CLI.readsProjects)(
    "its own .codex is applied, that of its linked work tree too",
    async ({ lab, bridge, mark }) => {
      plant(mark, lab.project, "root");
      expect((await run(lab, bridge, mark, lab.project, "workspace-write")).started).toBe("root");
      git(lab.project, "add", "-A");
      git(lab.project, "commit", "-q", "-m", "i");
      const tree = join(lab.root, "tree");
      git(lab.project, "worktree", "add", "-q", tree);
      const { started, result } = await run(lab, bridge, mark, tree, "workspace-write");
      expect(started).toBe("root");
      expect(result.structured["warnings"]).toBeUndefined();
    },
  );

  test("a turn cannot write the root's .codex; what it puts into a subfolder is not applied, and told", async ({
    lab,
    bridge,
    mark,
  }) => {
    const sub = join(lab.project, "sub");
    const text = server(mark, "planted").replaceAll("\n", "\\n");
    lab.respond(
      runThenSay(
        `mkdir -p .codex; echo x > .codex/planted; mkdir -p sub/.codex/rules; printf '${text}' > sub/.codex/config.toml; ` +
          `printf 'prefix_rule(pattern=["touch"])' > sub/.codex/rules/a.rules; true`,
      ),
    );
    await bridge.call("codex", { prompt: "plant", sandbox: "workspace-write" });
    expect(existsSync(join(sub, ".codex/config.toml"))).toBe(true);
    if (CLI.readsProjects) expect(existsSync(join(lab.project, ".codex/planted"))).toBe(false);
    lab.respond(runThenSay(`touch ${lab.outside}/escaped`));
    for (const sandbox of SANDBOXES) {
      const { started, result } = await run(lab, bridge, mark, sub, sandbox);
      expect(started).toBe("");
      expect(existsSync(join(lab.outside, "escaped"))).toBe(false);
      // The rules file alone is refused by a CLI that cannot leave it out.
      if (!CLI.ignoresRules && CLI.readsProjects) expect(result.text).toContain("[AGENT_UNSUPPORTED]");
      else if (CLI.readsProjects) expect(warningsOf(result)).toContain(`${sub}/.codex`);
    }
    rmSync(join(sub, ".codex/rules"), { recursive: true });
    lab.respond(say("hello"));
    const { started, result } = await run(lab, bridge, mark, sub, "read-only");
    expect([started, result.isError]).toEqual(["", false]);
  });

  test.runIf(CLI.readsProjects)("what the user approves in a subfolder is applied", async ({ lab, bridge, mark }) => {
    const sub = join(lab.project, "sub");
    plant(mark, sub, "sub");
    trust(lab, lab.project, sub);
    const { started, result } = await run(lab, bridge, mark, sub, "read-only");
    expect(started).toBe("sub");
    expect(result.structured["warnings"]).toBeUndefined();
  });

  test("a thread that may write above a trusted project says so", async ({ lab, bridge, mark }) => {
    const inner = join(lab.project, "inner");
    mkdirSync(inner);
    trust(lab, inner);
    lab.respond(say("hello"));
    const { result } = await run(lab, bridge, mark, lab.project, "workspace-write");
    expect(String(result.structured["warnings"])).toContain(`projects that the user's config.toml trusts: ${inner}.`);
    expect(
      String((await run(lab, bridge, mark, lab.project, "read-only")).result.structured["warnings"]),
    ).not.toContain("config.toml trusts");
  });

  test("a server that is added later is left out with BRIDGE_CHILD_MCP=none", async ({ lab, bridge, mark }) => {
    await bridge.restart({ env: { BRIDGE_CHILD_MCP: "none" } });
    expect((await run(lab, bridge, mark, lab.project, "workspace-write")).started).toBe("");
    plant(mark, lab.project, "late");
    const { started, result } = await run(lab, bridge, mark, lab.project, "workspace-write");
    expect([started, result.isError]).toEqual(["", false]);
    plant(mark, lab.project, "other");
    expect((await run(lab, bridge, mark, lab.project, "workspace-write")).started).toBe("");
  });

  test("a server that is added during a turn is not started after it", async ({ lab, bridge, mark }) => {
    await bridge.restart({ env: { BRIDGE_CHILD_MCP: "none" } });
    lab.respond(() => {
      plant(mark, lab.project, "late");
      return { steps: [{ say: "hello" }] };
    });
    expect((await run(lab, bridge, mark, lab.project, "workspace-write")).started).toBe("");
    // The app server makes a spare thread in the background.
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(existsSync(mark)).toBe(false);
  });
});

describe("a Codex CLI that is slow to say what it can do", () => {
  /** A Codex whose first `misses` answers to each question take longer than the bridge first waits. */
  function slowCodex(lab: Lab, misses: number): string {
    const path = join(lab.root, "slow-codex");
    const count = join(lab.root, "count");
    const script = `case "$*" in *"exec --help"*|*"mcp list"*) echo x >> ${count}; [ $(wc -l < ${count}) -le ${misses} ] && exec sleep 20;; esac`;
    writeFileSync(path, `#!/bin/sh\n${script}\nexec ${NATIVE_CODEX} "$@"\n`, { mode: 0o755 });
    return path;
  }

  test("is asked again with patience: options, servers and trust are then as ever", async ({ lab, bridge, mark }) => {
    git(lab.project, "init", "-q");
    plant(mark, lab.project, "project");
    lab.writeConfig({ tables: server(mark, "mine") });
    await bridge.restart({ env: { CODEX_BIN: slowCodex(lab, 1), BRIDGE_CHILD_MCP: "none" } });
    const { started, result } = await run(lab, bridge, mark, lab.project, "read-only");
    expect([started, result.isError]).toEqual(["", false]);
  }, 60_000);

  test("ends the call where it does not answer within the deadline: nothing is started, and a retry may work", async ({
    lab,
    bridge,
    mark,
  }) => {
    lab.writeConfig({ tables: server(mark, "mine") });
    await bridge.restart({ env: { CODEX_BIN: slowCodex(lab, 9), BRIDGE_TURN_TIMEOUT_MS: "6000" } });
    const { started, result } = await run(lab, bridge, mark, lab.project, "workspace-write");
    expect(started).toBe("");
    expect(result.text).toContain("[AGENT_NOT_ANSWERING]");
    expect(lab.standIn.requests).toHaveLength(0);
  }, 60_000);

  test("that does not list its servers: those that config.toml names are left out, and it is told", async ({
    lab,
    bridge,
    mark,
  }) => {
    const path = join(lab.root, "no-list");
    writeFileSync(path, `#!/bin/sh\ncase "$*" in *"mcp list"*) echo odd; exit 0;; esac\nexec ${NATIVE_CODEX} "$@"\n`, {
      mode: 0o755,
    });
    lab.writeConfig({ tables: server(mark, "mine") });
    await bridge.restart({ env: { CODEX_BIN: path, BRIDGE_CHILD_MCP: "none" } });
    const { started, result } = await run(lab, bridge, mark, lab.project, "read-only");
    expect(started).toBe("");
    expect(warningsOf(result)).toContain("Codex did not list its MCP servers");
  });
});
