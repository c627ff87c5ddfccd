// Which era the real clients speak with the bridge, and that both carry a turn and the question where the client works.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { NATIVE_CODEX, say } from "../support/lab.ts";
import { SPEAKS_NEW_ERA } from "./claude.ts";
import { createSession, type Session, type SessionOptions } from "./session.ts";

let session: Session;

beforeEach(async () => {
  session = await createSession();
  session.lab.respond(say("done"));
});
afterEach(() => session.close());

/** One call of `codex`; gives the methods of the requests that went either way, in order. */
async function call(options: SessionOptions = {}): Promise<string[]> {
  const run = session.start(
    ({ index }) => (index === 0 ? { tool: "mcp__codex__codex", input: { prompt: "x" } } : { text: "over" }),
    { ...options, isRecorded: true },
  );
  const { code, stderr } = await run.ended;
  expect(code, stderr).toBe(0);
  expect(session.model.requests[1]?.toolResult?.text).toContain('"content":"done"');
  expect(session.model.requests[1]?.toolResult?.text).toContain(`"cwd":"${session.lab.project}"`);
  const requests = session.readWire().filter(({ message }) => "id" in message && "method" in message);
  return requests.map(({ direction, message }) => `${direction} ${message["method"]}`);
}

test.runIf(SPEAKS_NEW_ERA)("it takes the new era, and the bridge asks it by way of answers", async () => {
  expect(await call()).toEqual(["in server/discover", "in tools/list", "in tools/call", "in tools/call"]);
  const discovered = session.readWire().find(({ message }) => "result" in message);
  expect(discovered?.message["result"]).toMatchObject({ supportedVersions: ["2026-07-28"] });
});

test("where it is told to speak the old era, the bridge asks by requests of its own", async () => {
  const methods = await call({ claudeEnv: { MCP_PROTOCOL_NEGOTIATION: "legacy" } });
  expect(methods).toEqual(["in initialize", "in tools/list", "in tools/call", "out roots/list"]);
});

test("the real Codex speaks the old era", async () => {
  const { lab } = session;
  const words = [join(import.meta.dirname, "recording-pipe.mjs"), join(lab.root, "wire.jsonl"), "--"];
  const args = [...words, process.execPath, join(import.meta.dirname, "../../dist/bin.js")];
  const server = { command: process.execPath, args, required: true };
  const members = Object.entries(server).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  const env = Object.entries(lab.env).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  lab.writeConfig({ tables: `[mcp_servers.bridge]\n${members.join("\n")}\nenv = { ${env.join(", ")} }\n` });
  const codex = promisify(execFile)(NATIVE_CODEX, ["exec", "--skip-git-repo-check", "hello"], {
    cwd: lab.project,
    env: lab.env,
  });
  codex.child.stdin?.end();
  expect((await codex).stdout).toContain("done");
  const requests = session.readWire().filter(({ message }) => "id" in message && "method" in message);
  expect(requests.map(({ message }) => message["method"])).toEqual(["initialize", "tools/list"]);
});
