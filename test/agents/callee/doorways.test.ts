// Sockets that a sandbox covers: those that it would reach otherwise, and no others, since it does not start where one cannot be covered.
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, utimesSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { listHiddenSockets } from "../../../src/agents/callee/doorways.ts";

const NOBODY = 65_534;
let home: string;
let servers: Server[];

beforeEach(() => {
  home = mkdtempSync("/var/tmp/codex-bridge-test-");
  servers = [];
});
afterEach(() => {
  for (const server of servers) server.close();
  rmSync(home, { recursive: true, force: true });
});

async function listen(path: string): Promise<string> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(path, () => resolve()));
  utimesSync(path, new Date(0), new Date(0));
  return path;
}

test.runIf(process.getuid?.() === 0)(
  "root's sandbox covers nothing in a folder that only another user enters",
  async () => {
    const own = await listen(join(home, "own.sock"));
    const [closed, open] = [join(home, "closed"), join(home, "open")];
    for (const folder of [closed, open]) mkdirSync(folder);
    const others = [await listen(join(closed, "a.sock")), await listen(join(open, "b.sock"))];
    for (const folder of [closed, open]) chownSync(folder, NOBODY, NOBODY);
    chmodSync(closed, 0o700);
    chmodSync(open, 0o755);
    const hidden = listHiddenSockets({ HOME: home }, []);
    expect([own, ...others].filter((path) => hidden.includes(path))).toEqual([own, others[1]]);
  },
);
