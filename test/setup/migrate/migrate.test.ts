// Migrations and what takes them back, in process, with a handshake that always succeeds.
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { REGISTRATION_SCOPES } from "../../../src/clients/claude-code/config-files.ts";
import type { JsonChange } from "../../../src/setup/files/json-edit.ts";
import { whileAlone } from "../../../src/setup/files/lock.ts";
import type { MigrateReport } from "../../../src/setup/files/report.ts";
import { findClaudeTargets, findNamedTargets, type Targets } from "../../../src/setup/migrate/find/targets.ts";
import { type MigrateOptions, migrate } from "../../../src/setup/migrate/migrate.ts";
import { undo } from "../../../src/setup/migrate/undo.ts";
import { Drafts } from "../../../src/setup/migrate/write/draft.ts";
import { writeDrafts } from "../../../src/setup/migrate/write/write-drafts.ts";

let root: string;
let project: string;
let servers: string;
let settings: string;
let stateDir: string;
/** What happens between reading and writing. */
let onProof: () => void;
let own: { command: string; args: readonly string[] };

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "migrate-"));
  project = join(root, "project");
  servers = join(project, ".mcp.json");
  settings = join(project, ".claude/settings.json");
  stateDir = join(root, "state");
  onProof = () => {};
  own = { command: "node", args: [join(root, "bridge/dist/bin.js")] };
  mkdirSync(join(project, ".git"), { recursive: true });
  write(join(root, "bridge/package.json"), { name: "codex-bridge" });
  write(join(root, "bridge/dist/bin.js"), "");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const CODEX = { command: "/opt/codex", args: ["mcp-server"] };
/** What closes as much as `ask-codex` did, which continued sessions too. */
const ADDED = [
  "mcp__cx__codex",
  "mcp__cx__codex-reply",
  "mcp__cx__codex-ask",
  "mcp__cx__codex-review",
  "mcp__cx__review_panel",
  "mcp__cx__route_task",
  "mcp__cx__run_agent",
  "mcp__cx__run_collaboration",
  "mcp__cx__agent_job_control",
];
const CLOSED = ["mcp__cx__ask-codex", ...ADDED];
const DENY = { permissions: { deny: ["mcp__cx__ask-codex"] } };
const TRISH = { command: "npx", args: ["-y", "@trishchuk/codex-mcp-tool"] };

function write(path: string, value: unknown): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof value === "string" ? value : JSON.stringify(value, null, 2));
}

function readJson(path: string) {
  return JSON.parse(readFileSync(path, "utf8"));
}

function go(paths: readonly string[] = []): Promise<MigrateReport> {
  const claude = { env: { HOME: join(root, "home") }, cwd: project };
  return migrate(
    toOptions(paths.length === 0 ? findClaudeTargets(claude, REGISTRATION_SCOPES) : findNamedTargets(paths, claude)),
  );
}

function toOptions(targets: Targets): MigrateOptions {
  return {
    targets,
    stateDir,
    isDryRun: false,
    own,
    ownPath: own.args[0] ?? "",
    findWrongFlag: () => undefined,
    findPlugin: () => undefined,
    isKnownVariable: (name) => name === "CODEX_HOME",
    prove: async () => {
      onProof();
      return { works: true, words: "answers" };
    },
  };
}

function texts(report: MigrateReport | undefined): string[] {
  return report?.files.flatMap(({ findings }) => findings.map(({ kind, text }) => `${kind}: ${text}`)) ?? [];
}

function changeFile(path: string, change: (value: ReturnType<typeof readJson>) => void): void {
  const value = readJson(path);
  change(value);
  write(path, value);
}

