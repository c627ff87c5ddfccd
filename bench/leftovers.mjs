// What thousands of records of dead bridges cost the first call of a new one.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { median, race, startServer, time } from "./measure.mjs";

const ROUNDS = 5;
const RECORDS = 10_000;
const BAR_MS = 300;
/** No Linux gives out such a pid (its limit is 4,194,304). */
const NO_PID = 5_000_000;
/** Of this boot, where there is such a thing: then the bridge has to look for what they may have left running. */
const BOOT_ID =
  process.platform === "linux" ? readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim() : "calendar";

/** First calls in turn, with an empty state folder and with one full of dead records. */
export async function benchLeftovers(lab) {
  const first = (records) => async () => {
    const stateDir = mkdtempSync(join(lab.project, "../leftovers-"));
    for (let at = 0; at < records; at += 1) leave(stateDir, at);
    const env = { ...lab.env, BRIDGE_STATE_DIR: stateDir };
    const server = startServer(lab.servers.ours.command, { env, cwd: lab.project });
    await server.list();
    const took = await time(() => server.call("codex", { prompt: "hello" }));
    await server.close();
    rmSync(stateDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    return took;
  };
  const { none, many } = await race(ROUNDS, { none: first(0), many: first(RECORDS) });
  const cost = median(none.map((value, at) => many[at] - value));
  return [
    {
      work: `first call beside ${RECORDS.toLocaleString("en")} dead records`,
      times: { ours: median(many) },
      raw: { what: "beside none", ms: median(none) },
      ratio: median(many) / median(none),
      bar: `+ ${BAR_MS} ms`,
      isMet: cost <= BAR_MS,
      note: `median of paired differences: ${cost.toFixed(0)} ms`,
    },
  ];
}

function leave(stateDir, at) {
  const owner = { pid: NO_PID + at, start: 1 };
  const id = `dead-${at}`;
  const run = { id, mark: `BRIDGE_RUN=${id}`, startedAt: 0, bootId: BOOT_ID, owner };
  write(stateDir, "runs", id, run);
  write(stateDir, "locks", id, { ...owner, bootId: BOOT_ID, cwd: "/", since: 1 });
}

function write(stateDir, folder, name, record) {
  mkdirSync(join(stateDir, folder), { recursive: true, mode: 0o700 });
  writeFileSync(join(stateDir, folder, `${name}.json`), JSON.stringify(record));
}
