// codex-ask changes nothing: shown by turns of the real Codex CLI that try to write, to connect and to reach what acts outside the sandbox.
import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { type LabBridge, type LabBridgeOptions, test } from "../support/fixture.ts";
import {
  addRole,
  CLI,
  callThenSay,
  holdThenSay,
  type Lab,
  NATIVE_CODEX,
  ON_APP_SERVER,
  SUBAGENT_NAMESPACES,
  say,
  until,
} from "../support/lab.ts";

/** Lets Codex try to write in the project and outside, and to connect; says what it managed. */
async function tryAll(lab: Lab, bridge: LabBridge, tool: string, args: Record<string, unknown> = {}) {
  const [inside, outside] = [join(lab.project, "made"), join(lab.outside, "made")];
  for (const path of [inside, outside]) rmSync(path, { force: true });
  const { port } = new URL(lab.standIn.baseUrl);
  const connect = `(exec 3<>/dev/tcp/127.0.0.1/${port}) 2>/dev/null && echo CONNECTED`;
  const command = `touch ${inside}; touch ${outside}; ${connect}; echo tried`;
  lab.respond((request) =>
    request.toolOutputs.length === 0
      ? { steps: [{ run: command }] }
      : { steps: [{ say: String(request.toolOutputs.at(-1)) }] },
  );
  const result = await bridge.call(tool, { prompt: "try", ...args });
  return {
    result,
    text: result.text,
    sandbox: result.structured["sandbox"],
    wrote: existsSync(inside) || existsSync(outside),
    network: result.structured.content.includes("CONNECTED"),
  };
}

const NOTHING = { wrote: false, network: false, sandbox: "read-only" };

describe("a new thread", () => {
  test.for<[string, string, LabBridgeOptions]>([
    ["nothing", "", {}],
    ["workspace-write", 'sandbox_mode = "workspace-write"', {}],
    ["network", 'sandbox_mode = "workspace-write"\n[sandbox_workspace_write]\nnetwork_access = true\n', {}],
    ["full access", 'sandbox_mode = "danger-full-access"', {}],
    [
      "full access by the registration",
      "",
      { codexFlags: { profile: undefined, overrides: ['sandbox_mode="danger-full-access"'] } },
    ],
  ])("is read-only where the user's set-up says: %s", async ([, config, options], { lab, bridge }) => {
    const [top, ...tables] = config.split("\n");
    lab.writeConfig({ top: top ?? "", tables: tables.join("\n") });
    await bridge.restart(options);
    const tried = await tryAll(lab, bridge, "codex-ask");
    expect(tried, tried.text).toMatchObject(NOTHING);
    expect(tried.text).toContain("tried");
    expect(tried.result.structured["warnings"]).toBeUndefined();
    // It was begun read-only, so it stays so.
    const { threadId } = tried.result.structured;
    expect(await tryAll(lab, bridge, "codex-reply", { threadId })).toMatchObject(NOTHING);
    const wider = await bridge.call("codex-reply", { prompt: "x", threadId, sandbox: "workspace-write" });
    expect(wider.text).toMatch(/^\[SANDBOX_WIDENING\]/);
  });

  test("asks where the user allows nothing to be written, and in the home folder", async ({ lab, bridge }) => {
    await bridge.restart({ env: { BRIDGE_MAX_SANDBOX: "read-only" } });
    expect(await tryAll(lab, bridge, "codex-ask", { cwd: lab.root })).toMatchObject(NOTHING);
  });
});

test("Codex's own patch tool changes nothing either, as a tool and as a command", async ({ lab, bridge }) => {
  const { threadId } = (await bridge.call("codex", { prompt: "x", sandbox: "workspace-write" })).structured;
  const patch = "*** Begin Patch\n*** Add File: patched\n+text\n*** End Patch";
  const asTool = { type: "custom_tool_call", call_id: "1", name: "apply_patch", input: patch };
  const asFunction = { ...asTool, type: "function_call", arguments: JSON.stringify({ input: patch }) };
  for (const item of [asTool, asFunction, undefined]) {
    lab.respond(({ toolOutputs }) => {
      if (toolOutputs.length > 0) return { steps: [{ say: String(toolOutputs) }] };
      if (item === undefined) return { steps: [{ run: `apply_patch <<'EOF'\n${patch}\nEOF` }] };
      return {
        events: [
          { type: "response.output_item.done", output_index: 0, item },
          { type: "response.completed", response: { id: "r" } },
        ],
      };
    });
    const { text, isError } = await bridge.call("codex-ask", { prompt: "x", threadId });
    expect(isError, text).toBe(false);
    expect(existsSync(join(lab.project, "patched")), text).toBe(false);
  }
  await bridge.call("codex-reply", { prompt: "x", threadId });
  expect(existsSync(join(lab.project, "patched"))).toBe(true);
});

