// Codex's command rules let commands out of every sandbox: shown by turns of the real Codex CLI that a rule would let out.
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { chooseRules } from "../../src/agents/codex-exec/launch/rules-choice.ts";
import { READ_ONLY } from "../../src/domain/sandbox.ts";
import type { TurnRequest } from "../../src/domain/turn.ts";
import { startBridge, type TestBridge, type ToolResult } from "../support/bridge.ts";
import { CLI, createLab, type Lab, runThenSay } from "../support/lab.ts";

const ALLOW = 'prefix_rule(pattern=["touch"], decision="allow")\n';
const FORBID = 'prefix_rule(pattern=["touch"], decision="forbidden")\n';
const HONOUR = { BRIDGE_CODEX_RULES: "honour" };
// 0.50 knows no rules, 0.120 knows them and has no option that leaves them out.
const KNOWS_RULES = CLI.takesInstructions;

let lab: Lab;
let bridge: TestBridge;
let tries = 0;

beforeEach(async () => {
  lab = await createLab();
  bridge = await startBridge({ env: lab.env, cwd: lab.project });
});
afterEach(async () => {
  await bridge.close();
  await lab.close();
});

async function restart(env: Record<string, string>): Promise<void> {
  await bridge.close();
  bridge = await startBridge({ env: { ...lab.env, ...env }, cwd: lab.project });
}

function addRules(text: string, folder = join(lab.codexHome, "rules")): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "default.rules"), text);
}

/** A turn that tries to write outside; says whether it could. */
async function tryOutside(args: Record<string, unknown>): Promise<{ escaped: boolean; result: ToolResult }> {
  tries += 1;
  const file = join(lab.outside, `out-${tries}`);
  lab.respond(runThenSay(`touch ${file}`));
  const tool = args["threadId"] === undefined ? "codex" : "codex-reply";
  const result = await bridge.call(tool, { prompt: "try", ...args });
  return { escaped: existsSync(file), result };
}

const warningsOf = (result: ToolResult) => JSON.stringify(result.structured["warnings"] ?? []);

describe("a rule that allows a command", () => {
  test.each(["read-only", "workspace-write"])("does not let it out of a thread that is %s", async (sandbox) => {
    addRules(ALLOW);
    const { escaped, result } = await tryOutside({ sandbox });
    expect(escaped).toBe(false);
    if (CLI.ignoresRules || !KNOWS_RULES) {
      expect(result.isError).toBe(false);
      return;
    }
    expect(result.text).toContain("[CODEX_UNSUPPORTED]");
    expect(result.text).toContain(join(lab.codexHome, "rules/default.rules"));
    expect(result.text).toContain("BRIDGE_CODEX_RULES=honour");
  });

  test("does not let it out of a running thread when it is added later, after a restart neither", async () => {
    const { result } = await tryOutside({ sandbox: "read-only" });
    const { threadId } = result.structured;
    addRules(ALLOW);
    expect((await tryOutside({ threadId })).escaped).toBe(false);
    await restart({});
    expect((await tryOutside({ threadId })).escaped).toBe(false);
  });

  test("of a trusted project does not let it out, nor one of a folder in it", async () => {
    lab.writeConfig({ tables: `[projects."${lab.project}"]\ntrust_level = "trusted"\n` });
    addRules(ALLOW, join(lab.project, ".codex/rules"));
    expect((await tryOutside({ sandbox: "read-only" })).escaped).toBe(false);
    rmSync(join(lab.project, ".codex"), { recursive: true });
    const cwd = join(lab.project, "sub");
    addRules(ALLOW, join(cwd, ".codex/rules"));
    expect((await tryOutside({ sandbox: "read-only", cwd })).escaped).toBe(false);
  });

  test("of a project without trust does not let it out", async () => {
    addRules(ALLOW, join(lab.project, ".codex/rules"));
    expect((await tryOutside({ sandbox: "read-only" })).escaped).toBe(false);
    expect((await tryOutside({ sandbox: "workspace-write" })).escaped).toBe(false);
  });

  test.runIf(KNOWS_RULES)("lets it out where the user wants that: BRIDGE_CODEX_RULES=honour", async () => {
    addRules(ALLOW);
    await restart(HONOUR);
    expect((await tryOutside({ sandbox: "read-only" })).escaped).toBe(true);
  });
});

describe.runIf(KNOWS_RULES)("a rule that forbids a command", () => {
  test("stays in force where no rule allows anything, in full access too", async () => {
    addRules(FORBID);
    await restart({ BRIDGE_MAX_SANDBOX: "danger-full-access" });
    const { result, escaped } = await tryOutside({ sandbox: "danger-full-access" });
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
    async () => {
      addRules(`${ALLOW}prefix_rule(pattern=["rm"], decision="forbidden")\n`);
      const { result } = await tryOutside({ sandbox: "read-only" });
      expect(warningsOf(result)).toContain("Command rules that forbid commands were left out too");
      const later = await tryOutside({ threadId: result.structured.threadId });
      expect(warningsOf(later.result)).not.toContain("rules");
    },
  );
});

test("rules of the machine that may let commands out end the call, since no option leaves them out", async () => {
  addRules(ALLOW, join(lab.root, "etc-rules"));
  const request: TurnRequest = {
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
    code: "CODEX_UNSUPPORTED",
  });
  await expect(chooseRules(request, CLI, { ...scope, mode: "honour" })).resolves.toMatchObject({ isIgnored: false });
});
