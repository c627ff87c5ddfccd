// What a receipt costs: the snapshots of a repository of 20,000 files, before and after a turn.
import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { median, time } from "./measure.mjs";

const FILES = 20_000;
const CHANGED = 1_000;
const ROUNDS = 7;
/** A short turn of a real model. */
const TURN = { what: "a turn of 3 s", ms: 3_000 };
const BARS = { unchanged: 0.05, changed: 0.1 };

/** Two rows; `createSnapshots` is the product's. */
export async function benchReceipts(createSnapshots, { env }) {
  const root = mkdtempSync("/var/tmp/codex-bridge-bench-");
  try {
    const top = makeRepository(root);
    const { signal } = new AbortController();
    const stateDir = join(root, "state");
    const snapshots = createSnapshots({ stateDir, env, bridgeId: "bench", hidden: [], clock: Date.now });
    const first = await time(async () => snapshots.take(top, signal));
    const unchanged = await repeat(() => time(() => snapshots.take(top, signal)));
    const changed = await repeat(async () => {
      const before = await snapshots.take(top, signal);
      for (let at = 0; at < CHANGED; at += 1) appendFileSync(toPath(top, at), "more\n");
      return time(async () => {
        const changes = await snapshots.compare(before, await snapshots.takeAgain(before, signal), signal);
        if (changes.files?.length !== CHANGED) throw new Error("not all changes were seen");
      });
    });
    const note = `the first snapshot of the repository took ${Math.round(first)} ms`;
    return [
      toRow(`snapshot before a turn, ${FILES} files`, unchanged, BARS.unchanged, note),
      toRow(`receipt of a turn that changed ${CHANGED} of ${FILES} files`, unchanged + changed, BARS.changed),
    ];
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function repeat(act) {
  const times = [];
  for (let round = 0; round < ROUNDS; round += 1) times.push(await act());
  return median(times);
}

function toRow(work, ms, bar, note) {
  const ratio = ms / TURN.ms;
  return { work, times: { ours: ms }, raw: TURN, ratio, bar: `× ${bar}`, isMet: ratio <= bar, note };
}

const toPath = (top, at) => join(top, `folder${at % 200}`, `file${at}.txt`);

function makeRepository(root) {
  const top = join(root, "project");
  for (let at = 0; at < 200; at += 1) mkdirSync(join(top, `folder${at}`), { recursive: true });
  for (let at = 0; at < FILES; at += 1) writeFileSync(toPath(top, at), `${at}\n`.repeat(20));
  const who = ["-c", "user.name=bench", "-c", "user.email=bench@localhost"];
  const git = (...args) =>
    execFileSync("git", [...who, ...args], { cwd: top, env: { HOME: root, PATH: process.env.PATH } });
  git("init", "--quiet");
  git("add", "-A");
  git("commit", "--quiet", "-m", "first");
  return top;
}
