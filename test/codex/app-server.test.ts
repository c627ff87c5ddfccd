// The real app server: handshake, a turn's messages, its end, and what it leaves.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ServerLaunch } from "../../src/agents/codex-app-server/server/server-types.ts";
import { isJsonObject } from "../../src/domain/json.ts";
import { createLab, type Lab, NATIVE_CODEX, runThenSay, until } from "../support/lab.ts";
import { createScriptedServers, type ScriptedServers } from "../support/scripted-app-server.ts";

const NEVER = new AbortController().signal;
const LIMITS = { timeoutMs: 20_000 };
const HELLO = {
  clientInfo: { name: "codex-bridge", title: "codex-bridge", version: "1" },
  capabilities: { experimentalApi: true },
};

let lab: Lab;
let servers: ScriptedServers;

beforeEach(async () => {
  lab = await createLab();
  servers = createScriptedServers();
});
afterEach(async () => {
  await servers.close();
  await lab.close();
});

const launch = (): ServerLaunch => {
  const [name = "", value = ""] = servers.mark.split("=");
  const { HOME = "", PATH = "", CODEX_HOME = "", STANDIN_KEY = "" } = lab.env;
  return {
    file: NATIVE_CODEX,
    args: ["app-server"],
    env: { HOME, PATH, CODEX_HOME, STANDIN_KEY, [name]: value },
    cwd: lab.project,
    stamp: "1",
  };
};

/** 0.50 has another protocol under the same command. */
const HAS_APP_SERVER = !execFileSync(NATIVE_CODEX, ["--version"], {
  encoding: "utf8",
  env: { PATH: process.env["PATH"] },
}).includes(" 0.50.");

test("handshake", async () => {
  const taken = servers.keeper({ hello: HELLO }).take(launch(), NEVER);
  if (!HAS_APP_SERVER) {
    await expect(taken).rejects.toMatchObject({ code: "AGENT_UNSUPPORTED" });
    expect(servers.alive()).toEqual([]);
    return;
  }
  const { connection } = await taken;
  expect(connection.userAgent).toMatch(/^codex-bridge\/\d+\.\d+\.\d+ /);
  await expect(connection.request("foo/bar", {}, LIMITS)).rejects.toMatchObject({ name: "RpcError", code: -32_600 });
});

describe.runIf(HAS_APP_SERVER)("a start that goes wrong", () => {
  test("with a config that cannot be read it loads no thread, and serves nobody else", async () => {
    writeFileSync(join(lab.codexHome, "config.toml"), 'sandbox_mode = "nonsense"\n');
    const keeper = servers.keeper({ hello: HELLO });
    const lease = await keeper.take(launch(), NEVER);
    const params = { cwd: lab.project, sandbox: "read-only", approvalPolicy: "never" };
    await expect(lease.connection.request("thread/start", params, LIMITS)).rejects.toMatchObject({
      code: -32_600,
      message: expect.stringContaining("failed to load configuration"),
    });
    expect(lease.retired.aborted).toBe(true);
  });

  test("without its home it is told why", async () => {
    const { env, ...rest } = launch();
    const taken = servers.keeper({ hello: HELLO }).take({ ...rest, env: { ...env, CODEX_HOME: "/nowhere" } }, NEVER);
    await expect(taken).rejects.toMatchObject({
      code: "AGENT_BROKEN",
      report: { agentText: expect.stringContaining("does not exist") },
    });
  });

  test.for([0, 20, 50, 100, 200])("an abort %i ms after it leaves nothing", async (ms) => {
    const stop = new AbortController();
    const taken = servers.keeper({ hello: HELLO }).take(launch(), stop.signal);
    setTimeout(() => stop.abort("enough"), ms);
    // A fast machine may have started it by then.
    const lease = await taken.catch((why: unknown) => why);
    if (lease === "enough") expect(servers.alive()).toEqual([]);
    else expect(lease).toHaveProperty("connection");
  });

  test("one that was stopped is ended all the same", async () => {
    const keeper = servers.keeper({ hello: HELLO });
    const { connection } = await keeper.take(launch(), NEVER);
    const pids = servers.alive().flatMap(({ pid, command }) => (command.endsWith("app-server") ? [pid] : []));
    for (const pid of pids) process.kill(pid, "SIGSTOP");
    const isStopped = (pid: number) => /\) T /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
    await until("they have stopped", () => pids.every(isStopped));
    await expect(connection.request("thread/loaded/list", {}, { timeoutMs: 200 })).rejects.toMatchObject({
      name: "RequestTimedOut",
    });
    await keeper.close();
    expect(servers.alive()).toEqual([]);
  });
});

