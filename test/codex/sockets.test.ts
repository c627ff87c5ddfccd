// Sockets of the user's other programs: where the sandbox ends, and that nothing of ours takes orders from one.
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { test as labTest } from "../support/fixture.ts";
import { CLI, runThenSay } from "../support/lab.ts";

/** Counts who connects to a socket of another program; the model tries to. */
const test = labTest.extend("visitors", ({ lab }, { onCleanup }) => {
  const visitors = { count: 0 };
  const path = join(lab.root, "other.sock");
  const server = createServer((socket) => {
    visitors.count += 1;
    socket.destroy();
  }).listen(path);
  onCleanup(() => void server.close());
  const connect = `require("net").connect("${path}").on("error",()=>{})`;
  lab.respond(runThenSay(`${process.execPath} -e '${connect}'; true`));
  return visitors;
});

describe.runIf(CLI.readsProjects)("a unix socket of another program", () => {
  test("is out of reach without network access", async ({ bridge, visitors }) => {
    for (const sandbox of ["read-only", "workspace-write"]) {
      const { isError } = await bridge.call("codex", { prompt: "connect", sandbox });
      expect([isError, visitors.count]).toEqual([false, 0]);
    }
  });

  test("is reached from workspace-write where the user gives network access", async ({ lab, bridge, visitors }) => {
    lab.writeConfig({ tables: "[sandbox_workspace_write]\nnetwork_access = true\n" });
    await bridge.call("codex", { prompt: "connect", sandbox: "workspace-write" });
    expect(visitors.count).toBe(1);
  });
});

/** Connects to every bell, sends a call, and prints what came of it; then again, many times. */
const RING = `
const { readdirSync } = require("node:fs");
const { connect } = require("node:net");
const folder = process.argv[1];
const call = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "codex", arguments: { prompt: "x", sandbox: "danger-full-access" } } });
const ring = (name) => new Promise((resolve) => {
  let text = "";
  const socket = connect(folder + "/" + name);
  socket.on("connect", () => socket.write(call + String.fromCharCode(10)));
  socket.on("data", (chunk) => { text += chunk; });
  socket.on("error", () => {}).on("close", () => resolve(text));
  setTimeout(() => socket.destroy(), 500);
});
(async () => {
  const names = readdirSync(folder);
  const said = [];
  for (let at = 0; at < 100; at += 1) said.push(...(await Promise.all(names.map(ring))));
  console.log("BELLS " + names.length + " SAID <" + said.join("") + ">");
})();
`.replaceAll(/\s*\n\s*/g, " ");

describe.runIf(CLI.readsProjects)("the bridge's own bell", () => {
  test("gives nothing to a sandboxed command with network access, and a flood of it costs the turn nothing", async ({
    lab,
    bridge,
  }) => {
    lab.writeConfig({ tables: "[sandbox_workspace_write]\nnetwork_access = true\n" });
    const folder = join(lab.stateDir, "bridges");
    lab.respond(runThenSay(`${process.execPath} -e '${RING}' ${folder}`));
    const { structured, text } = await bridge.call("codex", { prompt: "ring", sandbox: "workspace-write" });
    expect(structured.content, text).toContain("BELLS 1 SAID <>");
    expect(readdirSync(join(lab.stateDir, "threads"))).toEqual([`${structured.threadId}.json`]);
    expect(readdirSync(folder)).toEqual([]);
    const reply = await bridge.call("codex-reply", { prompt: "again", threadId: structured.threadId });
    expect(reply.isError, reply.text).toBe(false);
  });
});

test("nothing of the bridge listens on a socket, but for its bell, the test of a terminal's socket and the stand-in of the demo", () => {
  const src = join(import.meta.dirname, "../../src");
  const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  const listening = files.filter((name) =>
    /node:(net|http|https|http2|dgram|tls)"/.test(readFileSync(join(src, name), "utf8")),
  );
  expect(listening.sort()).toEqual([
    "agents/codex-app-server/server/attach-probe.ts",
    "setup/demo/responses-standin.ts",
    "state/bridge-bell.ts",
  ]);
});