describe("undo, entry by entry", () => {
  test("one that somebody changed stays, the others are taken back, and it too once it is as it was written", async () => {
    write(servers, { mcpServers: { a: CODEX, b: TRISH } });
    await go();
    changeFile(servers, ({ mcpServers }) => (mcpServers.b.args = ["theirs"]));
    expect(texts(undo(stateDir, false))).toEqual([
      "change: its entries are as they were; other changes stay",
      expect.stringMatching(/^failed: mcpServers\.b was changed since, and stays; the copy: .*0\.backup$/),
    ]);
    expect(readJson(servers).mcpServers).toEqual({ a: CODEX, b: { command: "node", args: ["theirs"] } });
    changeFile(servers, ({ mcpServers }) => (mcpServers.b.args = own.args));
    undo(stateDir, false);
    expect(readJson(servers).mcpServers).toEqual({ a: CODEX, b: TRISH });
    expect(undo(stateDir, false)).toBeUndefined();
  });

  test("an environment of ours goes, one with a variable of somebody else's stays", async () => {
    write(servers, { mcpServers: { a: CODEX, b: CODEX } });
    await go();
    expect(readJson(servers).mcpServers.a.env).toEqual({ CODEX_BIN: "/opt/codex" });
    changeFile(servers, ({ mcpServers }) => (mcpServers.b.env.MORE = "1"));
    undo(stateDir, false);
    expect(readJson(servers).mcpServers).toEqual({ a: CODEX, b: { ...CODEX, env: { MORE: "1" } } });
  });

  test("rules are found by what they are, wherever they moved", async () => {
    write(servers, { mcpServers: { cx: TRISH } });
    write(settings, { permissions: { allow: ["Bash(ls)", "mcp__cx__ask-codex"] } });
    await go();
    changeFile(settings, ({ permissions }) => permissions.allow.unshift("Read", "Edit"));
    expect(texts(undo(stateDir, false)).filter((text) => text.startsWith("failed"))).toEqual([]);
    expect(readJson(settings).permissions.allow).toEqual(["Read", "Edit", "Bash(ls)", "mcp__cx__ask-codex"]);
  });

  test("a rule that is gone stays gone", async () => {
    write(servers, { mcpServers: { cx: TRISH } });
    write(settings, { permissions: { allow: ["mcp__cx__ask-codex"] } });
    await go();
    write(settings, { permissions: { allow: ["Read"] } });
    expect(texts(undo(stateDir, false))).toContainEqual(
      expect.stringContaining("note: the rule mcp__cx__codex is gone"),
    );
    expect(readJson(settings).permissions.allow).toEqual(["Read"]);
  });

  test("what is as it was already is no failure", async () => {
    write(servers, { mcpServers: { a: TRISH } });
    await go();
    write(servers, { mcpServers: { a: TRISH }, more: 1 });
    expect(texts(undo(stateDir, false))).toEqual(["note: is as it was already"]);
    // Another branch may have been checked out.
    write(servers, { mcpServers: { a: { ...own } } });
    undo(stateDir, false);
    expect(readJson(servers).mcpServers).toEqual({ a: TRISH });
    expect(undo(stateDir, false)).toBeUndefined();
  });

  test("a damaged copy is not put back", async () => {
    write(servers, { mcpServers: { a: TRISH } });
    const { backup = "" } = await go();
    writeFileSync(join(backup, "0.backup"), "{}");
    undo(stateDir, false);
    expect(readJson(servers).mcpServers).toEqual({ a: TRISH });
  });

  test("a damaged record is told, and does not hide behind the one before", async () => {
    write(servers, { mcpServers: { a: TRISH } });
    const { backup = "" } = await go();
    writeFileSync(join(backup, "record.json"), "{");
    expect(undo(stateDir, false)?.files).toMatchObject([{ file: backup, findings: [{ kind: "failed" }] }]);
    expect(readJson(servers).mcpServers.a.command).toBe("node");
  });

  test("a file that cannot be written stays on record", async () => {
    write(servers, { mcpServers: { a: TRISH } });
    await go();
    chmodSync(servers, 0o444);
    expect(texts(undo(stateDir, false))).toEqual([expect.stringMatching(/^failed: is read-only; its copy: /)]);
    chmodSync(servers, 0o644);
    undo(stateDir, false);
    expect(readJson(servers).mcpServers).toEqual({ a: TRISH });
  });

  test.each([
    ["is somebody else's by now", () => changeFile(servers, ({ mcpServers }) => mcpServers.cx.args.push("-m"))],
    ["cannot be written", () => chmodSync(servers, 0o444)],
  ])("a rule stays with a server that %s", async (_name, act) => {
    write(servers, { mcpServers: { cx: TRISH } });
    write(settings, { permissions: { deny: ["mcp__cx__ask-codex"] } });
    await go();
    act();
    undo(stateDir, false);
    expect(readJson(settings).permissions.deny).toEqual(CLOSED);
  });

  test("a server stays with a rule that closes it and is in another list by now", async () => {
    write(servers, { mcpServers: { cx: TRISH } });
    write(settings, { permissions: { deny: ["mcp__cx__ask-codex"] } });
    await go();
    write(settings, { permissions: { ask: ADDED } });
    expect(texts(undo(stateDir, false))).toContainEqual(
      expect.stringMatching(/^failed: mcpServers\.cx stays with a rule that closes it/),
    );
    expect(readJson(servers).mcpServers.cx.command).toBe("node");
  });

  test.each([
    ["cannot be written", () => chmodSync(settings, 0o444), () => chmodSync(settings, 0o644)],
    ["is away", () => renameSync(settings, `${settings}.x`), () => renameSync(`${settings}.x`, settings)],
  ])("a server waits for a rule that closes it in a file that %s", async (_name, act, repair) => {
    write(servers, { mcpServers: { cx: TRISH } });
    write(settings, { permissions: { deny: ["mcp__cx__ask-codex"] } });
    await go();
    act();
    undo(stateDir, false);
    expect(readJson(servers).mcpServers.cx.command).toBe("node");
    repair();
    undo(stateDir, false);
    expect(readJson(servers).mcpServers.cx).toEqual(TRISH);
    expect(readJson(settings).permissions.deny).toEqual(["mcp__cx__ask-codex"]);
    expect(undo(stateDir, false)).toBeUndefined();
  });

  test("what one project keeps is no matter of another's", async () => {
    const other = join(root, "other");
    for (const folder of [project, other]) {
      write(join(folder, ".mcp.json"), { mcpServers: { cx: TRISH } });
      write(join(folder, ".claude/settings.json"), { permissions: { deny: ["mcp__cx__ask-codex"] } });
    }
    await go([project, other]);
    changeFile(servers, ({ mcpServers }) => mcpServers.cx.args.push("-m"));
    undo(stateDir, false);
    expect(readJson(settings).permissions.deny).toEqual(CLOSED);
    expect(readJson(join(other, ".mcp.json")).mcpServers.cx).toEqual(TRISH);
    expect(readJson(join(other, ".claude/settings.json")).permissions.deny).toEqual(["mcp__cx__ask-codex"]);
  });

  test("a server stays with the rules that close it where the rule of the old server was tidied away", async () => {
    write(servers, { mcpServers: { cx: TRISH } });
    write(settings, { permissions: { deny: ["mcp__cx__ask-codex"] } });
    await go();
    write(settings, { permissions: { deny: ADDED } });
    expect(texts(undo(stateDir, false))).toContainEqual(
      expect.stringMatching(
        /^failed: the rule mcp__cx__codex stays: put the rule mcp__cx__ask-codex back beside it first/,
      ),
    );
    expect(readJson(servers).mcpServers.cx.command).toBe("node");
    expect(readJson(settings).permissions.deny).toEqual(ADDED);
    write(settings, { permissions: { deny: ["Read", ...CLOSED] } });
    undo(stateDir, false);
    expect(readJson(servers).mcpServers.cx).toEqual(TRISH);
    expect(readJson(settings).permissions.deny).toEqual(["Read", "mcp__cx__ask-codex"]);
    expect(undo(stateDir, false)).toBeUndefined();
  });

  test("rules that were added are taken out one by one, and those that the user wrote since stay", async () => {
    write(servers, { mcpServers: { cx: TRISH } });
    write(settings, { permissions: { deny: ["mcp__cx__ask-codex"], allow: ["Read"] } });
    await go();
    changeFile(settings, ({ permissions }) => {
      permissions.deny.splice(2, 0, "Bash(rm *)");
      permissions.allow.push("mcp__cx__codex");
    });
    undo(stateDir, false);
    expect(readJson(settings).permissions).toEqual({
      deny: ["mcp__cx__ask-codex", "Bash(rm *)"],
      allow: ["Read", "mcp__cx__codex"],
    });
  });

  test("a file that is away waits on record, and holds up none before it", async () => {
    const other = join(root, "other/.mcp.json");
    write(other, { mcpServers: { a: TRISH } });
    await go([other]);
    write(servers, { mcpServers: { a: TRISH } });
    await go();
    const migrated = readFileSync(servers, "utf8");
    rmSync(servers);
    undo(stateDir, false);
    expect(readJson(other).mcpServers).toEqual({ a: TRISH });
    expect(texts(undo(stateDir, false))).toEqual([expect.stringMatching(/^failed: is not there now; its copy: /)]);
    write(servers, migrated);
    undo(stateDir, false);
    expect(readJson(servers).mcpServers).toEqual({ a: TRISH });
  });

  test("an entry that is gone is told as gone", async () => {
    write(servers, { mcpServers: { a: TRISH, b: TRISH } });
    await go();
    changeFile(servers, ({ mcpServers }) => delete mcpServers.a);
    expect(texts(undo(stateDir, false))).toContainEqual(
      expect.stringMatching(/^note: mcpServers\.a is gone; the copy/),
    );
    expect(readJson(servers).mcpServers).toEqual({ b: TRISH });
  });

  test("two migrations, the newer first", async () => {
    write(servers, { mcpServers: { a: TRISH } });
    await go();
    changeFile(servers, ({ mcpServers }) => (mcpServers.b = CODEX));
    await go();
    undo(stateDir, false);
    expect(readJson(servers).mcpServers).toEqual({ a: { command: "node", args: own.args }, b: CODEX });
    undo(stateDir, false);
    expect(readJson(servers).mcpServers).toEqual({ a: TRISH, b: CODEX });
  });
});

