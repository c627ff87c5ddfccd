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

type Call = readonly [name: string, args: Record<string, unknown>];

/** Codex's model calls tools of the bridge, one after the other, and then says that it is done. The turns that the bridge starts get an answer. */
function callFromCodex(calls: readonly ((outputs: readonly string[]) => Call)[]): void {
  session.lab.respond(({ userTexts, toolOutputs }) => {
    if (!userTexts.at(-1)?.includes("hello")) return { steps: [{ say: "the answer of the second Codex" }] };
    const call = calls[toolOutputs.length]?.(toolOutputs);
    if (call === undefined) return { steps: [{ say: "done" }] };
    const [name, args] = call;
    const names = { namespace: "mcp__bridge", name, arguments: JSON.stringify(args) };
    const item = { type: "function_call", call_id: `call_${toolOutputs.length}`, ...names };
    const events = [
      { type: "response.output_item.done", output_index: 0, item },
      { type: "response.completed", response: { id: "r" } },
    ];
    return { events };
  });
}

/** The real Codex with the bridge among its MCP servers. */
async function runCodex(): Promise<string> {
  const { lab } = session;
  const words = [join(import.meta.dirname, "recording-pipe.mjs"), join(lab.root, "wire.jsonl"), "--"];
  const args = [...words, process.execPath, join(import.meta.dirname, "../../dist/bin.js")];
  const server = { command: process.execPath, args, required: true, default_tools_approval_mode: "approve" };
  const members = Object.entries(server).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  const env = Object.entries(lab.env).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  lab.writeConfig({ tables: `[mcp_servers.bridge]\n${members.join("\n")}\nenv = { ${env.join(", ")} }\n` });
  const { project: cwd } = lab;
  const codex = promisify(execFile)(NATIVE_CODEX, ["exec", "--skip-git-repo-check", "hello"], { cwd, env: lab.env });
  codex.child.stdin?.end();
  return (await codex).stdout;
}

test("the real Codex speaks the old era, and its model uses the bridge's tools", async () => {
  const { lab } = session;
  callFromCodex([
    () => ["agent_job", { action: "list" }],
    () => ["codex_ask", { prompt: "a question" }],
    () => ["codex_ask", { prompt: "another one", background: true }],
    (outputs) => ["agent_job", { action: "wait", jobIds: [/cx-[\w-]{8}/.exec(outputs.at(-1) ?? "")?.[0]] }],
  ]);
  expect(await runCodex()).toContain("done");
  expect(lab.standIn.requests.at(-1)?.toolOutputs).toEqual([
    expect.stringContaining("No jobs of this project are on record."),
    expect.stringContaining('"content":"the answer of the second Codex"'),
    expect.stringMatching(/"state":"running".*Started job cx-[\w-]{8}/),
    expect.stringMatching(/"state":"completed".*the answer of the second Codex/),
  ]);
  const requests = session.readWire().filter(({ message }) => "id" in message && "method" in message);
  const calls = Array(4).fill("in tools/call");
  expect(requests.map(({ direction, message }) => `${direction} ${message["method"]}`)).toEqual([
    ...["in initialize", "in tools/list"],
    ...calls,
  ]);
});