describe("a thread that may write", () => {
  const start = async (bridge: LabBridge, args: Record<string, unknown> = {}) => {
    const first = await bridge.call("codex", { prompt: "x", sandbox: "workspace-write", ...args });
    return first.structured.threadId;
  };

  test("is asked read-only, and may write again afterwards", async ({ lab, bridge }) => {
    const threadId = await start(bridge);
    expect(await tryAll(lab, bridge, "codex-ask", { threadId })).toMatchObject(NOTHING);
    const reply = await tryAll(lab, bridge, "codex-reply", { threadId });
    expect(reply).toMatchObject({ wrote: true, network: false, sandbox: "workspace-write" });
    expect(reply.result.structured["warnings"]).toBeUndefined();
  });

  test("may write again after several questions, a failed one among them, and a restart", async ({ lab, bridge }) => {
    const threadId = await start(bridge);
    expect(await tryAll(lab, bridge, "codex-ask", { threadId })).toMatchObject(NOTHING);
    lab.respond(() => ({ error: { status: 400, body: '{"error":{"message":"no"}}' } }));
    expect((await bridge.call("codex-ask", { prompt: "x", threadId })).isError).toBe(true);
    await bridge.restart();
    expect(await tryAll(lab, bridge, "codex-ask", { threadId })).toMatchObject(NOTHING);
    expect(await tryAll(lab, bridge, "codex-reply", { threadId })).toMatchObject({ wrote: true });
  });

  test("stays within what the user's own terminal made of it after a question", async ({ lab, bridge }) => {
    const threadId = await start(bridge);
    await tryAll(lab, bridge, "codex-ask", { threadId });
    // The app server keeps a thread open for a while after its turn.
    if (ON_APP_SERVER) await bridge.restart();
    lab.respond(say("ok"));
    const words = [
      "exec",
      "-s",
      "read-only",
      "-C",
      lab.project,
      "--skip-git-repo-check",
      "resume",
      threadId,
      "by hand",
    ];
    const child = execFile(NATIVE_CODEX, words, { env: lab.env, timeout: 60_000 });
    child.stdin?.end();
    await new Promise((resolve) => child.once("close", resolve));
    const reply = await tryAll(lab, bridge, "codex-reply", { threadId });
    expect(reply).toMatchObject(NOTHING);
    expect(String(reply.result.structured["warnings"])).toContain("last turn ran with sandbox read-only");
  });

  test("loses nothing where the bridge dies in the middle of a question", async ({ lab, bridge }) => {
    const threadId = await start(bridge);
    lab.respond(() => ({ ending: "hang" }));
    const before = lab.standIn.requests.length;
    const asked = bridge.call("codex-ask", { prompt: "x", threadId }).catch(() => undefined);
    await until("Codex asks its model", () => lab.standIn.requests.length > before);
    const path = join(lab.stateDir, "threads", `${threadId}.json`);
    const duringTheTurn = readFileSync(path, "utf8");
    await bridge.restart();
    await asked;
    // As it stands where nothing could be written any more.
    writeFileSync(path, duringTheTurn);
    expect(await tryAll(lab, bridge, "codex-reply", { threadId })).toMatchObject({ wrote: true });
  });

  test("keeps its model; the question has its own", async ({ lab, bridge }) => {
    const threadId = await start(bridge, { model: "gpt-5.5" });
    lab.respond(say("ok"));
    const asked = await bridge.call("codex-ask", { prompt: "x", threadId, model: "gpt-5.4" });
    expect(asked.structured["model"]).toBe("gpt-5.4");
    expect((await bridge.call("codex-reply", { prompt: "x", threadId })).structured["model"]).toBe("gpt-5.5");
  });

  test("that has more than the user allows by now is asked all the same", async ({ lab, bridge }) => {
    await bridge.restart({ env: { BRIDGE_MAX_SANDBOX: "danger-full-access" } });
    const threadId = await start(bridge, { sandbox: "danger-full-access" });
    await bridge.restart({ env: { BRIDGE_MAX_SANDBOX: undefined } });
    expect(await tryAll(lab, bridge, "codex-ask", { threadId })).toMatchObject(NOTHING);
    expect((await bridge.call("codex-reply", { prompt: "x", threadId })).text).toMatch(/^\[SANDBOX_DENIED\]/);
  });
});

