// What Codex asks about, on the app server: the question reaches the person, and what they decide is what happens.
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ElicitResult } from "@modelcontextprotocol/sdk/types.js";
import { describe, expect } from "vitest";
import { type LabBridge, type LabBridgeOptions, test as labTest } from "../support/fixture.ts";
import { CLI, type Lab, NATIVE_CODEX, type Respond, runThenSay, until } from "../support/lab.ts";

const accept = (content: Record<string, unknown>): ElicitResult => ({ action: "accept", content }) as ElicitResult;
const choose = (decision: string): ElicitResult => accept({ decision });

interface Person {
  answer: (message: string) => ElicitResult | Promise<ElicitResult>;
  readonly forms: string[];
}
const test = labTest
  .extend("person", (): Person => ({ answer: () => choose("no"), forms: [] }))
  .extend(
    "bridgeOptions",
    ({ person }): LabBridgeOptions => ({
      env: { BRIDGE_BACKEND: "app-server" },
      onForm: (message) => {
        person.forms.push(message);
        return person.answer(message);
      },
    }),
  );

const VERSION = execFileSync(NATIVE_CODEX, ["--version"], { encoding: "utf8", env: {} });
/** With rules that are kept inside, 0.160 asks, and keeps an allowed command inside all the same. */
const LEAVES_SANDBOX = !VERSION.includes(" 0.160.");

/** Whether a process with such a command line runs. */
const runs = (piece: string): boolean =>
  readdirSync("/proc").some((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").includes(piece);
    } catch {
      return false;
    }
  });

/** Answers the requests of a turn one after the other; the last one is told what came of them. */
function inOrder(...items: Record<string, unknown>[]): Respond {
  return (request) => {
    const made = request.toolOutputs.length;
    const item = items[made];
    if (item === undefined) return { steps: [{ say: `told: ${request.toolOutputs.join(" | ")}` }] };
    const done = { ...item, call_id: `call_${made}` };
    const events = [
      { type: "response.output_item.done", output_index: 0, item: done },
      { type: "response.completed", response: { id: `r${made}` } },
    ];
    return { events };
  };
}
const call = (name: string, args: unknown, namespace?: string): Record<string, unknown> => ({
  ...{ type: "function_call", name, arguments: JSON.stringify(args) },
  ...(namespace === undefined ? {} : { namespace }),
});
const run = (cmd: string): Record<string, unknown> => call("exec_command", { cmd, yield_time_ms: 20_000 });
const escalate = (cmd: string): Record<string, unknown> =>
  call("exec_command", { cmd, sandbox_permissions: "require_escalated", justification: "because I want" });
const patch = (path: string): Record<string, unknown> => ({
  ...{ type: "custom_tool_call", name: "apply_patch" },
  input: `*** Begin Patch\n*** Add File: ${path}\n+hello\n+there\n*** End Patch\n`,
});

const warningsOf = ({ structured }: { structured: Record<string, unknown> }): string =>
  String(structured["warnings"] ?? "");
const start = (bridge: LabBridge, args: Record<string, unknown> = {}) =>
  bridge.call("codex", { prompt: "x", "approval-policy": "on-request", ...args });
const WIDE = { sandbox: "workspace-write" };

test("while a person decides, the time of the turn's chain stands still", async ({ lab, bridge, person }) => {
  const readDeadline = (): number => {
    const folder = join(lab.stateDir, "threads");
    const [name = ""] = readdirSync(folder).filter((entry) => entry.endsWith(".json"));
    return JSON.parse(readFileSync(join(folder, name), "utf8")).chain.deadline;
  };
  let before = 0;
  person.answer = async () => {
    before = readDeadline();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    return choose("no");
  };
  lab.respond(inOrder(escalate("true")));
  await start(bridge, WIDE);
  expect(person.forms).toHaveLength(1);
  expect(readDeadline() - before).toBeGreaterThanOrEqual(999);
});

