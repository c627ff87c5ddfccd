// The socket that proves that a bridge lives: it answers nothing, costs nothing, and leaves nothing behind.
import { execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createBridgeBell, ringBell, sweepBells } from "../../src/state/bridge-bell.ts";
import { until } from "../support/lab.ts";

let stateDir: string;
let reasons: unknown[];
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "bell-"));
  reasons = [];
});
afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

const never = new AbortController().signal;
const folder = () => join(stateDir, "bridges");
const create = (dir = stateDir) => createBridgeBell(dir, (reason) => reasons.push(reason));
const names = () => (existsSync(folder()) ? readdirSync(folder()) : []);

test("it answers while it is open, for this user alone, and leaves no socket", async () => {
  const bell = create();
  expect(await ringBell(stateDir, bell.name)).toBe("refused");
  bell.open();
  bell.open();
  expect(await ringBell(stateDir, bell.name)).toBe("answered");
  expect(statSync(folder()).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder(), bell.name)).mode & 0o777).toBe(0o600);
  bell.close();
  bell.close();
  expect([names(), await ringBell(stateDir, bell.name)]).toEqual([[], "refused"]);
  bell.open();
  expect(await ringBell(stateDir, bell.name)).toBe("answered");
  bell.close();
  expect([names(), reasons]).toEqual([[], []]);
});

test("it says nothing, reads nothing, and closes at once, whatever is sent", async () => {
  const bell = create();
  bell.open();
  const received: string[] = [];
  const socket = connect({ path: join(folder(), bell.name), allowHalfOpen: true });
  socket.on("data", (chunk) => received.push(String(chunk))).on("error", () => {});
  socket.write(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call" }).repeat(10_000));
  await new Promise((resolve) => socket.on("close", resolve).on("end", () => socket.destroy()));
  expect(received).toEqual([]);
  bell.close();
});

test("a flood closes it for a while, and it opens again", { timeout: 20_000 }, async () => {
  const bell = create();
  bell.open();
  const sockets = Array.from({ length: 200 }, () => connect(join(folder(), bell.name)).on("error", () => {}));
  await until("it is closed", () => names().length === 0);
  for (const socket of sockets) socket.destroy();
  await until("it is open again", async () => (await ringBell(stateDir, bell.name)) === "answered");
  bell.close();
  expect([names(), reasons]).toEqual([[], []]);
});

test("one that is closed in a flood stays closed", async () => {
  const bell = create();
  bell.open();
  const sockets = Array.from({ length: 200 }, () => connect(join(folder(), bell.name)).on("error", () => {}));
  await until("it is closed", () => names().length === 0);
  for (const socket of sockets) socket.destroy();
  bell.close();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(names()).toEqual([]);
});

test("where it cannot listen, that is told once and nothing else: a long path, a file in its place", async () => {
  const long = create(join(stateDir, "x".repeat(100)));
  for (let at = 0; at < 2; at += 1) {
    long.open();
    long.close();
  }
  expect(reasons).toEqual([expect.stringContaining("longer than")]);
  expect(await ringBell(join(stateDir, "x".repeat(100)), long.name)).toBeUndefined();
  expect(readdirSync(stateDir)).toEqual([]);
  writeFileSync(join(stateDir, "file"), "");
  const blocked = create(join(stateDir, "file"));
  blocked.open();
  blocked.close();
  expect(reasons).toHaveLength(2);
});

test.each(["../../x", "", "a", "0123456789abc", "0123456789AB"])(
  "%j is no name of a bell: it is not connected to",
  async (name) => {
    expect(await ringBell(stateDir, name)).toBeUndefined();
  },
);

/** A bridge that opens its bell and then does what `rest` says. */
async function bundle(rest: string): Promise<string> {
  const file = join(stateDir, "bridge.mjs");
  const contents = `
    import { createBridgeBell } from "./src/state/bridge-bell.ts";
    const bell = createBridgeBell(process.argv[2], (reason) => console.log(reason));
    bell.open();
    ${rest}`;
  const stdin = { contents, resolveDir: join(import.meta.dirname, "../.."), loader: "ts" } as const;
  await build({ stdin, bundle: true, format: "esm", platform: "node", outfile: file, logLevel: "error" });
  return file;
}

test("it does not keep its process alive", { timeout: 20_000 }, async () => {
  const file = await bundle("");
  const { stdout } = await promisify(execFile)(process.execPath, [file, stateDir], { env: {}, timeout: 10_000 });
  expect([stdout, names()]).toEqual(["", []]);
});

test("a suspended process still answers, a killed one does not, and its socket is swept once it is old", {
  timeout: 20_000,
}, async () => {
  const child = spawn(process.execPath, [await bundle("setInterval(() => {}, 1000);"), stateDir], { env: {} });
  await until("it listens", () => names().length === 1);
  const [name = ""] = names();
  await until("it answers", async () => (await ringBell(stateDir, name)) === "answered");
  child.kill("SIGSTOP");
  expect(await ringBell(stateDir, name)).toBe("answered");
  utimesSync(join(folder(), name), 1, 1);
  await sweepBells(stateDir, Date.now(), never);
  expect(names()).toEqual([name]);
  child.kill("SIGKILL");
  await new Promise((resolve) => child.on("exit", resolve));
  expect(await ringBell(stateDir, name)).toBe("refused");
  await sweepBells(stateDir, 0, never);
  expect(names()).toEqual([name]);
  await sweepBells(stateDir, Date.now(), never);
  expect(names()).toEqual([]);
});

test("the sweep leaves what is no bell", async () => {
  mkdirSync(folder());
  writeFileSync(join(folder(), "0123456789ab"), "");
  const other = createServer().listen(join(folder(), "other"));
  await new Promise((resolve) => other.once("listening", resolve));
  for (const name of names()) utimesSync(join(folder(), name), 1, 1);
  await sweepBells(stateDir, Date.now(), never);
  expect(names()).toEqual(["0123456789ab", "other"]);
  other.close();
});
