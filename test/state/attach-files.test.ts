// What bridges tell `codex-bridge attach`, and what is removed when they are gone.
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createAttachFiles, removeAttachSocket } from "../../src/state/attach-files.ts";
import type { HolderLiveness } from "../../src/state/holder-judge.ts";

let stateDir: string;
let servers: Server[];
beforeEach(() => {
  stateDir = mkdtempSync("/var/tmp/codex-bridge-test-");
  servers = [];
});
afterEach(() => {
  for (const server of servers) server.close();
  rmSync(stateDir, { recursive: true, force: true });
});

let now = 1_000;
const open = (liveness: HolderLiveness = "alive", pid = 7) =>
  createAttachFiles({
    stateDir,
    own: { pid, start: 1, bootId: "b" },
    cwd: "/work",
    judgeHolder: () => liveness,
    clock: () => now,
  });
const thread = (threadId: string) => ({
  threadId,
  socket: `/s/${threadId}`,
  why: undefined,
  codex: "/usr/bin/codex",
  codexHome: "/h",
  threadCwd: "/work",
});
const signal = new AbortController().signal;

async function listen(path: string): Promise<Server> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return server;
}

test("threads are told of, newest first, until they are dropped or their bridge is dead", () => {
  const own = open();
  own.tell(thread("a"));
  now += 1;
  own.tell(thread("b"));
  expect(own.list().map(({ threadId }) => threadId)).toEqual(["b", "a"]);
  expect(own.list()[0]).toMatchObject({ socket: "/s/b", codex: "/usr/bin/codex", pid: 7, cwd: "/work" });
  own.drop("b");
  expect(own.list().map(({ threadId }) => threadId)).toEqual(["a"]);
  expect(open("dead").list()).toEqual([]);
  expect(open("unknown").list()).toHaveLength(1);
});

test("a record that is damaged, or not ours, is passed over", () => {
  const own = open();
  own.tell(thread("a"));
  writeFileSync(join(stateDir, "attach-threads/x.json"), "{");
  writeFileSync(join(stateDir, "attach-threads/y.json"), '{"version":1,"threadId":"y","socket":"/tmp/forged"}');
  expect(own.list().map(({ threadId }) => threadId)).toEqual(["a"]);
});

test("the sweep removes what dead bridges left, and nothing that somebody listens on", async () => {
  open("dead", 8).tell(thread("old"));
  const own = open("dead");
  own.tell(thread("mine"));
  const folder = own.socketFolder;
  const real = join(stateDir, "real");
  for (const path of [folder, real]) mkdirSync(path, { mode: 0o700 });
  for (const name of ["live", "dead"]) {
    await listen(join(real, name));
    writeFileSync(join(real, `${name}.lock`), "");
    symlinkSync(join(real, name), join(folder, `${name}.sock`));
  }
  // As a killed server leaves it: the socket's file without anybody behind it.
  rmSync(join(real, "dead"));
  const gone = await listen(join(real, "gone"));
  symlinkSync(join(real, "gone"), join(folder, "gone.sock"));
  gone.close();
  await own.sweep(Date.now() - 60_000, signal);
  expect(existsSync(join(folder, "live.sock"))).toBe(true);
  await own.sweep(Date.now() + 60_000, signal);
  expect(["live", "dead", "gone"].filter((name) => existsSync(join(folder, `${name}.sock`)))).toEqual(["live"]);
  expect(existsSync(join(real, "live"))).toBe(true);
  expect(existsSync(join(stateDir, "attach-threads/old.json"))).toBe(false);
  expect(existsSync(join(stateDir, "attach-threads/mine.json"))).toBe(true);
});

test("a socket goes with its link and its lock; what is no socket stays", async () => {
  const path = join(stateDir, "a.sock");
  await listen(join(stateDir, "s"));
  writeFileSync(join(stateDir, "s.lock"), "");
  symlinkSync(join(stateDir, "s"), path);
  removeAttachSocket(path);
  expect(["a.sock", "s", "s.lock"].filter((name) => existsSync(join(stateDir, name)))).toEqual([]);
  writeFileSync(join(stateDir, "file"), "");
  symlinkSync(join(stateDir, "file"), path);
  removeAttachSocket(path);
  expect(existsSync(join(stateDir, "file"))).toBe(true);
});
