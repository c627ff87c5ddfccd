// A server that has no file left to open: the call fails and says so, the server lives on, and what it has started can still be ended.
import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { describe, expect } from "vitest";
import { readListing } from "../../src/mcp/listing.ts";
import { test as labTest } from "../support/fixture.ts";
import { until } from "../support/lab.ts";
import { type StdioBridge, shakeHands } from "../support/stdio-bridge.ts";

const canLimit = spawnSync("prlimit", ["--version"]).status === 0;

let lastId = 0;

const test = labTest.extend("server", async ({ lab, startServer }) => {
  const server = startServer({ env: lab.env, cwd: lab.project });
  await shakeHands(server);
  return server;
});

const limitTo = (server: StdioBridge, files: number) =>
  execFileSync("prlimit", [`--pid=${server.process.pid}`, `--nofile=${files}:`], { stdio: "ignore" });
// As many as standard input, output and error, so that whatever is closed later, no file can be opened.
const starve = (server: StdioBridge) => limitTo(server, 3);
// As many as are open now, so that one can be opened where another is closed for it (`process/spare-file.ts`).
const starveButForOneClosed = (server: StdioBridge) =>
  limitTo(server, readdirSync(`/proc/${server.process.pid}/fd`).length);
const feed = (server: StdioBridge) => limitTo(server, 1_000);

async function call(server: StdioBridge): Promise<string> {
  lastId += 1;
  server.call(lastId, "codex", { prompt: "x" });
  return JSON.stringify(await server.answer(lastId));
}

describe.runIf(canLimit)("no file left to open", () => {
  test("at the first call: it says so, and the next one works", async ({ server }) => {
    starve(server);
    for (let at = 0; at < 2; at += 1) expect(await call(server)).toMatch(/\[MACHINE_LIMIT\].*EMFILE/);
    // A client drops a result that lacks what the tool's output schema requires.
    const required = readListing("claude").flatMap(({ outputSchema }) => outputSchema["required"] as string[]);
    expect((await server.answer(lastId)).result?.["structuredContent"]).toMatchObject(
      Object.fromEntries(required.map((name) => [name, expect.any(String)])),
    );
    feed(server);
    expect(await call(server)).toContain("hello");
  });

  test("later: each call says so, the server lives, and works again", async ({ server }) => {
    expect(await call(server)).toContain("hello");
    starve(server);
    for (let at = 0; at < 3; at += 1) expect(await call(server)).toContain("[MACHINE_LIMIT]");
    feed(server);
    expect(await call(server)).toContain("hello");
    server.process.stdin?.end();
    expect(await server.exited).toEqual({ code: 0, signal: null });
  });

  test.for<[string, (server: StdioBridge) => void]>([
    ["a cancel", (it) => it.send({ method: "notifications/cancelled", params: { requestId: 900 } })],
    ["EOF", (it) => void it.process.stdin?.end()],
  ])("while a turn runs: %s ends all of it", async ([_name, end], { lab, processes, server }) => {
    lab.respond(() => ({ ending: "hang" }));
    server.call(900, "codex", { prompt: "x" });
    await until("the model is asked", () => lab.standIn.requests.length > 0);
    starveButForOneClosed(server);
    end(server);
    const others = () => processes.left(server);
    await until("all of it is gone", () => others().length === 0);
  });
});
