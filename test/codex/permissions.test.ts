// The user's permission profile is never dropped: shown by turns of the real Codex CLI that try to read what it denies.
import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect } from "vitest";
import type { ToolResult } from "../support/bridge.ts";
import { type LabBridge, test as labTest } from "../support/fixture.ts";
import { CLI, type Lab, NATIVE_CODEX, RUNS_EVERY_TURN } from "../support/lab.ts";

const test = labTest.extend("lab", async ({ lab }) => {
  writeFileSync(join(lab.project, "secret"), "TOPSECRET\n");
  writeFileSync(join(lab.outside, "key"), "TOPSECRET\n");
  return lab;
});

const filesystem = (rules: Record<string, string>): string =>
  `[permissions.careful.filesystem]\n${Object.entries(rules)
    .map(([path, access]) => `"${path}" = "${access}"\n`)
    .join("")}`;
const denied = (lab: Lab): Record<string, string> => ({
  [join(lab.project, "secret")]: "deny",
  [join(lab.outside, "key")]: "deny",
});
/** A profile that reads all but the secrets. */
const reading = (lab: Lab): string => filesystem({ ":root": "read", ...denied(lab) });
/** One that also writes in the project. */
const writing = (lab: Lab, extra = ""): string =>
  `[permissions.careful]\nextends = ":workspace"\n${extra}${filesystem(denied(lab))}`;
const SELECT = 'default_permissions = "careful"';

/** Lets Codex try to read what is denied and to write; says what it managed. */
async function tryAll(lab: Lab, call: (prompt: string) => Promise<ToolResult>) {
  const file = join(lab.project, "made");
  rmSync(file, { force: true });
  const command = `cat ${join(lab.project, "secret")} ${join(lab.outside, "key")}; touch ${file}; true`;
  lab.respond((request) =>
    request.toolOutputs.length === 0 ? { steps: [{ run: command }] } : { steps: [{ say: request.toolOutputs.join() }] },
  );
  const asked = lab.standIn.requests.length;
  const result = await call("try");
  return {
    result,
    text: result.text,
    read: JSON.stringify(lab.standIn.requests.slice(asked).map(({ toolOutputs }) => toolOutputs)).includes("TOPSECRET"),
    wrote: existsSync(file),
    sandbox: result.structured["sandbox"],
  };
}
const start = (lab: Lab, bridge: LabBridge, args: Record<string, unknown> = {}) =>
  tryAll(lab, (prompt) => bridge.call("codex", { prompt, ...args }));
const reply = (lab: Lab, bridge: LabBridge, threadId: string, args: Record<string, unknown> = {}) =>
  tryAll(lab, (prompt) => bridge.call("codex-reply", { prompt, threadId, ...args }));

test.runIf(!CLI.hasPermissionProfiles)(
  "a CLI that cannot hold a permission profile is refused",
  async ({ lab, bridge }) => {
    lab.writeConfig({ top: SELECT, tables: reading(lab) });
    const tried = await start(lab, bridge);
    expect(tried).toMatchObject({ read: false, wrote: false });
    // 0.120 reads no config with the word `deny`.
    expect(tried.text).toMatch(/^\[(AGENT_UNSUPPORTED\].*careful|CONFIG_INVALID\])/);
  },
);