describe("rules", () => {
  test("one that allows and cannot be added is told, with what to add", async () => {
    write(servers, { mcpServers: { cx: TRISH } });
    write(settings, { permissions: { allow: ["mcp__cx__ask-codex"] } });
    chmodSync(settings, 0o444);
    expect(texts(await go())).toContainEqual(
      expect.stringMatching(
        /^failed: is read-only; left as it is\. Add mcp__cx__codex, mcp__cx__codex-ask, mcp__cx__agent_job to permissions\.allow there/,
      ),
    );
    expect(readJson(servers).mcpServers.cx.command).toBe("node");
    expect(readJson(settings).permissions.allow).toEqual(["mcp__cx__ask-codex"]);
  });

  test("one that denies and cannot be joined by one for the bridge holds its server back", async () => {
    write(servers, { mcpServers: { cx: TRISH } });
    write(settings, DENY);
    chmodSync(settings, 0o444);
    expect(texts(await go())).toEqual([
      expect.stringMatching(
        /^failed: cx: left as it is: the rule mcp__cx__ask-codex in .*settings\.json would not apply to the bridge, and mcp__cx__codex, .* cannot be added: that file is read-only\. Add them by hand, or fix the file; then migrate again$/,
      ),
    ]);
    expect(readJson(servers).mcpServers.cx).toEqual(TRISH);
    // By hand, as where somebody else administers the file.
    chmodSync(settings, 0o644);
    write(settings, { permissions: { deny: CLOSED } });
    chmodSync(settings, 0o444);
    await go();
    expect(readJson(servers).mcpServers.cx.command).toBe("node");
  });

  test("one of the user's that denies stays for a server of that name in another project", async () => {
    const users = join(root, "home/.claude/settings.json");
    const other = join(root, "other/.mcp.json");
    write(users, DENY);
    write(servers, { mcpServers: { cx: TRISH } });
    write(other, { mcpServers: { cx: TRISH } });
    write(join(root, "home/.claude.json"), { projects: { [dirname(other)]: {} } });
    expect(texts(await go())).toContainEqual(
      expect.stringMatching(/added to deny also apply to the server of the same name in .*other\/\.mcp\.json$/),
    );
    expect(readJson(users).permissions.deny).toEqual(CLOSED);
    expect([servers, other].map((path) => readJson(path).mcpServers.cx.command)).toEqual(["node", "npx"]);
    await go([project, dirname(other)]);
    expect(readJson(users).permissions.deny).toEqual(CLOSED);
    expect(readJson(other).mcpServers.cx.command).toBe("node");
  });

  test("one of the project's follows its own server, whatever another project has", async () => {
    const other = join(root, "other/.mcp.json");
    write(settings, DENY);
    write(servers, { mcpServers: { cx: TRISH } });
    write(other, { mcpServers: { cx: TRISH } });
    write(join(root, "home/.claude.json"), { projects: { [dirname(other)]: {} } });
    await go();
    expect(readJson(settings).permissions.deny).toEqual(CLOSED);
  });

  test("a server below the root of the repository has its rules there", async () => {
    const below = join(project, "sub/.mcp.json");
    write(below, { mcpServers: { cx: TRISH } });
    write(settings, DENY);
    await go([below]);
    expect(readJson(settings).permissions.deny).toEqual(CLOSED);
  });

  test("a server of the user's has its rules in every project, but where the project has its own", async () => {
    const [other, own] = [join(root, "other"), join(root, "own")];
    const user = join(root, "home/.claude.json");
    write(user, {
      mcpServers: { cx: TRISH },
      projects: { [other]: {}, [own]: { mcpServers: { cx: { command: "x" } } } },
    });
    for (const folder of [other, own]) write(join(folder, ".claude/settings.local.json"), DENY);
    await go();
    expect(readJson(user).mcpServers.cx.command).toBe("node");
    expect(readJson(join(other, ".claude/settings.local.json")).permissions.deny).toEqual(CLOSED);
    expect(readJson(join(own, ".claude/settings.local.json"))).toEqual(DENY);
  });

  test.each(["mcp__cx__ask*", "mcp__*__ask-codex"])("%s, denied, is joined by rules for the bridge", async (rule) => {
    write(servers, { mcpServers: { cx: TRISH } });
    write(settings, { permissions: { deny: [rule] } });
    await go();
    expect(readJson(settings).permissions.deny).toEqual([rule, ...ADDED]);
    expect(readJson(servers).mcpServers.cx.command).toBe("node");
  });

  test.each(["mcp__cx__what-is-new", "mcp__cx__what*"])(
    "%s, denied, closes something unknown and holds its server back until all is closed",
    async (rule) => {
      write(servers, { mcpServers: { cx: TRISH } });
      write(settings, { permissions: { deny: [rule] } });
      expect(texts(await go())).toEqual([
        expect.stringMatching(
          /^failed: cx: left as it is: the rule .* closes a tool that is not known here, .* migrate again$/,
        ),
      ]);
      expect(readJson(servers).mcpServers.cx).toEqual(TRISH);
      write(settings, { permissions: { deny: [rule, ...ADDED] } });
      await go();
      expect(readJson(servers).mcpServers.cx.command).toBe("node");
    },
  );

  test.each(["mcp__cx", "mcp__cx__*", "mcp__*"])("%s closes what else the old tool did, too", async (rule) => {
    write(servers, { mcpServers: { cx: TRISH } });
    write(settings, { permissions: { ask: ["mcp__cx__ask-codex", rule] } });
    await go();
    expect(readJson(settings).permissions.ask).toEqual(["mcp__cx__ask-codex", rule]);
  });

  test("the tool that runs Codex by rules is closed with codex, of the official server too", async () => {
    write(servers, { mcpServers: { codex: { command: "codex", args: ["mcp-server"] } } });
    write(settings, { permissions: { allow: ["mcp__codex"], ask: ["mcp__codex__codex"] } });
    await go();
    expect(readJson(settings).permissions.ask).toEqual([
      "mcp__codex__codex",
      "mcp__codex__codex-ask",
      "mcp__codex__codex-review",
      "mcp__codex__review_panel",
      "mcp__codex__route_task",
      "mcp__codex__run_agent",
      "mcp__codex__run_collaboration",
    ]);
  });

  test("one that has no effect on a bridge that somebody else put there is told", async () => {
    write(servers, { mcpServers: { cx: { command: "codex-bridge" } } });
    write(settings, DENY);
    expect(texts(await go())).toContainEqual(
      expect.stringMatching(
        /^failed: the rule mcp__cx__ask-codex has no effect: .*Add mcp__cx__codex, mcp__cx__codex-reply, mcp__cx__codex-ask, mcp__cx__codex-review, mcp__cx__review_panel, mcp__cx__route_task, mcp__cx__run_agent, mcp__cx__run_collaboration, mcp__cx__agent_job_control to deny/,
      ),
    );
  });

  test("settings that several projects share by a link close both servers", async () => {
    const other = join(root, "other");
    for (const folder of [project, other]) write(join(folder, ".mcp.json"), { mcpServers: { cx: TRISH } });
    write(settings, { permissions: { allow: ["mcp__cx__ask-codex"] } });
    symlinkSync(join(project, ".claude"), join(other, ".claude"));
    write(join(root, "home/.claude.json"), { projects: { [project]: {}, [other]: {} } });
    await go();
    expect(readJson(settings).permissions.allow).toEqual(["mcp__cx__ask-codex"]);
    undo(stateDir, false);
    write(settings, DENY);
    await go();
    expect(readJson(settings).permissions.deny).toEqual(CLOSED);
    await go([project, other]);
    expect(readJson(settings).permissions.deny).toEqual(CLOSED);
  });

  test("settings that cannot be read may have rules", async () => {
    write(servers, { mcpServers: { cx: TRISH, codex: { command: "codex", args: ["mcp-server"] } } });
    write(settings, '{"permissions": {"deny": ["mcp__cx__ask-codex"]}');
    await go();
    expect(readJson(servers).mcpServers.cx).toEqual(TRISH);
    expect(readJson(servers).mcpServers.codex.command).toBe("node");
  });

  test("a second run has nothing to say of what the first one did", async () => {
    write(servers, { mcpServers: { cx: TRISH } });
    write(settings, { permissions: { allow: ["mcp__cx__ask-codex"], deny: ["mcp__cx__do-act(x)"] } });
    await go();
    expect(texts(await go())).toEqual(["already: cx: is this bridge already"]);
  });

  test("one that allowed nothing and allows something now is told", async () => {
    write(servers, { mcpServers: { cx: TRISH } });
    write(settings, { permissions: { allow: ["mcp__cx__codex"] } });
    expect(texts(await go())).toContain(
      "note: the rule mcp__cx__codex allowed nothing before, and allows that tool now",
    );
  });

  test("a server of a project above has its rules there", async () => {
    const inner = join(project, "inner");
    mkdirSync(join(inner, ".git"), { recursive: true });
    write(servers, { mcpServers: { cx: TRISH } });
    write(settings, DENY);
    const claude = { env: { HOME: join(root, "home") }, cwd: inner };
    await migrate(toOptions(findClaudeTargets(claude, REGISTRATION_SCOPES)));
    expect(readJson(settings).permissions.deny).toEqual(CLOSED);
  });

  test("what holds below a folder does not stand for the folder", async () => {
    const user = join(root, "home/.claude.json");
    write(settings, DENY);
    write(user, {
      mcpServers: { cx: TRISH },
      projects: { [project]: {}, [join(project, "app")]: { mcpServers: { cx: { command: "x" } } } },
    });
    await go();
    expect(readJson(user).mcpServers.cx.command).toBe("node");
    expect(readJson(settings).permissions.deny).toEqual(CLOSED);
  });

  test("a denied name that was allowed while it meant nothing is denied", async () => {
    write(servers, { mcpServers: { cx: TRISH } });
    write(settings, { permissions: { allow: ["mcp__cx__codex"], deny: ["mcp__cx__ask-codex"] } });
    await go();
    expect(readJson(settings).permissions.deny).toEqual(CLOSED);
  });

  test("a bridge that replaced nothing leaves old rules dead", async () => {
    write(servers, { mcpServers: { cx: { command: "codex-bridge" } } });
    write(settings, { permissions: { allow: ["mcp__cx__ask-codex"] } });
    await go();
    expect(readJson(settings).permissions.allow).toEqual(["mcp__cx__ask-codex"]);
  });

  test("the user's own settings follow a named path, as long as no other project has a server of that name", async () => {
    const users = join(root, "home/.claude/settings.json");
    const rules = { permissions: { allow: ["mcp__cx__ask-codex"] } };
    write(users, rules);
    write(servers, { mcpServers: { cx: TRISH } });
    write(join(root, "home/.claude.json"), { projects: { "/other": { mcpServers: { cx: TRISH } } } });
    await go([servers]);
    expect(readJson(users)).toEqual(rules);
    write(join(root, "home/.claude.json"), {});
    undo(stateDir, false);
    await go([servers]);
    expect(readJson(users).permissions.allow).toEqual([
      "mcp__cx__ask-codex",
      "mcp__cx__codex",
      "mcp__cx__codex-ask",
      "mcp__cx__agent_job",
    ]);
  });

  test("hooks, wildcards and texts that name a tool of another name now are told, and stay", async () => {
    write(servers, { mcpServers: { cx: TRISH } });
    const matchers = ["mcp__cx__ask-codex|Bash", "mcp__cx__.*", "mcp__cx__ask.*", "mcp__cx__health", "Bash"];
    write(settings, {
      permissions: { allow: ["mcp__cx__*", "mcp__cx__ask*", "mcp__cx__health"] },
      hooks: { PreToolUse: matchers.map((matcher) => ({ matcher, hooks: [] })), odd: 5 },
    });
    const agent = join(project, ".claude/agents/deep/helper.md");
    write(agent, "---\ntools: Read, mcp__cx__ask-codex\n---\nNot mcp__cx__ask-codex-2.\n");
    const before = readFileSync(settings, "utf8");
    const report = await go();
    const told = report.files.filter(({ file }) => file !== servers);
    const changed = "names tools that changed: mcp__cx__ask-codex is mcp__cx__codex now";
    expect(told.map(({ file, findings }) => [file, findings.map(({ text }) => text)])).toEqual([
      [
        settings,
        [
          "the rule mcp__cx__health names a tool without a counterpart; you may remove it",
          `the hook matcher mcp__cx__ask-codex|Bash is left as it is, but ${changed}`,
          `the hook matcher mcp__cx__ask.* is left as it is, but ${changed}`,
          "the hook matcher mcp__cx__health is left as it is, but names tools that changed: mcp__cx__health is gone",
          `the rule mcp__cx__ask* is left as it is, but ${changed}`,
        ],
      ],
      [agent, [`line 2 is left as it is, but ${changed}`]],
    ]);
    expect(readFileSync(settings, "utf8")).toBe(before);
  });
});

