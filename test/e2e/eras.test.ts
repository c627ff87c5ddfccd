// Which era the real Claude Code speaks with the bridge, and that both carry a turn and the question where it works.
import { afterEach, beforeEach, expect, test } from "vitest";
import { say } from "../support/lab.ts";
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

test("it takes the new era, and the bridge asks it by way of answers", async () => {
  expect(await call()).toEqual(["in server/discover", "in tools/list", "in tools/call", "in tools/call"]);
  const discovered = session.readWire().find(({ message }) => "result" in message);
  expect(discovered?.message["result"]).toMatchObject({ supportedVersions: ["2026-07-28"] });
});

test("where it is told to speak the old era, the bridge asks by requests of its own", async () => {
  const methods = await call({ claudeEnv: { MCP_PROTOCOL_NEGOTIATION: "legacy" } });
  expect(methods).toEqual(["in initialize", "in tools/list", "in tools/call", "out roots/list"]);
});