describe.runIf(CLI.letsGoOfThreads)("on the app server", () => {
  test("an allowed command runs, and may leave the sandbox", async ({ lab, bridge, person }) => {
    const path = join(lab.outside, "made");
    person.answer = () => choose("once");
    lab.respond(inOrder(escalate(`touch ${path}; echo tried`)));
    const result = await start(bridge, WIDE);
    expect(person.forms).toEqual([
      `Codex asks to run a command:\n> touch ${path}; echo tried\nWhy > because I want\nTask > x`,
    ]);
    expect(result.structured.content).toContain("tried");
    expect(result.structured["warnings"]).toBeUndefined();
    expect(existsSync(path)).toBe(true);
  });

  test("beside a command rule the rule opens nothing, and a person still can", async ({ lab, bridge, person }) => {
    mkdirSync(join(lab.codexHome, "rules"));
    writeFileSync(join(lab.codexHome, "rules", "default.rules"), 'prefix_rule(pattern=["touch"], decision="allow")\n');
    const path = join(lab.outside, "made");
    person.answer = () => choose("once");
    lab.respond(inOrder(run(`touch ${path}`)));
    await start(bridge, WIDE);
    expect([existsSync(path), person.forms]).toEqual([false, []]);
    lab.respond(inOrder(escalate(`mkdir ${path}`)));
    await start(bridge, WIDE);
    expect([existsSync(path), person.forms.length]).toEqual([LEAVES_SANDBOX, 1]);
  });

  test.for<[string, ElicitResult, RegExp]>([
    ["not allowed", choose("no"), /wanted to run "touch .*"\. That was declined, since the user said no/],
    ["declined", { action: "decline" }, /since the user said no/],
    ["closed", { action: "cancel" }, /since the form was closed/],
  ])(
    "a command that is %s does not run, and the turn goes on",
    async ([, answer, warning], { lab, bridge, person }) => {
      const path = join(lab.outside, "made");
      person.answer = () => answer;
      lab.respond(inOrder(escalate(`touch ${path}`)));
      const result = await start(bridge, WIDE);
      expect(result.structured.content).toMatch(/told: .*rejected/i);
      expect(warningsOf(result)).toMatch(warning);
      expect(existsSync(path)).toBe(false);
    },
  );

  test("a client without forms is asked nothing, and the result says what was declined", async ({
    lab,
    startBridge,
  }) => {
    const path = join(lab.outside, "made");
    const bridge = await startBridge({ env: { BRIDGE_BACKEND: "app-server" } });
    lab.respond(inOrder(escalate(`touch ${path}`)));
    const result = await bridge.call("codex", { prompt: "x", "approval-policy": "on-request", ...WIDE });
    expect(warningsOf(result)).toMatch(/touch .* declined, since no person can be asked here/);
    expect(existsSync(path)).toBe(false);
  });

  test("stopping the turn leaves nothing running, and the thread goes on", async ({ lab, bridge, person }) => {
    person.answer = (message) => choose(message.includes("sleep") ? "once" : "stop");
    const sleep = `sleep 300.${process.pid}`;
    lab.respond(inOrder(call("exec_command", { cmd: `${sleep} & ${sleep}`, yield_time_ms: 500 }), run("touch made")));
    const result = await start(bridge, { ...WIDE, "approval-policy": "untrusted" });
    expect(result.text).toMatch(/^\[STOPPED_BY_USER\] The user stopped the turn/);
    expect([existsSync(join(lab.project, "made")), runs(sleep)]).toEqual([false, false]);
    lab.respond(() => ({ steps: [{ say: "on" }] }));
    const { threadId } = result.structured;
    expect((await bridge.call("codex-reply", { prompt: "x", threadId })).structured.content).toBe("on");
  });

  test("allowed for the thread, the same command is not asked about again, and another one is", async ({
    lab,
    bridge,
    person,
  }) => {
    person.answer = () => choose("thread");
    lab.respond(inOrder(run("touch one"), run("touch one"), run("touch two")));
    const { structured } = await start(bridge, { ...WIDE, "approval-policy": "untrusted" });
    expect(person.forms.map((form) => form.split("\n")[1])).toEqual(["> touch one", "> touch two"]);
    expect(existsSync(join(lab.project, "two"))).toBe(true);
    lab.respond(inOrder(run("touch two")));
    await bridge.call("codex-reply", { prompt: "x", threadId: structured.threadId });
    expect(person.forms).toHaveLength(2);
  });

  test("changes of files are shown by path and size", async ({ lab, bridge, person }) => {
    const path = join(lab.outside, "made.txt");
    person.answer = () => choose("once");
    lab.respond(inOrder(patch(path)));
    await start(bridge, WIDE);
    expect(person.forms).toEqual([`Codex asks to change files:\n> ${path} (add +2)\nTask > x`]);
    expect(existsSync(path)).toBe(true);
    rmSync(path);
    person.answer = () => choose("no");
    lab.respond(inOrder(patch(path)));
    expect(warningsOf(await start(bridge, WIDE))).toContain("wanted to change");
    expect(existsSync(path)).toBe(false);
  });

  test("the time that a person takes does not count", async ({ lab, bridge, person }) => {
    person.answer = async () => {
      await new Promise((resolve) => setTimeout(resolve, 6_000));
      return choose("once");
    };
    lab.respond(inOrder(run("touch made")));
    const result = await start(bridge, { ...WIDE, "approval-policy": "untrusted", timeoutMs: 5_000 });
    expect([result.isError, existsSync(join(lab.project, "made"))], result.text).toEqual([false, true]);
  });

  test("a question dies with its call", async ({ lab, bridge, person }) => {
    const stop = new AbortController();
    person.answer = () => {
      setTimeout(() => stop.abort(), 100);
      return new Promise(() => {});
    };
    lab.respond(inOrder(run("touch made")));
    const args = { prompt: "x", "approval-policy": "untrusted", sessionId: "mine", ...WIDE };
    await expect(bridge.call("codex", args, { signal: stop.signal })).rejects.toThrow();
    lab.respond(() => ({ steps: [{ say: "on" }] }));
    await until("the thread is free", async () => {
      const { text } = await bridge.call("codex-reply", { prompt: "x", sessionId: "mine" });
      return text === "on";
    });
    expect(existsSync(join(lab.project, "made"))).toBe(false);
  });

  test("permissions are granted as they were shown", async ({ lab, bridge, person }) => {
    lab.writeConfig({ tables: "[features]\nrequest_permissions_tool = true\n" });
    await bridge.restart();
    person.answer = () => choose("once");
    const permissions = { file_system: { write: [lab.outside] } };
    const path = join(lab.outside, "made");
    lab.respond(inOrder(call("request_permissions", { reason: "need it", permissions }), run(`touch ${path}`)));
    await start(bridge, WIDE);
    expect(person.forms).toEqual([`Codex asks to be allowed more:\n> write ${lab.outside}\nWhy > need it\nTask > x`]);
    expect(existsSync(path)).toBe(true);
  });

  test("Codex's own questions are asked by fields", async ({ lab, bridge, person }) => {
    lab.writeConfig({ tables: "[features]\ndefault_mode_request_user_input = true\n" });
    await bridge.restart();
    person.answer = () => accept({ q1: "2" });
    const options = ["Red", "Blue"].map((label) => ({ label, description: "d" }));
    const questions = [{ id: "color", header: "Color", question: "Which color?", options }];
    lab.respond(inOrder(call("request_user_input", { questions })));
    const { structured } = await start(bridge);
    expect(person.forms).toEqual(["Codex asks:\n> Which color?\nTask > x"]);
    expect(structured.content).toContain('"Blue"');
  });

  test("an MCP server's tool is allowed or not, and its own question is answered", async ({ lab, bridge, person }) => {
    writeServer(lab);
    await bridge.restart();
    person.answer = (message) => (message.includes("Which port?") ? accept({ f1: 5 }) : choose("once"));
    lab.respond(inOrder(call("wipe", { path: "/x" }, "mcp__p"), call("ask", {}, "mcp__p")));
    const { structured } = await start(bridge);
    expect(person.forms).toEqual([
      'Codex asks to use a tool of its MCP server "p":\n> Allow the p MCP server to run tool "wipe"?\n> path: "/x"\nTask > x',
      'The MCP server "p" of Codex asks:\n> Which port?\nTask > x',
    ]);
    expect(structured.content).toMatch(/wiped.*port.*5/s);
    person.answer = () => choose("no");
    lab.respond(inOrder(call("wipe", { path: "/x" }, "mcp__p"), call("ask", {}, "mcp__p")));
    const refused = await start(bridge);
    expect(refused.structured.content).not.toContain("wiped");
    expect(refused.structured.content).toContain("decline");
  });

  describe("the policy of the user's config", () => {
    // 0.169 refuses a config with `untrusted`.
    const POLICY = { top: 'approval_policy = "on-request"' };
    const asks = async (
      lab: Lab,
      bridge: Pick<LabBridge, "call">,
      tool: string,
      args: Record<string, unknown> = {},
    ) => {
      lab.respond(inOrder(escalate(`touch ${join(lab.outside, "made")}`)));
      return bridge.call(tool, { prompt: "x", ...args });
    };

    test("holds for a thread whose call names none", async ({ lab, bridge, person }) => {
      lab.writeConfig(POLICY);
      await bridge.restart();
      await asks(lab, bridge, "codex", WIDE);
      expect(person.forms).toHaveLength(1);
      await asks(lab, bridge, "codex", { ...WIDE, "approval-policy": "never" });
      expect(person.forms).toHaveLength(1);
      // A question changes nothing, so there is nothing to allow.
      expect((await asks(lab, bridge, "codex-ask")).structured.content).toContain("told:");
      expect(person.forms).toHaveLength(1);
    });

    test("does not hold where nobody can be asked", async ({ lab, startBridge }) => {
      lab.writeConfig(POLICY);
      const bridge = await startBridge({ env: { BRIDGE_BACKEND: "app-server" } });
      const result = await asks(lab, bridge, "codex", WIDE);
      expect(warningsOf(result)).not.toContain("declined");
      expect(result.structured.content).toContain("approval policy is Never");
    });
  });

  test("full access that asks never runs where nobody would be asked", async ({ lab, bridge }) => {
    writeFileSync(join(lab.codexHome, "other.config.toml"), 'model_reasoning_effort = "low"\n');
    await bridge.restart({ env: { BRIDGE_BACKEND: "auto", BRIDGE_MAX_SANDBOX: "danger-full-access" } });
    // A config profile does not fit the app server.
    const full = { sandbox: "danger-full-access", "approval-policy": "untrusted", profile: "other" };
    lab.respond(runThenSay("touch made"));
    expect((await start(bridge, full)).text).toMatch(/^\[SANDBOX_DENIED\] This turn would run every command/);
    expect(existsSync(join(lab.project, "made"))).toBe(false);
  });
});