describe.runIf(CLI.hasPermissionProfiles)("under a permission profile of the user", () => {
  const PROFILE = (lab: Lab, extra: string) =>
    `[permissions.careful]\nextends = ":workspace"\n${extra}[permissions.careful.filesystem]\n"${join(lab.project, "secret")}" = "deny"\n`;
  const SELECT = 'default_permissions = "careful"';
  const HELD = { wrote: false, network: false, sandbox: "read-only, permission profile careful" };
  const canRead = (lab: Lab) => JSON.stringify(lab.standIn.requests.at(-1)?.toolOutputs).includes("TOPSECRET");

  test("nothing is written, its denies hold, and a thread keeps its writes", async ({ lab, bridge }) => {
    writeFileSync(join(lab.project, "secret"), "TOPSECRET\n");
    lab.writeConfig({ top: SELECT, tables: PROFILE(lab, "") });
    expect(await tryAll(lab, bridge, "codex-ask")).toMatchObject(HELD);
    const first = await bridge.call("codex", { prompt: "x" });
    const { threadId } = first.structured;
    expect(await tryAll(lab, bridge, "codex-ask", { threadId })).toMatchObject(HELD);
    const reply = await tryAll(lab, bridge, "codex-reply", { threadId });
    expect(reply, reply.text).toMatchObject({ wrote: true, sandbox: "workspace-write, permission profile careful" });
    lab.respond((request) =>
      request.toolOutputs.length === 0
        ? { steps: [{ run: `cat ${join(lab.project, "secret")}` }] }
        : { steps: [{ say: "done" }] },
    );
    await bridge.call("codex-ask", { prompt: "x", threadId });
    expect(canRead(lab)).toBe(false);
  });

  test("a profile that only reads loses its network", async ({ lab, bridge }) => {
    lab.writeConfig({
      top: SELECT,
      tables: '[permissions.careful.network]\nenabled = true\n[permissions.careful.filesystem]\n":root" = "read"\n',
    });
    expect(await tryAll(lab, bridge, "codex-ask")).toMatchObject(HELD);
  });

  test("a thread from before the profile is asked under it", async ({ lab, bridge }) => {
    const { threadId } = (await bridge.call("codex", { prompt: "x", sandbox: "workspace-write" })).structured;
    lab.writeConfig({ top: SELECT, tables: PROFILE(lab, "") });
    expect(await tryAll(lab, bridge, "codex-ask", { threadId })).toMatchObject(HELD);
  });
});

