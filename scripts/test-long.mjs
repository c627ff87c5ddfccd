// npm run test:long: many turns in a row through one bridge with the real Codex CLI. Nothing may grow but the threads' own files,
// and the usage of the turns must add up to what the model was asked for. `-- 100` makes fewer turns than 500.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startServer } from "../bench/measure.mjs";
import { loadSource } from "./load-source.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const TURNS = Number(process.argv[2] ?? 500);
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
  await server.close();
  return judge(seen, sum);
}

function look(pid, state, turns) {
  const resident = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  const files = readdirSync(state, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const threads = files.filter(({ parentPath }) => parentPath.endsWith("/threads")).length;
  return {
    turns,
    rssKiB: Number(resident),
    handles: readdirSync(`/proc/${pid}/fd`).length,
    threads,
    otherFiles: files.length - threads,
  };
}

// The first steps warm up: memory is compared from the middle on.
function judge(seen, sum) {
  const [middle, last] = [seen[Math.floor(seen.length / 2)], seen.at(-1)];
  const asked = standIn.requests.map(({ index }) => toUsage(index));
  const wanted = {
    input: asked.reduce((total, { input }) => total + input, 0),
    output: asked.reduce((total, { output }) => total + output, 0),
  };
  const verdicts = {
    memory: last.rssKiB - middle.rssKiB <= MEMORY_SLACK_KIB,
    handles: last.handles <= middle.handles,
    "state files": last.otherFiles <= middle.otherFiles && last.threads === Math.ceil(TURNS / TURNS_PER_THREAD),
    "usage sums": sum.input === wanted.input && sum.output === wanted.output,
  };
  for (const [what, isGood] of Object.entries(verdicts)) process.stdout.write(`${what}: ${isGood ? "ok" : "FAILED"}\n`);
  process.stdout.write(`usage ${JSON.stringify(sum)}, asked for ${JSON.stringify(wanted)}\n`);
  return Object.values(verdicts).every(Boolean);
}
