// The built server as a process: handshake, purity, hostile input, the ways it ends.
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { TOOLS } from "../../src/tools/index.ts";
import { type StdioBridge, shakeHands, startStdioBridge } from "../support/stdio-bridge.ts";

let folder: string;
let bridge: StdioBridge;

beforeEach(() => {
  folder = mkdtempSync("/var/tmp/codex-bridge-test-");
  bridge = startStdioBridge({ env: { HOME: folder, PATH: folder, BRIDGE_DEPTH: "0" }, cwd: folder });
});
afterEach(async () => {
  bridge.process.kill("SIGKILL");
  await bridge.exited;
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
});

test("server/discover is refused before initialize, and initialize follows", async () => {
  bridge.send({ id: "server-discover-probe-1", method: "server/discover", params: {} });
  expect((await bridge.answer("server-discover-probe-1")).error?.code).toBe(-32_601);
  const hello = await shakeHands(bridge);
  expect(hello.result).toMatchObject({
    protocolVersion: "2025-11-25",
    serverInfo: { name: "codex-bridge" },
    capabilities: { tools: {} },
  });
  expect(hello.result?.["instructions"]).toContain("threadId");
});

test("bad lines, a 20 MB line and 3,000 pings at once: every one is answered, and it lives", async () => {
  await shakeHands(bridge);
  bridge.write("garbage\n");
  bridge.write('[{"jsonrpc":"2.0","id":1,"method":"ping"}]\n');
  bridge.call(10, "codex", { prompt: "x".repeat(20_000_000) });
  expect(JSON.stringify((await bridge.answer(10)).result)).toContain("longer than");
  for (let id = 1_000; id < 4_000; id += 1) bridge.send({ id, method: "ping" });
  await bridge.answer(3_999);
  const answers = bridge.messages.filter((message) => typeof message.id === "number" && message.id >= 1_000);
  expect(answers).toHaveLength(3_000);
  expect(bridge.messages.filter((message) => message.id === null).map((message) => message.error?.code)).toEqual([
    -32_700, -32_600,
  ]);
  expect(bridge.process.exitCode).toBeNull();
});

test.each<[string, (bridge: StdioBridge) => void]>([
  ["EOF", (it) => it.process.stdin?.end()],
  ["SIGINT", (it) => it.process.kill("SIGINT")],
  ["SIGTERM", (it) => it.process.kill("SIGTERM")],
  ["SIGHUP", (it) => it.process.kill("SIGHUP")],
  [
    "EPIPE",
    (it) => {
      it.process.stdout?.destroy();
      for (let id = 1; id <= 3; id += 1) it.send({ id, method: "ping" });
    },
  ],
])("%s ends it with exit code 0", async (_name, end) => {
  await shakeHands(bridge);
  end(bridge);
  expect(await bridge.exited).toEqual({ code: 0, signal: null });
  expect(bridge.stderr()).not.toContain("    at ");
});

test("what is loaded late works in the bundle too: the check of an output schema", async () => {
  await shakeHands(bridge);
  bridge.call(1, "codex", { prompt: "x", outputSchema: { type: 5 } });
  expect(JSON.stringify((await bridge.answer(1)).result)).toContain("outputSchema cannot be used");
});

test("the log is a private file, and no secret of a call is in it", async () => {
  await shakeHands(bridge);
  bridge.call(1, "codex", { prompt: "my key is sk-proj-abcdefghijklmnop" });
  await bridge.answer(1);
  const log = join(folder, ".local/state/codex-bridge/bridge.log");
  await expect.poll(() => statSync(log, { throwIfNoEntry: false })?.size ?? 0).toBeGreaterThan(0);
  expect(statSync(log).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, ".local/state/codex-bridge")).mode & 0o777).toBe(0o700);
  expect(readFileSync(log, "utf8")).not.toContain("abcdefghijklmnop");
});

test.each([
  [["mcp-server"]],
  [["mcp-server", "-m", "x", "-c", "a.b=1", "-p", "fast", "--enable", "one"]],
  [["-c", "a.b=1", "-m", "x", "mcp-server", "--disable", "two"]],
  [["--model", "x", "mcp-server", "-c", "sandbox_mode=read-only", "-c", "c=2", "--strict-config"]],
])("a registration of the removed server works with one word changed: %j", async (words) => {
  const compatible = startStdioBridge({ env: { HOME: folder, PATH: folder }, cwd: folder, words });
  await shakeHands(compatible);
  compatible.send({ id: 1, method: "tools/list" });
  expect((await compatible.answer(1)).result?.["tools"]).toHaveLength(TOOLS.length);
  compatible.process.stdin?.end();
  expect((await compatible.exited).code).toBe(0);
});

test("a state folder that the system never makes is a wrong setting at once, and EOF ends the server as always", async () => {
  const other = startStdioBridge({
    env: { HOME: folder, PATH: folder, BRIDGE_DEPTH: "0", BRIDGE_STATE_DIR: "/proc/nope" },
    cwd: folder,
  });
  await shakeHands(other);
  other.call(1, "codex", { prompt: "x" });
  const answer = JSON.stringify((await other.answer(1, 3_000)).result);
  expect(answer).toContain("[CONFIG_INVALID] The state folder /proc/nope cannot be made (ENOENT).");
  const at = performance.now();
  other.process.stdin?.end();
  expect(await other.exited).toEqual({ code: 0, signal: null });
  expect(performance.now() - at).toBeLessThan(2_000);
});