describe.runIf(CLI.hasPermissionProfiles)("a permission profile of config.toml", () => {
  test("holds where the caller names no sandbox, on a new thread and on every reply", async ({ lab, bridge }) => {
    lab.writeConfig({ top: SELECT, tables: reading(lab) });
    const first = await start(lab, bridge);
    expect(first).toMatchObject({ read: false, wrote: false, sandbox: "read-only, permission profile careful" });
    const { threadId } = first.result.structured;
    expect(await reply(lab, bridge, threadId)).toMatchObject({ read: false, wrote: false });
    await bridge.restart();
    expect(await reply(lab, bridge, threadId)).toMatchObject({
      read: false,
      sandbox: "read-only, permission profile careful",
    });
  });

  test("gives the writes that it has, and its denies stay with a named sandbox too", async ({ lab, bridge }) => {
    lab.writeConfig({ top: SELECT, tables: writing(lab) });
    const writer = "workspace-write, permission profile careful";
    expect(await start(lab, bridge)).toMatchObject({ read: false, wrote: true, sandbox: writer });
    expect(await start(lab, bridge, { sandbox: "workspace-write" })).toMatchObject({
      read: false,
      wrote: true,
      sandbox: writer,
    });
    const narrow = await start(lab, bridge, { sandbox: "read-only" });
    expect(narrow).toMatchObject({ read: false, wrote: false, sandbox: "read-only, permission profile careful" });
    const { threadId } = narrow.result.structured;
    expect(await reply(lab, bridge, threadId)).toMatchObject({ read: false, wrote: false });
  });

  test("denies by pattern outlive the narrowing", async ({ lab, bridge }) => {
    const rules = '".git" = "read"\n"**/secret" = "deny"\n';
    lab.writeConfig({
      top: SELECT,
      tables: `[permissions.careful]\nextends = ":workspace"\n${filesystem({ [join(lab.outside, "key")]: "deny" })}glob_scan_max_depth = 3\n[permissions.careful.filesystem.":workspace_roots"]\n${rules}`,
    });
    expect(await start(lab, bridge, { sandbox: "read-only" })).toMatchObject({ read: false, wrote: false });
  });

  test("a sandbox that it does not give is refused, with what to do", async ({ lab, bridge }) => {
    lab.writeConfig({ top: SELECT, tables: reading(lab) });
    const tried = await start(lab, bridge, { sandbox: "workspace-write" });
    expect(tried.text).toMatch(/^\[SANDBOX_DENIED\].*"careful" gives only read-only.*\n*.*Leave `sandbox`/s);
    const { text } = await start(lab, bridge, {
      config: { sandbox_workspace_write: { writable_roots: [lab.outside] } },
    });
    expect(text).toMatch(/^\[SANDBOX_DENIED\].*careful/);
    expect(lab.standIn.requests).toHaveLength(0);
  });

  test("a reply narrows it for good and does not widen it", async ({ lab, bridge }) => {
    lab.writeConfig({ top: SELECT, tables: writing(lab) });
    const { threadId } = (await start(lab, bridge)).result.structured;
    expect(await reply(lab, bridge, threadId, { sandbox: "read-only" })).toMatchObject({ read: false, wrote: false });
    expect(await reply(lab, bridge, threadId)).toMatchObject({ read: false, wrote: false });
    expect((await reply(lab, bridge, threadId, { sandbox: "workspace-write" })).text).toMatch(/^\[SANDBOX_WIDENING\]/);
  });

  test("stays with its threads when config.toml chooses another; one that has become wider ends the turn", async ({
    lab,
    bridge,
  }) => {
    lab.writeConfig({ top: SELECT, tables: writing(lab) });
    const { threadId } = (await start(lab, bridge)).result.structured;
    lab.writeConfig({ top: 'default_permissions = ":workspace"', tables: writing(lab) });
    expect(await reply(lab, bridge, threadId)).toMatchObject({ read: false, wrote: true });
    lab.writeConfig({ top: 'sandbox_mode = "danger-full-access"', tables: writing(lab) });
    expect(await reply(lab, bridge, threadId)).toMatchObject({ read: false, wrote: true });
    lab.writeConfig({ top: SELECT, tables: '[permissions.careful]\nextends = ":workspace"\n' });
    lab.respond(() => ({ delayMs: 3_000, steps: [{ say: "x" }] }));
    const wider = await bridge.call("codex-reply", { prompt: "x", threadId });
    expect(wider.text).toMatch(/^\[SANDBOX_WIDENING\].*"careful" now allows more.*secret is no longer denied/);
    lab.writeConfig();
    expect((await reply(lab, bridge, threadId)).result.isError).toBe(true);
  });

  test("chosen later, it holds for the threads that were there, which get no more than they had", async ({
    lab,
    bridge,
  }) => {
    const { threadId } = (await start(lab, bridge)).result.structured;
    lab.writeConfig({ top: SELECT, tables: writing(lab) });
    expect(await reply(lab, bridge, threadId)).toMatchObject({
      read: false,
      wrote: false,
      sandbox: "read-only, permission profile careful",
    });
  });

  test("counts against the user's limits", async ({ lab, bridge }) => {
    lab.writeConfig({ top: SELECT, tables: writing(lab) });
    await bridge.restart({ env: { BRIDGE_MAX_SANDBOX: "read-only" } });
    expect((await start(lab, bridge)).text).toMatch(/^\[SANDBOX_DENIED\].*BRIDGE_MAX_SANDBOX/);
    expect(await start(lab, bridge, { sandbox: "read-only" })).toMatchObject({ read: false, wrote: false });
    lab.writeConfig({ top: SELECT, tables: `${writing(lab)}"${lab.root}/x" = "write"\n` });
    await bridge.restart({ env: { BRIDGE_ROOTS: lab.project } });
    expect((await start(lab, bridge)).text).toMatch(/^\[SANDBOX_DENIED\].*BRIDGE_ROOTS/);
  });

  // Config profiles do not fit the app server.
  test.runIf(RUNS_EVERY_TURN)(
    "of a profile file that a caller names, raises nothing and takes nothing away",
    async ({ lab, bridge }) => {
      writeFileSync(join(lab.codexHome, "free.config.toml"), 'sandbox_mode = "workspace-write"\n');
      lab.writeConfig({ top: SELECT, tables: reading(lab) });
      expect((await start(lab, bridge, { profile: "free" })).text).toMatch(/^\[SANDBOX_DENIED\].*careful/);
      // The registration's own is the user's choice.
      await bridge.restart({ codexFlags: { overrides: [], profile: "free" } });
      expect(await start(lab, bridge)).toMatchObject({ wrote: true, sandbox: "workspace-write" });
      // And one that chooses a profile is held like config.toml's.
      writeFileSync(join(lab.codexHome, "strict.config.toml"), `${SELECT}\n${reading(lab)}`);
      lab.writeConfig({ top: 'sandbox_mode = "workspace-write"' });
      await bridge.restart();
      expect(await start(lab, bridge, { profile: "strict" })).toMatchObject({ read: false, wrote: false });
    },
  );

  test("of the registration's flags counts most", async ({ lab, bridge }) => {
    lab.writeConfig({ top: 'sandbox_mode = "workspace-write"', tables: reading(lab).replaceAll("careful", "strict") });
    await bridge.restart({ codexFlags: { overrides: ['default_permissions="strict"'], profile: undefined } });
    expect(await start(lab, bridge)).toMatchObject({ read: false, wrote: false });
  });

  test("of a trusted project holds; one that takes a deny of the user's away is refused", async ({ lab, bridge }) => {
    execFileSync("git", ["init", "-q"], { cwd: lab.project });
    mkdirSync(join(lab.project, ".codex"));
    const projectConfig = (text: string): void => writeFileSync(join(lab.project, ".codex/config.toml"), text);
    const trust = `[projects."${lab.project}"]\ntrust_level = "trusted"\n`;
    projectConfig(`${SELECT}\n${reading(lab)}`);
    lab.writeConfig({ tables: trust });
    expect(await start(lab, bridge)).toMatchObject({
      read: false,
      wrote: false,
      sandbox: "read-only, permission profile careful",
    });
    projectConfig('sandbox_mode = "danger-full-access"\n');
    lab.writeConfig({ top: SELECT, tables: trust + reading(lab) });
    expect(await start(lab, bridge)).toMatchObject({ read: false, wrote: false });
    projectConfig(filesystem({ [join(lab.project, "secret")]: "write" }));
    expect((await start(lab, bridge)).text).toMatch(
      /^\[SANDBOX_DENIED\].*changes the user's permission profile "careful"/,
    );
    projectConfig(`default_permissions = "mine"\n[permissions.mine.filesystem]\n":root" = "write"\n`);
    expect((await start(lab, bridge)).text).toMatch(/^\[SANDBOX_DENIED\].*"careful".*"mine"/);
    lab.writeConfig({ tables: trust });
    expect((await start(lab, bridge)).text).toMatch(/^\[SANDBOX_DENIED\]/);
  });

  test("of a thread that the user's terminal started is kept", async ({ lab, bridge }) => {
    lab.writeConfig({ top: SELECT, tables: reading(lab) });
    const env = { PATH: lab.env["PATH"] ?? "", HOME: lab.root, CODEX_HOME: lab.codexHome, STANDIN_KEY: "dummy" };
    const args = ["exec", "--json", "--skip-git-repo-check", "hi"];
    const running = promisify(execFile)(NATIVE_CODEX, args, { cwd: lab.project, env });
    running.child.stdin?.end();
    const { stdout: out } = await running;
    const threadId = /"thread_id":"([^"]+)"/.exec(out)?.[1] ?? "";
    expect(await reply(lab, bridge, threadId)).toMatchObject({ read: false, wrote: false });
    lab.writeConfig({ top: 'sandbox_mode = "workspace-write"', tables: reading(lab) });
    const later = await reply(lab, bridge, threadId);
    expect(later).toMatchObject({ read: false, wrote: false });
  });

  test("a built-in one is as good as its sandbox mode", async ({ lab, bridge }) => {
    lab.writeConfig({ top: 'default_permissions = ":workspace"' });
    expect(await start(lab, bridge)).toMatchObject({ wrote: true, sandbox: "workspace-write" });
    expect(await start(lab, bridge, { sandbox: "read-only" })).toMatchObject({ wrote: false, sandbox: "read-only" });
    lab.writeConfig({ top: 'default_permissions = ":read-only"' });
    expect(await start(lab, bridge)).toMatchObject({ wrote: false, sandbox: "read-only" });
  });

  test("holds for a routed task whose rule wishes for more", async ({ lab, bridge }) => {
    lab.writeConfig({ top: SELECT, tables: reading(lab) });
    const tried = await tryAll(lab, () => bridge.call("route_task", { task: "Fix the failing test", mode: "run" }));
    expect(tried).toMatchObject({ read: false, wrote: false, sandbox: "read-only, permission profile careful" });
  });

  test("that denies nothing lets no command out that a rule allows", async ({ lab, bridge }) => {
    mkdirSync(join(lab.codexHome, "rules"));
    writeFileSync(join(lab.codexHome, "rules/a.rules"), 'prefix_rule(pattern=["touch"], decision="allow")\n');
    const extra = join(lab.root, "extra");
    mkdirSync(extra);
    lab.writeConfig({
      top: SELECT,
      tables: `[permissions.careful]\nextends = ":workspace"\n${filesystem({ [extra]: "write" })}`,
    });
    const [out, inside] = [join(lab.outside, "made"), join(extra, "made")];
    const go = async (call: (prompt: string) => Promise<ToolResult>) => {
      const commands = [`touch ${out}`, `touch ${inside}`];
      lab.respond(({ toolOutputs }) => {
        const run = commands[toolOutputs.length];
        return { steps: [run === undefined ? { say: "done" } : { run }] };
      });
      const { structured } = await call("try");
      return { threadId: structured["threadId"], escaped: existsSync(out), wrote: existsSync(inside) };
    };
    const first = await go((prompt) => bridge.call("codex", { prompt }));
    expect(first).toMatchObject({ escaped: false, wrote: true });
    rmSync(inside);
    const { threadId } = first;
    const asked = await go((prompt) => bridge.call("codex-ask", { prompt, threadId }));
    expect(asked).toMatchObject({ escaped: false, wrote: false });
    const later = await go((prompt) => bridge.call("codex-reply", { prompt, threadId }));
    expect(later).toMatchObject({ escaped: false, wrote: true });
  });

  test("leaves the user's config.toml as it is", async ({ lab, bridge }) => {
    lab.writeConfig({ top: SELECT, tables: writing(lab) });
    const before = lab.readConfig();
    await start(lab, bridge);
    expect(lab.readConfig()).toBe(before);
  });
});