describe("what acts outside the sandbox", () => {
  test("Codex's own MCP servers are left out, and come back with a reply", async ({ lab, bridge }) => {
    const trace = join(lab.outside, "started");
    lab.writeConfig({ tables: `[mcp_servers.other]\ncommand = "touch"\nargs = ["${trace}"]\n` });
    const asked = await bridge.call("codex-ask", { prompt: "x" });
    expect(asked.isError, asked.text).toBe(false);
    expect(existsSync(trace)).toBe(false);
    await bridge.call("codex-reply", { prompt: "x", threadId: asked.structured.threadId });
    await until("the server is started", () => existsSync(trace));
  });

  test("where Codex does not list its servers, nothing is started", async ({ lab, bridge }) => {
    const path = join(lab.root, "codex");
    writeFileSync(path, `#!/bin/sh\ncase "$*" in *"mcp list"*) exit 3 ;; esac\nexec ${NATIVE_CODEX} "$@"\n`);
    chmodSync(path, 0o755);
    await bridge.restart({ env: { CODEX_BIN: path } });
    expect((await bridge.call("codex-ask", { prompt: "x" })).text).toMatch(/^\[AGENT_NOT_ANSWERING\].*MCP servers/);
    expect(lab.standIn.requests).toHaveLength(0);
    expect((await bridge.call("codex", { prompt: "x" })).isError).toBe(false);
  });

  test.for(SUBAGENT_NAMESPACES)("subagents cannot be started (namespace %s)", async (namespace, { lab, bridge }) => {
    const { spawn, trace } = addRole(lab, namespace);
    lab.respond(callThenSay(spawn));
    const asked = await bridge.call("codex-ask", { prompt: "x" });
    expect(asked.text).toBe("over");
    expect(asked.structured["warnings"]).toBeUndefined();
    expect(String(lab.standIn.requests.at(-1)?.toolOutputs)).toContain("unsupported call");
    expect(existsSync(trace)).toBe(false);
  });

  test("a question sets the thread no goal, which would go on in its later turns", async ({ lab, bridge }) => {
    const { threadId } = (await bridge.call("codex", { prompt: "x", sandbox: "workspace-write" })).structured;
    const goal = "rewrite the project";
    const input = JSON.stringify({ objective: goal });
    const item = { type: "function_call", call_id: "1", name: "create_goal", arguments: input };
    lab.respond(callThenSay(item));
    expect((await bridge.call("codex-ask", { prompt: "x", threadId })).text).toBe("over");
    expect(String(lab.standIn.requests.at(-1)?.toolOutputs)).toContain("unsupported call");
    lab.respond(say("over"));
    await bridge.call("codex-reply", { prompt: "x", threadId });
    // Once, in the question's own call of the tool.
    expect(JSON.stringify(lab.standIn.requests.at(-1)?.body).split(goal)).toHaveLength(2);
  });

  test.runIf(CLI.takesInstructions)(
    "command rules do not count, though the user honours them",
    async ({ lab, bridge }) => {
      const file = join(lab.outside, "by-rule");
      mkdirSync(join(lab.codexHome, "rules"));
      writeFileSync(join(lab.codexHome, "rules/default.rules"), 'prefix_rule(pattern=["touch"], decision="allow")\n');
      await bridge.restart({ env: { BRIDGE_CODEX_RULES: "honour" } });
      lab.respond((request) =>
        request.toolOutputs.length === 0 ? { steps: [{ run: `touch ${file}` }] } : { steps: [{ say: "done" }] },
      );
      const asked = await bridge.call("codex-ask", { prompt: "x" });
      expect(existsSync(file)).toBe(false);
      if (!CLI.ignoresRules) expect(asked.text).toMatch(/^\[AGENT_UNSUPPORTED\]/);
      await bridge.call("codex", { prompt: "x" });
      expect(existsSync(file)).toBe(true);
    },
  );
});

test("a question in the background stays one with the further input that it gets", async ({ lab, bridge }) => {
  const { threadId } = (await bridge.call("codex", { prompt: "x", sandbox: "workspace-write" })).structured;
  const held = holdThenSay("First.");
  lab.respond(held.respond);
  const before = lab.standIn.requests.length;
  const started = await bridge.call("codex-ask", { prompt: "x", threadId, background: true, title: "second opinion" });
  const { jobId } = started.structured;
  await until("the model is asked", () => lab.standIn.requests.length > before);
  await bridge.call("agent_job_control", { action: "steer", jobId, text: "Write it down." });
  const file = join(lab.project, "written");
  lab.respond(({ toolOutputs }) => ({ steps: [toolOutputs.length === 0 ? { run: `touch ${file}` } : { say: "No." }] }));
  held.goOn();
  const { structured } = await bridge.call("agent_job", { action: "wait", jobIds: [jobId] });
  expect(structured).toMatchObject({ state: "completed", sandbox: "read-only", threadId });
  // The app server gives it to the running turn.
  expect(structured.content).toContain(ON_APP_SERVER ? "No." : "[After further input:]\n\nNo.");
  expect(existsSync(file)).toBe(false);
  expect(await tryAll(lab, bridge, "codex-reply", { threadId })).toMatchObject({ wrote: true });
});

test("a question in a thread takes no directory", async ({ lab, bridge }) => {
  const { threadId } = (await bridge.call("codex-ask", { prompt: "x" })).structured;
  const { text } = await bridge.call("codex-ask", { prompt: "x", threadId, cwd: lab.project });
  expect(text).toMatch(/^\[INVALID_ARGUMENT\].*takes cwd only without threadId.*Leave cwd out/);
});

test("eight questions run at once", async ({ lab, bridge }) => {
  const held = holdThenSay("answer");
  lab.respond(held.respond);
  const calls = Array.from({ length: 8 }, () => bridge.call("codex-ask", { prompt: "x" }));
  await until("all eight ask their model", () => lab.standIn.requests.length === 8, 60_000);
  held.goOn();
  for (const { text } of await Promise.all(calls)) expect(text).toBe("answer");
});
