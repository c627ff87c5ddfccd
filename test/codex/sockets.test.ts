// Sockets of the user's other programs: where the sandbox ends, and that nothing of ours takes orders from one.
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startBridge, type TestBridge } from "../support/bridge.ts";
import { CLI, createLab, type Lab, runThenSay } from "../support/lab.ts";

let lab: Lab;
let bridge: TestBridge;
let server: Server;
let reached = 0;

beforeEach(async () => {
  lab = await createLab();
  bridge = await startBridge({ env: lab.env, cwd: lab.project });
  reached = 0;
  server = createServer((socket) => {
    reached += 1;
    socket.destroy();
  }).listen(join(lab.root, "other.sock"));
  const connect = `require("net").connect("${join(lab.root, "other.sock")}").on("error",()=>{})`;
  lab.respond(runThenSay(`${process.execPath} -e '${connect}'; true`));
});
afterEach(async () => {
  server.close();
  await bridge.close();
  await lab.close();
});

describe.runIf(CLI.readsProjects)("a unix socket of another program", () => {
  test("is out of reach without network access", async () => {
    for (const sandbox of ["read-only", "workspace-write"]) {
      const { isError } = await bridge.call("codex", { prompt: "connect", sandbox });
      expect([isError, reached]).toEqual([false, 0]);
    }
  });

  test("is reached from workspace-write where the user gives network access", async () => {
    lab.writeConfig({ tables: "[sandbox_workspace_write]\nnetwork_access = true\n" });
    await bridge.call("codex", { prompt: "connect", sandbox: "workspace-write" });
    expect(reached).toBe(1);
  });
});

test("nothing of the bridge listens on a socket, but for the stand-in of the demo", () => {
  const src = join(import.meta.dirname, "../../src");
  const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  const listening = files.filter((name) =>
    /node:(net|http|https|http2|dgram|tls)"/.test(readFileSync(join(src, name), "utf8")),
  );
  expect(listening).toEqual(["setup/demo/responses-standin.ts"]);
});
