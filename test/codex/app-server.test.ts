// The real app server: handshake, a turn's messages, its end, and what it leaves.
import { execFileSync } from "node:child_process";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ServerLaunch } from "../../src/agents/codex-app-server/server/server-types.ts";
import { createLab, type Lab, NATIVE_CODEX } from "../support/lab.ts";
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
