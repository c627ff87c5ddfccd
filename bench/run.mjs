// npm run bench: what the bridge costs, as ratios inside one run. Machines differ and are noisy: no figure here is a test.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { benchDecisions } from "./decisions.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const BIN = join(root, "dist/bin.js");
const START_ROUNDS = 9;
const CALL_ROUNDS = 25;
const PARALLEL = 4;
const PARALLEL_ROUNDS = 7;
const RAW_NOISE = 0.05;
const MAX_REPEATS = 3;

const folder = mkdtempSync("/var/tmp/codex-bridge-bench-");
const { startResponsesStandIn, toCodexConfig, findCodexBinary, createRouter } = await load(`
  export { startResponsesStandIn, toCodexConfig } from "./src/demo/responses-standin.ts";
  export { findCodexBinary } from "./src/agents/codex/binary.ts";
  export { createRouter } from "./src/routing/route.ts";
`);
const standIn = await startResponsesStandIn(() => ({ steps: [{ say: "ok" }] }));
const codexHome = join(folder, "codex-home");
const project = join(folder, "project");
for (const path of [codexHome, project]) mkdirSync(path);
writeFileSync(join(codexHome, "config.toml"), toCodexConfig(standIn.baseUrl));
const codex = findCodexBinary(join(root, "node_modules/.bin/codex"), "").path;
const env = {
  HOME: folder,
  PATH: process.env.PATH,
  CODEX_BIN: codex,
  CODEX_HOME: codexHome,
  BRIDGE_STATE_DIR: join(folder, "state"),
  STANDIN_KEY: "bench",
};

try {
  await benchStart("clean environment", env);
  if (process.env.NODE_EXTRA_CA_CERTS) {
    await benchStart("with this machine's NODE_EXTRA_CA_CERTS", {
      ...env,
      NODE_EXTRA_CA_CERTS: process.env.NODE_EXTRA_CA_CERTS,
    });
  }
  await benchCalls();
  benchDecisions(createRouter, print);
} finally {
  await standIn.close();
  rmSync(folder, { recursive: true, force: true });
}

async function benchStart(label, environment) {
  const bare = [];
  const ours = [];
  for (let round = 0; round < START_ROUNDS; round += 1) {
    bare.push(await time(() => runToExit(process.execPath, ["-e", "0"], { env: environment })));
    ours.push(
      await time(
        async () => {
          const bridge = startBridge(environment);
          await bridge.list();
          return bridge;
        },
        (bridge) => bridge.close(),
      ),
    );
  }
  const ratio = median(ours) / median(bare);
  print(
    `start to tools/list, ${label}: ours ${ms(ours)}, node -e 0 ${ms(bare)}, × ${ratio.toFixed(2)} (bar 2.60) ${verdict(ratio <= 2.6)}`,
  );
}

async function benchCalls() {
  const bridge = startBridge(env);
  const tools = await bridge.list();
  const paid = tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema }));
  const tokens = Math.ceil(JSON.stringify(paid).length / 4);
  print(`tools/list: ${tokens} tokens for ${tools.length} tools (bar 1400) ${verdict(tokens <= 1_400)}`);
  await bridge.call();
  for (let repeat = 1; repeat <= MAX_REPEATS; repeat += 1) {
    const raw = [];
    const again = [];
    const ours = [];
    for (let round = 0; round < CALL_ROUNDS; round += 1) {
      raw.push(await time(runRaw));
      ours.push(await time(() => bridge.call()));
      again.push(await time(runRaw));
    }
    const base = median(raw);
    const noise = median(raw.map((value, at) => again[at] - value)) / base;
    const cost = median(raw.map((value, at) => ours[at] - (value + again[at]) / 2)) / base;
    print(
      `codex call: ours ${ms(ours)}, raw codex exec ${ms(raw)}, paired difference ${percent(cost)} (bar 10.0 %) ${verdict(cost <= 0.1)}; raw against raw ${percent(noise)}`,
    );
    if (Math.abs(noise) <= RAW_NOISE) break;
  }
  const [raw, ours] = [[], []];
  const all = (run) => () => Promise.all(Array.from({ length: PARALLEL }, run));
  for (let round = 0; round < PARALLEL_ROUNDS; round += 1) {
    raw.push(await time(all(runRaw)));
    ours.push(await time(all(() => bridge.call())));
  }
  const ratio = median(ours) / median(raw);
  print(
    `${PARALLEL} calls at once: ours ${ms(ours)}, raw ${ms(raw)}, × ${ratio.toFixed(2)} (bar 1.15) ${verdict(ratio <= 1.15)}`,
  );
  await bridge.close();
}

function runRaw() {
  const args = [
    "exec",
    "--json",
    "-s",
    "read-only",
    "-C",
    project,
    "--skip-git-repo-check",
    "-c",
    "features.unbounded_connection_retries=false",
    "-",
  ];
  return runToExit(codex, args, { env, cwd: project }, "hello");
}

function startBridge(environment) {
  const child = spawn(process.execPath, [BIN], { env: environment, cwd: project, stdio: ["pipe", "pipe", "ignore"] });
  const waiting = new Map();
  let id = 0;
  let rest = "";
  child.stdout.on("data", (chunk) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      const message = JSON.parse(line);
      if (message.id !== undefined) waiting.get(message.id)?.(message.result);
    }
  });
  const send = (message) => child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  const request = (method, params) => {
    id += 1;
    send({ id, method, params });
    return new Promise((resolve) => waiting.set(id, resolve));
  };
  void request("initialize", {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "bench", version: "1" },
  });
  send({ method: "notifications/initialized" });
  return {
    list: async () => (await request("tools/list")).tools,
    call: async () => {
      const result = await request("tools/call", { name: "codex", arguments: { prompt: "hello" } });
      if (result.isError) throw new Error(result.content[0].text);
    },
    close: () => {
      child.stdin.end();
      return new Promise((resolve) => child.once("exit", resolve));
    },
  };
}

function runToExit(command, args, options, input = "") {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ["pipe", "ignore", "ignore"] });
    child.on("error", reject);
    child.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(`${command} ended with ${code}`))));
    child.stdin.end(input);
  });
}

async function time(act, after = () => {}) {
  const start = performance.now();
  const value = await act();
  const took = performance.now() - start;
  await after(value);
  return took;
}

async function load(contents) {
  const outfile = join(folder, "bench.mjs");
  await build({
    stdin: { contents, resolveDir: root, loader: "ts" },
    bundle: true,
    format: "esm",
    platform: "node",
    outfile,
    logLevel: "error",
  });
  return import(pathToFileURL(outfile).href);
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

function ms(values) {
  return `${median(values).toFixed(0)} ms`;
}

function percent(share) {
  return `${(share * 100).toFixed(1)} %`;
}

function verdict(isMet) {
  return isMet ? "met" : "MISSED";
}

function print(line) {
  console.log(line);
}
