// Several bridges count the same task at the same moment, for real: each of them a process of its own.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { createAttemptFiles } from "../../src/state/attempt-files.ts";

const BRIDGES = 4;
const ATTEMPTS = 50;

/** One bridge; its arguments are JSON. It begins when all are there. */
const BRIDGE = `
import { appendFileSync, statSync } from "node:fs";
import { createAttemptFiles } from "./src/state/attempt-files.ts";
const { stateDir, gate, pid, attempts, bridges } = JSON.parse(process.argv[2]);
const files = createAttemptFiles(stateDir);
appendFileSync(gate, "x");
while (statSync(gate).size < bridges);
for (let at = 0; at < attempts; at += 1) {
  files.append("k", { agent: "codex_cli", outcome: "failed", step: 0, startedAt: pid, endedAt: at });
}
`;

test("none of them loses what another one has counted", { timeout: 30_000 }, async () => {
  const stateDir = mkdtempSync(join(tmpdir(), "attempt-race-"));
  const file = join(stateDir, "bridge.mjs");
  const stdin = { contents: BRIDGE, resolveDir: join(import.meta.dirname, "../.."), loader: "ts" } as const;
  await build({ stdin, bundle: true, format: "esm", platform: "node", outfile: file, logLevel: "error" });
  const shared = { stateDir, gate: join(stateDir, "gate"), attempts: ATTEMPTS, bridges: BRIDGES };
  const ids = Array.from({ length: BRIDGES }, (_, at) => at + 1);
  const run = promisify(execFile);
  await Promise.all(ids.map((pid) => run(process.execPath, [file, JSON.stringify({ ...shared, pid })], { env: {} })));
  const counted = createAttemptFiles(stateDir).read("k");
  for (const pid of ids) {
    const own = counted.filter(({ startedAt }) => startedAt === pid).map(({ endedAt }) => endedAt);
    expect(own).toEqual(Array.from({ length: ATTEMPTS }, (_, at) => at));
  }
  rmSync(stateDir, { recursive: true, force: true });
});
