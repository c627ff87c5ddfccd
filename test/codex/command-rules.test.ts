// Codex's command rules let commands out of every sandbox: shown by turns of the real Codex CLI that a rule would let out.
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { chooseRules } from "../../src/agents/codex/launch/rules-choice.ts";
import type { CodexTurnRequest } from "../../src/agents/codex/turn/codex-turn-request.ts";
import { READ_ONLY } from "../../src/domain/sandbox.ts";
import type { ToolResult } from "../support/bridge.ts";
import { type LabBridge, test } from "../support/fixture.ts";
import { CLI, type Lab, ON_APP_SERVER, runThenSay } from "../support/lab.ts";

const ALLOW = 'prefix_rule(pattern=["touch"], decision="allow")\n';
const FORBID = 'prefix_rule(pattern=["touch"], decision="forbidden")\n';
const HONOUR = { BRIDGE_CODEX_RULES: "honour" };
// 0.50 knows no rules, 0.120 knows them and has no option that leaves them out.
const KNOWS_RULES = CLI.takesInstructions;

let tries = 0;

function addRules(lab: Lab, text: string, folder = join(lab.codexHome, "rules")): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "default.rules"), text);
}

/** A turn that tries to write outside; says whether it could. */
async function tryOutside(
  lab: Lab,
  bridge: LabBridge,
  args: Record<string, unknown>,
): Promise<{ escaped: boolean; result: ToolResult }> {
  tries += 1;
  const file = join(lab.outside, `out-${tries}`);
  lab.respond(runThenSay(`touch ${file}`));
  const tool = args["threadId"] === undefined ? "codex" : "codex-reply";
  const result = await bridge.call(tool, { prompt: "try", ...args });
  return { escaped: existsSync(file), result };
}

const warningsOf = (result: ToolResult) => JSON.stringify(result.structured["warnings"] ?? []);

describe("a rule that allows a command", () => {
  test.for(["read-only", "workspace-write"])(
    "does not let it out of a thread that is %s",
    async (sandbox, { lab, bridge }) => {
      addRules(lab, ALLOW);
      const { escaped, result } = await tryOutside(lab, bridge, { sandbox });
      expect(escaped).toBe(false);
      if (CLI.ignoresRules || !KNOWS_RULES) {
        expect(result.isError).toBe(false);
        return;
      }
      expect(result.text).toContain("[AGENT_UNSUPPORTED]");
      expect(result.text).toContain(join(lab.codexHome, "rules/default.rules"));
      expect(result.text).toContain("BRIDGE_CODEX_RULES=honour");
    },
  );

  test("does not let it out of a running thread when it is added later, after a restart neither", async ({
    lab,
    bridge,
  }) => {
    const { result } = await tryOutside(lab, bridge, { sandbox: "read-only" });
    const { threadId } = result.structured;
    addRules(lab, ALLOW);
    expect((await tryOutside(lab, bridge, { threadId })).escaped).toBe(false);
    await bridge.restart({ env: {} });
    expect((await tryOutside(lab, bridge, { threadId })).escaped).toBe(false);
  });

  test("of a trusted project does not let it out, nor one of a folder in it", async ({ lab, bridge }) => {
    lab.writeConfig({ tables: `[projects."${lab.project}"]\ntrust_level = "trusted"\n` });
    addRules(lab, ALLOW, join(lab.project, ".codex/rules"));
    expect((await tryOutside(lab, bridge, { sandbox: "read-only" })).escaped).toBe(false);
    rmSync(join(lab.project, ".codex"), { recursive: true });
    const cwd = join(lab.project, "sub");
    addRules(lab, ALLOW, join(cwd, ".codex/rules"));
    expect((await tryOutside(lab, bridge, { sandbox: "read-only", cwd })).escaped).toBe(false);
  });

  test("of a project without trust does not let it out", async ({ lab, bridge }) => {
    addRules(lab, ALLOW, join(lab.project, ".codex/rules"));
    expect((await tryOutside(lab, bridge, { sandbox: "read-only" })).escaped).toBe(false);
    expect((await tryOutside(lab, bridge, { sandbox: "workspace-write" })).escaped).toBe(false);
  });

  test.runIf(KNOWS_RULES)(
    "lets it out where the user wants that: BRIDGE_CODEX_RULES=honour",
    async ({ lab, bridge }) => {
      addRules(lab, ALLOW);
      await bridge.restart({ env: HONOUR });
      expect((await tryOutside(lab, bridge, { sandbox: "read-only" })).escaped).toBe(true);
    },
  );
});