describe.runIf(HAS_APP_SERVER)("nothing is left", () => {
  // An MCP server that ignores the end of its input and every signal that can be ignored, with two children: one in a session of its own.
  // Codex does not pass its environment on to it, so the config gives it the test's mark; it does not carry the mark of the run.
  const STUBBORN = `
    import { spawn } from "node:child_process";
    import { createInterface } from "node:readline";
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, () => {});
    for (const detached of [false, true]) spawn("/bin/sh", ["-c", "trap '' TERM INT HUP; sleep 300; exit"], { stdio: "ignore", detached });
    setInterval(() => {}, 1000);
    process.stdout.on("error", () => {});
    createInterface({ input: process.stdin }).on("line", (line) => {
      const { id, method } = JSON.parse(line);
      const serverInfo = { name: "stubborn", version: "1" };
      const result = method === "initialize" ? { protocolVersion: "2025-06-18", capabilities: { tools: {} }, serverInfo } : { tools: [] };
      if (id !== undefined) console.log(JSON.stringify({ jsonrpc: "2.0", id, result }));
    });
  `;
  const count = (word: string): number => servers.alive().filter(({ command }) => command.includes(word)).length;

  /** A server with an MCP server and a command that runs in a turn. */
  async function openBusyServer(idleMs = 60_000) {
    const script = join(lab.root, "stubborn.mjs");
    writeFileSync(script, STUBBORN);
    const [name = "", value = ""] = servers.mark.split("=");
    const env = `{ ${name} = ${JSON.stringify(value)} }`;
    lab.writeConfig({
      tables: `[mcp_servers.stubborn]\ncommand = ${JSON.stringify(process.execPath)}\nargs = [${JSON.stringify(script)}]\nenv = ${env}\n`,
    });
    lab.respond(runThenSay("sleep 301 & setsid sleep 302 & sleep 303"));
    const keeper = servers.keeper({ hello: HELLO, idleMs });
    const lease = await keeper.take(launch(), NEVER);
    const { thread } = await lease.connection.request(
      "thread/start",
      { cwd: lab.project, sandbox: "danger-full-access", approvalPolicy: "never" },
      LIMITS,
    );
    const threadId = isJsonObject(thread) ? String(thread["id"]) : "";
    const input = [{ type: "text", text: "go" }];
    await lease.connection.request("turn/start", { threadId, input }, LIMITS);
    await until("everything runs", () => count("stubborn") === 1 && count("sleep 30") >= 5);
    // The last one is the native program: npm's script may stand above it.
    const programs = servers.alive().filter(({ command }) => command.endsWith("app-server"));
    return { keeper, lease, pid: programs.at(-1)?.pid ?? 0 };
  }
  const isEmpty = () => servers.alive().length === 0 && servers.records.size === 0;

  test("after close", async () => {
    const { keeper } = await openBusyServer();
    await keeper.close();
    expect(servers.alive()).toEqual([]);
    expect(servers.records.size).toBe(0);
  });

  test("after the idle time", async () => {
    const { lease } = await openBusyServer(50);
    lease.release();
    await until("all are gone", isEmpty).catch(() => expect(servers.alive()).toEqual([]));
  });

  test("after a crash", async () => {
    const { pid } = await openBusyServer();
    process.kill(pid, "SIGKILL");
    await until("all are gone", isEmpty).catch(() => expect(servers.alive()).toEqual([]));
  });
});
