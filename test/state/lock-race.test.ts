// Many processes at once on one dead lock after the other, with the real file system: each is won once, and never two hold it.
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterEach, expect, test } from "vitest";

const BRIDGES = 6;
const ROUNDS = 40;
const folder = mkdtempSync(join(tmpdir(), "lock-race-"));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

// A bridge: in each round all of them meet at a lock that a dead one left.
const BRIDGE = `
import { createLockFiles } from "./src/state/lock-files.ts";
import { appendFileSync, statSync } from "node:fs";
const { pid, stateDir, log, gate, rounds, bridges } = JSON.parse(process.argv[2]);
const locks = createLockFiles({
  stateDir,
  own: { pid, start: 1, bootId: "b", cwd: "/" },
  judge: (holder) => (holder.pid < 100 ? "alive" : "dead"),
  clock: () => pid,
});
for (let round = 0; round < rounds; round += 1) {
  appendFileSync(gate, "x");
  while (statSync(gate).size < bridges * (round + 1));
  for (let isDone = false; !isDone; ) {
    const attempt = locks.take("t-" + round);
    if (attempt.kind === "held") continue;
    appendFileSync(log, JSON.stringify({ round, pid, wasLeft: attempt.wasLeft, what: "took" }) + "\\n");
    appendFileSync(log, JSON.stringify({ round, pid, what: "gave" }) + "\\n");
    attempt.release();
    isDone = true;
  }
}
`;

interface Line {
  readonly round: number;
  readonly pid: number;
  readonly what: "took" | "gave";
  readonly wasLeft?: boolean;
}

test("every bridge gets each lock in turn, one at a time, and the first one takes over what is dead", {
  timeout: 30_000,
}, async () => {
  const log = join(folder, "log");
  const file = join(folder, "bridge.mjs");
  const root = join(import.meta.dirname, "../..");
  const stdin = { contents: BRIDGE, resolveDir: root, loader: "ts" } as const;
  await build({ stdin, bundle: true, format: "esm", platform: "node", outfile: file, logLevel: "error" });
  mkdirSync(join(folder, "locks"));
  const dead = JSON.stringify({ pid: 100, start: 1, bootId: "b", cwd: "/", since: 1 });
  // Every third one damaged.
  for (let round = 0; round < ROUNDS; round += 1) {
    writeFileSync(join(folder, "locks", `t-${round}.json`), round % 3 === 0 ? "" : dead);
  }
  const shared = { stateDir: folder, log, gate: join(folder, "gate"), rounds: ROUNDS, bridges: BRIDGES };
  const run = promisify(execFile);
  const ids = Array.from({ length: BRIDGES }, (_, at) => at + 1);
  await Promise.all(ids.map((pid) => run(process.execPath, [file, JSON.stringify({ ...shared, pid })], { env: {} })));
  const lines = readFileSync(log, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
  expect(lines).toHaveLength(ROUNDS * BRIDGES * 2);
  for (let round = 0; round < ROUNDS; round += 1) {
    const own = lines.filter((line) => line.round === round);
    // Whoever took it gave it back before the next one took it.
    for (let at = 0; at < own.length; at += 2) {
      expect([own[at]?.what, own[at + 1]?.what, own[at]?.pid]).toEqual(["took", "gave", own[at + 1]?.pid]);
    }
    expect(own.filter(({ wasLeft }) => wasLeft === true)).toEqual([own[0]]);
  }
});
