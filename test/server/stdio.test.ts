// The built server as a process: handshake, purity, hostile input, the ways it ends.
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { TOOLS } from "../../src/tools/index.ts";
import { test as labTest } from "../support/fixture.ts";
import { type StdioBridge, shakeHands } from "../support/stdio-bridge.ts";

const test = labTest.extend("server", ({ folder, startServer }) =>
  startServer({ env: { HOME: folder, PATH: folder, BRIDGE_DEPTH: "0" }, cwd: folder }),
);

test("server/discover is refused before initialize, and initialize follows", async ({ server }) => {
  server.send({ id: "server-discover-probe-1", method: "server/discover", params: {} });
  expect((await server.answer("server-discover-probe-1")).error?.code).toBe(-32_601);
  const hello = await shakeHands(server);
  expect(hello.result).toMatchObject({
    protocolVersion: "2025-11-25",
    serverInfo: { name: "codex-bridge" },
    capabilities: { tools: {} },
  });
  expect(hello.result?.["instructions"]).toContain("threadId");
});

test("bad lines, a 20 MB line and 3,000 pings at once: every one is answered, and it lives", async ({ server }) => {
  await shakeHands(server);
  server.write("garbage\n");
  server.write('[{"jsonrpc":"2.0","id":1,"method":"ping"}]\n');
  server.call(10, "codex", { prompt: "x".repeat(20_000_000) });
  expect(JSON.stringify((await server.answer(10)).result)).toContain("longer than");
  for (let id = 1_000; id < 4_000; id += 1) server.send({ id, method: "ping" });
  await server.answer(3_999);
  const answers = server.messages.filter((message) => typeof message.id === "number" && message.id >= 1_000);
  expect(answers).toHaveLength(3_000);
  expect(server.messages.filter((message) => message.id === null).map((message) => message.error?.code)).toEqual([
    -32_700, -32_600,
  ]);
  expect(server.process.exitCode).toBeNull();
});

test.for<[string, (server: StdioBridge) => void]>([
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
])("%s ends it with exit code 0", async ([_name, end], { server }) => {
  await shakeHands(server);
  end(server);
  expect(await server.exited).toEqual({ code: 0, signal: null });
  expect(server.stderr()).not.toContain("    at ");
});

test("what is loaded late works in the bundle too: the check of an output schema", async ({ server }) => {
  await shakeHands(server);
  server.call(1, "codex", { prompt: "x", outputSchema: { type: 5 } });
  expect(JSON.stringify((await server.answer(1)).result)).toContain("outputSchema cannot be used");
});

test("the log is a private file, and no secret of a call is in it", async ({ folder, server }) => {
  await shakeHands(server);
  server.call(1, "codex", { prompt: "my key is sk-proj-abcdefghijklmnop" });
  await server.answer(1);
  const log = join(folder, ".local/state/codex-bridge/bridge.log");
  await expect.poll(() => statSync(log, { throwIfNoEntry: false })?.size ?? 0).toBeGreaterThan(0);
  expect(statSync(log).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, ".local/state/codex-bridge")).mode & 0o777).toBe(0o700);
  expect(readFileSync(log, "utf8")).not.toContain("abcdefghijklmnop");
});

test.for<[string[]]>([
  [["mcp-server"]],
  [["mcp-server", "-m", "x", "-c", "a.b=1", "-p", "fast", "--enable", "one"]],
  [["-c", "a.b=1", "-m", "x", "mcp-server", "--disable", "two"]],
  [["--model", "x", "mcp-server", "-c", "sandbox_mode=read-only", "-c", "c=2", "--strict-config"]],
])("a registration of the removed server works with one word changed: %j", async ([words], { startServer, folder }) => {
  const compatible = startServer({ env: { HOME: folder, PATH: folder }, cwd: folder, words });
  await shakeHands(compatible);
  compatible.send({ id: 1, method: "tools/list" });
  expect((await compatible.answer(1)).result?.["tools"]).toHaveLength(TOOLS.length);
  compatible.process.stdin?.end();
  expect((await compatible.exited).code).toBe(0);
});

test("a state folder that the system never makes is a wrong setting at once, and EOF ends the server as always", async ({
  startServer,
  folder,
}) => {
  const other = startServer({
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