describe("a plugin", () => {
  const manifest = (mcpServers: unknown) =>
    write(join(project, ".claude-plugin/plugin.json"), { name: "p", mcpServers });

  test("its manifest lists files and servers; its own folder names it too", async () => {
    manifest(["./one.json", "./two.json", { inline: TRISH }]);
    for (const name of ["one", "two"]) write(join(project, `${name}.json`), { mcpServers: { [name]: TRISH } });
    await go([join(project, ".claude-plugin")]);
    expect(readJson(join(project, "one.json")).mcpServers.one.command).toBe("node");
    expect(readJson(join(project, "two.json")).mcpServers.two.command).toBe("node");
    expect(readJson(join(project, ".claude-plugin/plugin.json")).mcpServers[2].inline.command).toBe("node");
    undo(stateDir, false);
    expect(readJson(join(project, ".claude-plugin/plugin.json")).mcpServers[2].inline).toEqual(TRISH);
  });

  test("its hooks are told", async () => {
    manifest({ cx: TRISH });
    const hooks = { hooks: { PreToolUse: [{ matcher: "mcp__plugin_p_cx__ask-codex", hooks: [] }] } };
    write(join(project, "hooks/hooks.json"), hooks);
    expect(texts(await go([project]))).toContainEqual(
      expect.stringContaining("hook matcher mcp__plugin_p_cx__ask-codex"),
    );
  });

  test("a file of its own that is a link to another's is not touched", async () => {
    const outside = join(root, "outside.json");
    write(outside, { cx: TRISH });
    symlinkSync(outside, join(project, ".mcp.json"));
    manifest({});
    await go([project]);
    expect(readJson(outside)).toEqual({ cx: TRISH });
  });

  test("files that are not its own are not touched, by a link neither", async () => {
    const outside = join(root, "outside.json");
    write(outside, { mcpServers: { cx: TRISH } });
    symlinkSync(outside, join(project, "link.json"));
    manifest(["../outside.json", "./link.json", "./gone.json"]);
    const { skipped } = findNamedTargets([project], { env: { HOME: root }, cwd: project });
    expect(skipped.map(({ path, reason }) => `${path} ${reason.split("but ")[1]}`)).toEqual([
      "../outside.json it is not a file of the plugin",
      "./link.json it is not a file of the plugin",
      "./gone.json it is not there",
    ]);
    await go([project]);
    expect(readJson(outside).mcpServers).toEqual({ cx: TRISH });
  });
});

