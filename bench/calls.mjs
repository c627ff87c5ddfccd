// A codex call against a raw `codex exec`, alone and four at once, and how fast a server in the middle of a turn is gone.
import { readdirSync, readFileSync } from "node:fs";
import { mapValues, median, race, startServer, time } from "./measure.mjs";

const ROUNDS = 25;
const PARALLEL = 4;
const PARALLEL_ROUNDS = 7;
const BACKGROUND_ROUNDS = 15;
const EXIT_ROUNDS = 9;
/** Raw against raw differs by more than this: the machine was too busy to tell, and the round is repeated. */
const NOISE = 0.05;
const REPEATS = 3;
const COST_BAR = 0.1;
const PARALLEL_BAR = 1.15;
const BACKGROUND_BAR = 0.15;
const EXIT_BAR_MS = 400;

const ARGS = { prompt: "hello" };

/** The cost of one call, paired with a raw run before and after it. */
export async function benchCall(lab) {
  const running = openServers(lab);
  for (const { server } of Object.values(running)) await server.call("codex", ARGS);
  const call = (name) => () => time(() => running[name].server.call("codex", ARGS));
  let row;
  for (let repeat = 0; repeat < REPEATS; repeat += 1) {
    const contenders = { before: () => time(lab.runRaw), ours: call("ours"), after: () => time(lab.runRaw) };
    for (const name of Object.keys(running)) if (name !== "ours") contenders[name] = call(name);
    const { before, ours, after, ...peers } = await race(ROUNDS, contenders);
    const base = median(before);
    const noise = median(before.map((value, at) => after[at] - value)) / base;
    const cost = median(before.map((value, at) => ours[at] - (value + after[at]) / 2)) / base;
    row = {
      work: "one codex call",
      times: { ours: median(ours), ...mapValues(peers, median) },
      raw: { what: "codex exec", ms: base },
      ratio: 1 + cost,
      bar: `× ${(1 + COST_BAR).toFixed(2)}`,
      isMet: cost <= COST_BAR,
      note: `median of paired differences; raw against raw ${(noise * 100).toFixed(1)} %`,
    };
    if (Math.abs(noise) <= NOISE) break;
  }
  await closeServers(running);
  return [row];
}

/** Four calls at once. */
export async function benchParallel(lab) {
  const running = openServers(lab);
  const all = (run) => () => time(() => Promise.all(Array.from({ length: PARALLEL }, run)));
  const contenders = { raw: all(lab.runRaw) };
  for (const [name, { server }] of Object.entries(running)) contenders[name] = all(() => server.call("codex", ARGS));
  const { raw, ...times } = await race(PARALLEL_ROUNDS, contenders);
  await closeServers(running);
  const ratio = median(times.ours) / median(raw);
  return [
    {
      work: `${PARALLEL} codex calls at once`,
      times: mapValues(times, median),
      raw: { what: "codex exec", ms: median(raw) },
      ratio,
      bar: `× ${PARALLEL_BAR}`,
      isMet: ratio <= PARALLEL_BAR,
    },
  ];
}

/** The start of a background job until it is answered, against a raw run: what a caller waits for instead of the turn. */
export async function benchBackground({ servers, env, project, runRaw }) {
  const { command, env: own } = servers.ours;
  const server = startServer(command, { env: { ...env, ...own }, cwd: project });
  const finish = ({ structuredContent: { jobId } }) => server.call("agent_job", { action: "wait", jobIds: [jobId] });
  const start = () => time(() => server.call("codex", { ...ARGS, background: true }), finish);
  await start();
  const { raw, ours } = await race(BACKGROUND_ROUNDS, { raw: () => time(runRaw), ours: start });
  await server.close();
  const ratio = median(ours) / median(raw);
  return [
    {
      work: "start of a background job",
      times: { ours: median(ours) },
      raw: { what: "codex exec", ms: median(raw) },
      ratio,
      bar: `× ${BACKGROUND_BAR.toFixed(2)}`,
      isMet: ratio <= BACKGROUND_BAR,
    },
  ];
}

/** SIGINT in the middle of a turn whose command has three sleeping children, one of them in a session of its own. */
export async function benchExit(lab) {
  // What is left is looked for in /proc.
  if (process.platform !== "linux") return [];
  const times = [];
  let left = 0;
  for (let round = 0; round < EXIT_ROUNDS; round += 1) {
    const mark = `BENCH_MARK=${process.pid}-${round}`;
    const [name, value] = mark.split("=");
    const env = { ...lab.env, [name]: value };
    const server = startServer(lab.servers.ours.command, { env, cwd: lab.project });
    server.post("codex", { prompt: "sleep please", sandbox: "danger-full-access" });
    while (countMarked(mark, "sleep") < 3) await new Promise((resolve) => setTimeout(resolve, 20));
    times.push(
      await time(() => {
        server.child.kill("SIGINT");
        return new Promise((resolve) => server.child.once("exit", resolve));
      }),
    );
    left += countMarked(mark, "");
  }
  return [
    {
      work: "SIGINT in a turn to exit",
      times: { ours: median(times) },
      bar: `${EXIT_BAR_MS} ms`,
      isMet: Math.max(...times) <= EXIT_BAR_MS && left === 0,
      note: `slowest of ${EXIT_ROUNDS}: ${Math.max(...times).toFixed(0)} ms; processes left: ${left}`,
    },
  ];
}

function countMarked(mark, command) {
  return readdirSync("/proc").filter(
    (pid) => /^\d+$/.test(pid) && pid !== String(process.pid) && isMarked(pid, mark, command),
  ).length;
}

function isMarked(pid, mark, command) {
  try {
    if (!readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").includes(mark)) return false;
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").startsWith(command);
  } catch {
    return false;
  }
}

function openServers({ servers, env, project }) {
  return Object.fromEntries(
    Object.entries(servers).map(([name, { command, env: own }]) => [
      name,
      { server: startServer(command, { env: { ...env, ...own }, cwd: project }) },
    ]),
  );
}

async function closeServers(running) {
  for (const { server } of Object.values(running)) await server.close();
}