describe.runIf(KNOWS_RULES)("a rule that forbids a command", () => {
  test("stays in force where no rule allows anything, in full access too", async ({ lab, bridge }) => {
    addRules(lab, FORBID);
    await bridge.restart({ env: { BRIDGE_MAX_SANDBOX: "danger-full-access" } });
    const { result, escaped } = await tryOutside(lab, bridge, { sandbox: "danger-full-access" });
    expect(result.isError).toBe(false);
    expect(escaped).toBe(false);
    const inside = join(lab.project, "in");
    lab.respond(runThenSay(`touch ${inside}`));
    const narrow = await bridge.call("codex", { prompt: "try", sandbox: "workspace-write" });
    expect(narrow.isError).toBe(false);
    expect(existsSync(inside)).toBe(false);
    expect(warningsOf(narrow)).not.toContain("rules");
  });

  test.runIf(CLI.ignoresRules)(
    "is named when it is left out together with one that allows, once a thread",
    async ({ lab, bridge }) => {
      addRules(lab, `${ALLOW}prefix_rule(pattern=["rm"], decision="forbidden")\n`);
      const { result } = await tryOutside(lab, bridge, { sandbox: "read-only" });
      // The app server keeps the one that forbids in force.
      if (ON_APP_SERVER) expect(warningsOf(result)).not.toContain("rules");
      else expect(warningsOf(result)).toContain("Command rules that forbid commands were ignored too");
      const later = await tryOutside(lab, bridge, { threadId: result.structured.threadId });
      expect(warningsOf(later.result)).not.toContain("rules");
    },
  );

  test.runIf(ON_APP_SERVER)("is in force beside one that allows", async ({ lab, bridge }) => {
    addRules(lab, `${FORBID}prefix_rule(pattern=["mkdir"], decision="allow")\n`);
    const [made, folder] = [join(lab.project, "made"), join(lab.project, "folder")];
    lab.respond(runThenSay(`touch ${made}`));
    await bridge.call("codex", { prompt: "x", sandbox: "workspace-write" });
    lab.respond(runThenSay(`mkdir ${folder}`));
    await bridge.call("codex", { prompt: "x", sandbox: "workspace-write" });
    expect([made, folder].map((path) => existsSync(path))).toEqual([false, true]);
  });

  test.runIf(CLI.ignoresRules)(
    "added while its thread is open is in force in the next turn",
    async ({ lab, bridge }) => {
      lab.respond(runThenSay(`touch ${join(lab.project, "first")}`));
      const { threadId } = (await bridge.call("codex", { prompt: "x", sandbox: "workspace-write" })).structured;
      addRules(lab, FORBID);
      lab.respond(runThenSay(`touch ${join(lab.project, "second")}`));
      await bridge.call("codex-reply", { prompt: "y", threadId });
      expect(["first", "second"].map((name) => existsSync(join(lab.project, name)))).toEqual([true, false]);
    },
  );

  test("in a file that Codex cannot read ends the call, or is told", async ({ lab, bridge }) => {
    // The bridge's own reader takes it for one that only forbids.
    addRules(lab, 'prefix_rule(pattern=["touch"], decision="forbidden", nonsense="x")\n');
    const { result } = await tryOutside(lab, bridge, { sandbox: "read-only" });
    expect(result.text).toMatch(/^\[CONFIG_INVALID\] Codex cannot read one of its rules files/);
    expect(lab.standIn.requests).toHaveLength(0);
    addRules(lab, FORBID);
    expect((await tryOutside(lab, bridge, { sandbox: "read-only" })).result.isError).toBe(false);
  });
});

test("rules of the machine that may let commands out end the call, since no option leaves them out", async ({
  lab,
}) => {
  addRules(lab, ALLOW, join(lab.root, "etc-rules"));
  const request: CodexTurnRequest = {
    frame: { cwd: lab.project, sandbox: READ_ONLY, approvalPolicy: "never", config: {}, backend: "codex-exec" },
    threadId: undefined,
    prompt: "",
    images: [],
    outputSchema: undefined,
    deadlineMs: 1_000,
    silenceMs: 1_000,
    quietMs: 1_000,
    signal: new AbortController().signal,
    onEvent: () => {},
    ask: async () => ({ kind: "nobody to ask" }) as const,
  };
  const scope = {
    codexHome: lab.codexHome,
    run: async () => ({
      ...{ exitCode: 0, stdout: "Usage: codex execpolicy", stderr: "" },
      ...{ wasEnded: false, signal: undefined, spawnError: undefined },
    }),
    foreign: [],
    systemFolder: join(lab.root, "etc-rules"),
  };
  await expect(chooseRules(request, CLI, { ...scope, mode: "ignore" })).rejects.toMatchObject({
    code: "AGENT_UNSUPPORTED",
  });
  await expect(chooseRules(request, CLI, { ...scope, mode: "honour" })).resolves.toMatchObject({ isIgnored: false });
});
