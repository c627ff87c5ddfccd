// npm run test:long: many turns in a row through one bridge with the real Codex CLI, then many background jobs at once through few slots.
// Nothing may grow but the files of threads and jobs, no job may be lost, and the usage must add up to what the model was asked for.
// `-- 100` makes fewer turns than 500, `-- 100 40` also fewer jobs than 200.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startServer } from "../bench/measure.mjs";
import { loadSource } from "./load-source.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const TURNS = Number(process.argv[2] ?? 500);
const JOBS = Number(process.argv[3] ?? 200);
const SLOTS = 4;
const TURNS_PER_THREAD = 10;
const STEPS = 10;
/** Tokens that the stand-in reports for each of its answers; different, so that a mix-up shows. */
const toUsage = (index) => ({ input: 100 + (index % 7), output: 10 + (index % 5) });
/** A small heap is collected often: what is still there after that is held. */
const HEAP_LIMIT = "--max-old-space-size=32";
/** Memory that may come and go with garbage collection, in KiB. */
const MEMORY_SLACK_KIB = 16_384;

const folder = mkdtempSync("/var/tmp/codex-bridge-long-");
const { startResponsesStandIn, toCodexConfig, findCodexBinary } = await loadSource(`
  export { startResponsesStandIn, toCodexConfig } from "./src/setup/demo/responses-standin.ts";
  export { findCodexBinary } from "./src/agents/codex/program/binary.ts";
`);
const standIn = await startResponsesStandIn(({ index }) => ({ steps: [{ say: "ok" }], usage: toUsage(index) }));
try {
  process.exitCode = (await run()) ? 0 : 1;
} finally {
  await standIn.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

async function run() {
  const [home, project, state] = ["codex-home", "project", "state"].map((name) => join(folder, name));
  for (const path of [home, project]) mkdirSync(path);
  writeFileSync(join(home, "config.toml"), toCodexConfig(standIn.baseUrl));
  const env = {
    HOME: folder,
    PATH: process.env.PATH,
    CODEX_BIN: findCodexBinary(join(root, "node_modules/.bin/codex"), "").path,
    CODEX_HOME: home,
    BRIDGE_STATE_DIR: state,
    BRIDGE_LOG_LEVEL: "error",
    BRIDGE_MAX_JOBS: String(SLOTS),
    BRIDGE_MAX_TURNS: String(SLOTS + 1),
    STANDIN_KEY: "long",
  };
  const server = startServer([process.execPath, HEAP_LIMIT, join(root, "dist/bin.js")], { env, cwd: project });
  const seen = [];
  const sum = { input: 0, output: 0 };
  let threadId;
  for (let turn = 0; turn < TURNS; turn += 1) {
    const isNew = turn % TURNS_PER_THREAD === 0;
    const [tool, args] = isNew ? ["codex", { prompt: "hello" }] : ["codex-reply", { prompt: "more", threadId }];
    const { structuredContent } = await server.call(tool, args);
    threadId = structuredContent.threadId;
    sum.input += structuredContent.usage.inputTokens;
    sum.output += structuredContent.usage.outputTokens;
    if ((turn + 1) % Math.ceil(TURNS / STEPS) === 0) {
      seen.push(look(server.child.pid, state, turn + 1));
      process.stdout.write(`${JSON.stringify(seen.at(-1))}\n`);
    }
  }
  const jobs = await runJobs(server, sum);
  seen.push(look(server.child.pid, state, TURNS + JOBS));
  process.stdout.write(`${JSON.stringify({ ...seen.at(-1), ...jobs })}\n`);
  await server.close();
  return judge(seen, sum, jobs);
}

/** Starts all jobs at once, and waits for them in the order in which they were started. */
async function runJobs(server, sum) {
  const args = { prompt: "hello", background: true };
  const started = await Promise.all(Array.from({ length: JOBS }, () => server.call("codex", args)));
  const ids = started.map(({ structuredContent }) => structuredContent.jobId);
  const threads = new Set();
  let completed = 0;
  for (const id of ids) {
    let job;
    do {
      ({ structuredContent: job } = await server.call("agent_job", { action: "wait", jobIds: [id] }));
    } while (job.state === undefined);
    if (job.state === "completed" && job.content === "ok") completed += 1;
    threads.add(job.threadId);
    sum.input += job.usage.inputTokens;
    sum.output += job.usage.outputTokens;
  }
  return { started: new Set(ids).size, completed, threads: threads.size };
}

function look(pid, state, turns) {
  const resident = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  const files = readdirSync(state, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const count = (folderName) => files.filter(({ parentPath }) => parentPath.endsWith(`/${folderName}`)).length;
  return {
    turns,
    rssKiB: Number(resident),
    handles: readdirSync(`/proc/${pid}/fd`).length,
    threads: count("threads"),
    jobs: count("jobs"),
    otherFiles: files.length - count("threads") - count("jobs"),
  };
}

// The first steps warm up: memory is compared from the middle on.
function judge(seen, sum, jobs) {
  const [middle, last] = [seen[Math.floor(STEPS / 2)], seen.at(-1)];
  const asked = standIn.requests.map(({ index }) => toUsage(index));
  const wanted = {
    input: asked.reduce((total, { input }) => total + input, 0),
    output: asked.reduce((total, { output }) => total + output, 0),
  };
  const verdicts = {
    memory: last.rssKiB - middle.rssKiB <= MEMORY_SLACK_KIB,
    handles: last.handles <= middle.handles,
    "state files": last.otherFiles <= middle.otherFiles && last.threads === Math.ceil(TURNS / TURNS_PER_THREAD) + JOBS,
    jobs: last.jobs === JOBS && Object.values(jobs).every((count) => count === JOBS),
    "usage sums": sum.input === wanted.input && sum.output === wanted.output,
  };
  for (const [what, isGood] of Object.entries(verdicts)) process.stdout.write(`${what}: ${isGood ? "ok" : "FAILED"}\n`);
  process.stdout.write(`usage ${JSON.stringify(sum)}, asked for ${JSON.stringify(wanted)}\n`);
  return Object.values(verdicts).every(Boolean);
}