describe("what cannot be kept is left", () => {
  test("comments inside args: that entry, and no other", async () => {
    const entry = '{ "command": "codex", "args": [/* why */ "mcp-server"] }';
    write(servers, `{ "mcpServers": { "a": ${entry}, "b": { "command": "codex-mcp-server" } } }`);
    expect(texts(await go())).toContainEqual(expect.stringMatching(/^failed: a: left .* comments inside args/));
    const text = readFileSync(servers, "utf8");
    expect(text).toContain(`"a": ${entry}`);
    expect(text).toContain(`"b": { "command": "node", "args": [${JSON.stringify(own.args[0])}] }`);
  });

  test("all or nothing: what another program changes meanwhile holds up the rest", async () => {
    const user = join(root, "home/.claude.json");
    write(user, { mcpServers: { other: CODEX } });
    write(servers, { mcpServers: { cx: TRISH } });
    write(settings, { permissions: { deny: ["mcp__cx__ask-codex"] } });
    onProof = () => write(settings, { permissions: { deny: ["mcp__cx__ask-codex"] }, more: 1 });
    const before = [readFileSync(user, "utf8"), readFileSync(servers, "utf8")];
    // Read after the proofs, settings are what they are; a file with servers was read before.
    await go();
    expect(readJson(settings).permissions.deny).toEqual(CLOSED);
    undo(stateDir, false);
    onProof = () => write(user, { mcpServers: { other: CODEX }, history: 1 });
    expect(texts(await go())).toContainEqual(expect.stringMatching(/was changed by another program meanwhile/));
    expect(readFileSync(servers, "utf8")).toBe(before[1]);
    expect(readJson(user)).toEqual({ mcpServers: { other: CODEX }, history: 1 });
    expect(readJson(settings).permissions.deny).toEqual(["mcp__cx__ask-codex"]);
    expect(undo(stateDir, false)).toBeUndefined();
  });

  test("settings that another program changes between plan and write: nothing is written", () => {
    write(settings, { permissions: { deny: ["mcp__cx__ask-codex"] } });
    write(servers, { mcpServers: { cx: TRISH } });
    const drafts = new Drafts();
    const change = (path: string, kind: "server" | "rule", change: JsonChange) =>
      drafts.open(path).edits.push({ kind, prefix: "mcp__cx", reach: project, isClosing: true, changes: [change] });
    change(servers, "server", { path: ["mcpServers", "cx", "command"], before: "npx", after: "node" });
    change(settings, "rule", { path: ["permissions", "deny", 1], after: "mcp__cx__codex" });
    write(settings, { permissions: { deny: [] } });
    const report = writeDrafts(drafts.list(), { isDryRun: false, stateDir });
    expect(texts(report)).toEqual([
      expect.stringMatching(
        /^failed: was not changed, since .*settings\.json was changed by another program meanwhile/,
      ),
      "failed: was changed by another program meanwhile; left as it is",
    ]);
    expect(readJson(servers).mcpServers.cx).toEqual(TRISH);
    expect(readJson(settings)).toEqual({ permissions: { deny: [] } });
    expect(undo(stateDir, false)).toBeUndefined();
  });

  test("a settings file of more than 64 MiB is not read, and holds its servers back", async () => {
    write(servers, { mcpServers: { cx: TRISH } });
    write(settings, DENY);
    truncateSync(settings, 67_108_865);
    expect(texts(await go())).toContainEqual(
      expect.stringMatching(/^failed: cx: left as it is: .*settings\.json cannot be read, and may have rules/),
    );
    expect(readJson(servers).mcpServers.cx).toEqual(TRISH);
  });

  test("comments, order and form of a settings file", async () => {
    const text =
      '{ // mine\n  "permissions": {\n    "deny": [\n      "Read", // why\n      "mcp__cx__ask-codex", /* closed */\n    ],\n    "allow": ["Edit"],\n  },\n}\n';
    write(servers, { mcpServers: { cx: TRISH } });
    write(settings, text);
    await go();
    const added = ADDED.map((rule) => `,\n      "${rule}"`).join("");
    expect(readFileSync(settings, "utf8")).toBe(text.replace('"mcp__cx__ask-codex"', `"mcp__cx__ask-codex"${added}`));
    writeFileSync(settings, `${readFileSync(settings, "utf8")}// theirs\n`);
    undo(stateDir, false);
    expect(readFileSync(settings, "utf8")).toBe(`${text}// theirs\n`);
  });

  test("pipes and devices are not waited for", async () => {
    write(servers, { mcpServers: { cx: TRISH } });
    execFileSync("mkfifo", [join(project, "CLAUDE.md")]);
    symlinkSync("/dev/zero", join(project, "CLAUDE.local.md"));
    await go();
    expect(readJson(servers).mcpServers.cx.command).toBe("node");
  });

  test.each([1_500, 3_000, 100_000])("a file with a list %i deep is left, and no other", async (depth) => {
    const deep = join(root, "deep/.mcp.json");
    write(deep, `{"mcpServers": {"cx": ${JSON.stringify(TRISH)}}, "x": ${"[".repeat(depth)}${"]".repeat(depth)}}`);
    write(servers, { mcpServers: { cx: TRISH } });
    await go([deep, servers]);
    expect(readJson(servers).mcpServers.cx.command).toBe("node");
  });

  test("a large file, and one with much white space, are no work", async () => {
    const projects = Object.fromEntries(
      Array.from({ length: 2_000 }, (_, at) => [`/p/${at}`, { history: Array(20).fill("what was asked of Claude") }]),
    );
    write(join(root, "home/.claude.json"), { mcpServers: { cx: CODEX }, projects });
    write(
      servers,
      `{"x": 1,${" ".repeat(200_000)}"mcpServers": {"cx": {"type": "stdio", "command": "codex-mcp-server"}}}`,
    );
    const report = await go();
    expect(report.files.map(({ diff }) => diff?.includes("+"))).toEqual([true, true]);
    undo(stateDir, false);
    expect(readJson(servers).mcpServers.cx.command).toBe("codex-mcp-server");
  });

  test("a file with a thousand registrations and rules is planned as a whole", { timeout: 30_000 }, async () => {
    const user = join(root, "home/.claude.json");
    const entry = { allowedTools: ["mcp__cx__ask-codex"], mcpServers: { cx: TRISH } };
    const history = Array(20).fill("what was asked of Claude");
    const projects = Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`/p/${at}`, { ...entry, history }]));
    write(user, { projects });
    const report = await go([user]);
    expect(texts(report).filter((text) => text.startsWith("change"))).toHaveLength(4_000);
    expect(readJson(user).projects["/p/999"].allowedTools).toEqual([
      "mcp__cx__ask-codex",
      "mcp__cx__codex",
      "mcp__cx__codex-ask",
      "mcp__cx__agent_job",
    ]);
    changeFile(user, (value) => (value.more = 1));
    undo(stateDir, false);
    expect(readJson(user)).toEqual({ projects, more: 1 });
  });

  test("what comments say is not shown", async () => {
    const old = '// "env": { "KEY": "hunter2" },\n';
    write(servers, `{ "mcpServers": {\n${old}"cx": { "command": "codex-mcp-server" /* hunter3 */ } } }`);
    const [{ diff = "" } = {}] = (await go()).files;
    expect(diff).toContain('"command": "node"');
    expect(diff).not.toContain("hunter");
    expect(readFileSync(servers, "utf8")).toContain(old);
  });

  test("two at once: the second is refused", async () => {
    await whileAlone(stateDir, project, async () => {
      await expect(whileAlone(stateDir, "/elsewhere", () => 1)).rejects.toThrow(
        `another set-up or migration is running (process ${process.pid} in ${project})`,
      );
    });
    expect(await whileAlone(stateDir, project, () => 1)).toBe(1);
  });

  test("a state folder that takes no copies: nothing is changed", async () => {
    write(stateDir, "a file");
    write(servers, { mcpServers: { a: TRISH } });
    await expect(go()).rejects.toThrow(
      /copies of the files cannot be kept in .*state \((EEXIST|ENOTDIR)\), so nothing was changed/,
    );
    expect(readJson(servers).mcpServers).toEqual({ a: TRISH });
    expect(readdirSync(project).sort()).toEqual([".git", ".mcp.json"]);
  });
});
