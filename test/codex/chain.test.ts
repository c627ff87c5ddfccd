// A real Codex that types commands which start a bridge again: whatever becomes of the environment, it stays in its chain.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { type StartBridge, test } from "../support/fixture.ts";
import { type Lab, runThenSay } from "../support/lab.ts";

const BIN = join(import.meta.dirname, "../../dist/bin.js");

/** Calls `codex` of a bridge of its own, and prints the answer. */
const CLIENT = `
  import { spawn } from "node:child_process";
  import { readFileSync } from "node:fs";
  const { bin, env, keeps } = JSON.parse(readFileSync(process.argv[2], "utf8"));
  const bridge = spawn(process.execPath, [bin], { env: keeps ? { ...process.env, ...env } : env, stdio: ["pipe", "pipe", "ignore"] });
  const send = (message) => bridge.stdin.write(JSON.stringify({ jsonrpc: "2.0", ...message }) + "\\n");
  const clientInfo = { name: "typed", version: "1" };
  send({ id: 1, method: "initialize", params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo } });
  send({ method: "notifications/initialized" });
  send({ id: 2, method: "tools/call", params: { name: "codex", arguments: { prompt: "deeper", sandbox: "danger-full-access" } } });
  let text = "";
  bridge.stdout.on("data", (piece) => {
    text += piece;
    for (const line of text.split("\\n").slice(0, -1)) {
      const message = JSON.parse(line);
      if (message.id !== 2) continue;
      console.log(message.result.content.map((part) => part.text).join(" "));
      bridge.stdin.end();
    }
  });`;

const WIDE = "danger-full-access";

interface Typed {
  /** What stands before the command. */
  readonly before: string;
  readonly env?: Record<string, string>;
  /** Whether its bridge has a state folder of its own. */
  readonly hasOwnState?: boolean;
}

/** Has Codex type the command, and gives its answer. Each Codex below types it again. */
async function type(
  lab: Lab,
  startBridge: StartBridge,
  { before, env, hasOwnState = false }: Typed,
  own: Record<string, string> = {},
) {
  const [client, input] = [join(lab.root, "client.mjs"), join(lab.root, "input.json")];
  writeFileSync(client, CLIENT);
  const all = {
    ...lab.env,
    BRIDGE_MAX_SANDBOX: WIDE,
    ...(hasOwnState ? { BRIDGE_STATE_DIR: `${lab.root}/own` } : {}),
    ...env,
  };
  writeFileSync(input, JSON.stringify({ bin: BIN, env: all, keeps: before === "" }));
  lab.respond(runThenSay(`${before} ${process.execPath} ${client} ${input}`));
  const bridge = await startBridge({ env: { BRIDGE_MAX_SANDBOX: WIDE, ...own }, ownPath: BIN });
  const result = await bridge.call("codex", { prompt: "begin", sandbox: WIDE });
  return result.text;
}

test.for<[string, Typed]>([
  ["its own environment", { before: "" }],
  ["no environment", { before: "env -i" }],
  ["a depth of 0", { before: "env BRIDGE_DEPTH=0 BRIDGE_CHAIN=", env: { BRIDGE_DEPTH: "0" } }],
  ["a state folder of its own", { before: "env -i", hasOwnState: true }],
])("a command with %s is below the turn that it belongs to", async ([, typed], { lab, startBridge }) => {
  const text = await type(lab, startBridge, typed);
  expect(text).toMatch(/\[DEPTH_EXCEEDED\].*depth 1, limit 2/);
  // Nobody but the first Codex was asked.
  expect(lab.standIn.requests).toHaveLength(2);
});

test("where the user raises the depth, the chain goes on and ends there, counted in one record", async ({
  lab,
  startBridge,
}) => {
  const text = await type(lab, startBridge, { before: "env -i", env: { BRIDGE_MAX_DEPTH: "3" } });
  expect(text).toMatch(/\[DEPTH_EXCEEDED\].*depth 2, limit 3/);
  expect(text).toMatch(/Its calls: claude → codex.* → codex/);
  const names = readdirSync(join(lab.stateDir, "chains"));
  expect(names).toHaveLength(1);
  const chain = JSON.parse(readFileSync(join(lab.stateDir, "chains", names[0] ?? ""), "utf8"));
  expect(chain).toMatchObject({ depth: 2, calls: 2 });
  expect(chain.tokens).toBeGreaterThan(0);
}, 60_000);

test("a budget at the beginning holds for a bridge that does not know of it", async ({ lab, startBridge }) => {
  const typed = { before: "env -i", env: { BRIDGE_MAX_DEPTH: "3" } };
  const text = await type(lab, startBridge, typed, { BRIDGE_BUDGET_CALLS: "1" });
  expect(text).toMatch(/\[BUDGET_EXCEEDED\].*1 of 1 turns/);
});

test("a chain that the command makes up is refused", async ({ lab, startBridge }) => {
  const made = { BRIDGE_DEPTH: "1", BRIDGE_CHAIN: "ch-made-up-00,9999999999999,-,claude::>codex::" };
  const typed = { before: "env -i", env: { ...made, BRIDGE_MAX_DEPTH: "3" } };
  expect(await type(lab, startBridge, typed)).toMatch(/\[CHAIN_UNKNOWN\].*several chains/);
});

test("an ordinary turn writes no record of a chain", async ({ lab, startBridge }) => {
  const bridge = await startBridge({});
  await bridge.call("codex", { prompt: "x" });
  expect(readdirSync(lab.stateDir)).not.toContain("chains");
});