/** An MCP server for Codex with a tool that wipes, and one that asks. */
function writeServer(lab: Lab): void {
  const path = join(lab.root, "server.cjs");
  writeFileSync(path, SERVER);
  chmodSync(path, 0o755);
  lab.writeConfig({ tables: `[mcp_servers.p]\ncommand = "${path}"\n` });
}

const SERVER = `#!${process.execPath}
const send = (message) => process.stdout.write(JSON.stringify({ jsonrpc: "2.0", ...message }) + "\\n");
const say = (id, text) => send({ id, result: { content: [{ type: "text", text }] } });
const tool = (name, readOnlyHint) => ({
  name, description: "d", inputSchema: { type: "object", properties: { path: { type: "string" } } },
  annotations: { readOnlyHint, destructiveHint: !readOnlyHint },
});
let asking;
require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params, result, error } = JSON.parse(line);
  if (method === "initialize") send({ id, result: { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "p", version: "1" } } });
  else if (method === "tools/list") send({ id, result: { tools: [tool("wipe", false), tool("ask", true)] } });
  else if (method === "tools/call" && params.name === "wipe") say(id, "wiped");
  else if (method === "tools/call") {
    asking = id;
    send({ id: 99, method: "elicitation/create", params: { message: "Which port?", requestedSchema: { type: "object", properties: { port: { type: "integer", minimum: 1 } }, required: ["port"] } } });
  } else if (id === 99) say(asking, JSON.stringify(result ?? error));
  else if (id !== undefined) send({ id, result: {} });
});
`;
