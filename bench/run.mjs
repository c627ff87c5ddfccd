// npm run bench: what the bridge costs, as ratios inside one run. Machines differ and are noisy: no figure here is a test.
// --json prints the rows; --write puts the table into docs/benchmarks.md; --alone leaves the peers out (they are installed on demand);
// --long adds what takes over a minute; --only NAME runs one part, such as `--only hook --alone`.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { installTool } from "../scripts/install-tool.mjs";
import { loadSource } from "../scripts/load-source.mjs";
import { benchAcp } from "./acp.mjs";
import { benchBackground, benchCall, benchExit, benchParallel } from "./calls.mjs";
import { benchClaude, findClaude } from "./claude.mjs";
import { benchDecisions } from "./decisions.mjs";
import { benchPromptHook } from "./hook.mjs";
import { benchJobList } from "./jobs.mjs";
import { benchLeftovers } from "./leftovers.mjs";
import { benchLongThread } from "./long-thread.mjs";
import { runToExit } from "./measure.mjs";
import { benchMemory } from "./memory.mjs";
import { benchPanel } from "./panel.mjs";
import { benchReceipts } from "./receipts.mjs";
import { toLines, toMarkdown } from "./report.mjs";
import { benchStart, benchTokens } from "./start.mjs";
import { benchWarm } from "./warm.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const PEERS = { peer: "codex-mcp-server 1.4.10", official: "codex mcp-server 0.150.0" };
const { values: flags } = parseArgs({
  options: {
    json: { type: "boolean" },
    write: { type: "boolean" },
    alone: { type: "boolean" },
    long: { type: "boolean" },
    only: { type: "string" },
  },
});

const folder = mkdtempSync("/var/tmp/codex-bridge-bench-");
const { startResponsesStandIn, toCodexConfig, findCodexBinary, createRouter, createSnapshots, startMessagesStandIn } =
  await loadSource(`
  export { startResponsesStandIn, toCodexConfig } from "./src/setup/demo/responses-standin.ts";
  export { findCodexBinary } from "./src/agents/codex/program/binary.ts";
  export { createRouter } from "./src/routing/route.ts";
  export { startMessagesStandIn } from "./src/setup/demo/messages-standin.ts";
  export { createSnapshots } from "./src/receipts/snapshots/snapshots.ts";
`);
const standIn = await startResponsesStandIn(answer);
try {
  const lab = makeLab();
  // Only where the end-to-end tests have been installed.
  const claude = findClaude(root);
  const parts = {
    start: benchStart,
    tokens: benchTokens,
    hook: (lab) => benchPromptHook(lab, root),
    call: benchCall,
    parallel: benchParallel,
    warm: benchWarm,
    acp: benchAcp,
    ...(flags.long ? { thread: benchLongThread, memory: benchMemory } : {}),
    background: benchBackground,
    ...(claude === undefined ? {} : { claude: (lab) => benchClaude(lab, claude, startMessagesStandIn) }),
    ...(claude === undefined ? {} : { panel: (lab) => benchPanel(lab, claude) }),
    exit: benchExit,
    leftovers: benchLeftovers,
    jobs: benchJobList,
    receipts: (lab) => benchReceipts(createSnapshots, lab),
    decisions: () => benchDecisions(createRouter),
  };
  const { only } = flags;
  if (only !== undefined && (flags.write || !Object.hasOwn(parts, only))) {
    throw new Error(`--only takes one of ${Object.keys(parts).join(", ")}, and no --write.`);
  }
  const steps = only === undefined ? Object.values(parts) : [parts[only]];
  const rows = [];
  for (const step of steps) {
    const done = await step(lab);
    rows.push(...done);
    if (!flags.json) process.stderr.write(`${done.map(({ work }) => work).join("; ")}: done\n`);
  }
  const printed = flags.json
    ? JSON.stringify({ node: process.versions.node, rows }, null, 2)
    : toLines(rows).join("\n");
  process.stdout.write(`${printed}\n`);
  if (flags.write) {
    mkdirSync(join(root, "docs"), { recursive: true });
    writeFileSync(join(root, "docs/benchmarks.md"), toMarkdown(rows, flags.alone ? {} : PEERS));
  }
} finally {
  await standIn.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

// Every server gets its own Codex home: an old CLI must not touch what a newer one has written.
function makeLab() {
  const project = join(folder, "project");
  mkdirSync(project);
  const codex = findCodexBinary(join(root, "node_modules/.bin/codex"), "").path;
  const env = {
    HOME: folder,
    PATH: process.env.PATH,
    CODEX_BIN: codex,
    CODEX_HOME: makeHome("codex-home"),
    BRIDGE_STATE_DIR: join(folder, "state"),
    BRIDGE_MAX_SANDBOX: "danger-full-access",
    STANDIN_KEY: "bench",
  };
  const certificates = process.env.NODE_EXTRA_CA_CERTS;
  const environments = {
    "clean environment": env,
    ...(certificates ? { "with NODE_EXTRA_CA_CERTS": { ...env, NODE_EXTRA_CA_CERTS: certificates } } : {}),
  };
  const servers = {
    ours: { command: [process.execPath, join(root, "dist/bin.js")], env: {} },
    ...(flags.alone ? {} : makePeers(codex)),
  };
  return { env, environments, servers, project, cwd: project, runRaw: () => runRaw(codex, env, project) };
}

function makePeers(codex) {
  const peer = join(installTool("codex-mcp-server@1.4.10"), "node_modules/codex-mcp-server/dist/index.js");
  const old = join(installTool("@openai/codex@0.150.0"), "node_modules/.bin/codex");
  return {
    peer: {
      command: [process.execPath, peer],
      env: { PATH: `${dirname(codex)}:${process.env.PATH}`, CODEX_HOME: makeHome("codex-home-peer") },
    },
    official: {
      command: [findCodexBinary(old, "").path, "mcp-server"],
      env: { CODEX_HOME: makeHome("codex-home-official") },
    },
  };
}

function makeHome(name) {
  const home = join(folder, name);
  mkdirSync(home);
  writeFileSync(join(home, "config.toml"), toCodexConfig(standIn.baseUrl));
  return home;
}

function runRaw(codex, env, project) {
  const flags = ["--json", "-s", "read-only", "-C", project, "--skip-git-repo-check"];
  const args = ["exec", ...flags, "-c", "features.unbounded_connection_retries=false", "-"];
  return runToExit(codex, args, { env, cwd: project }, "hello");
}

// Says ok at once, or starts what a server has to end.
function answer({ userTexts, toolOutputs }) {
  const isSleep = userTexts.at(-1)?.includes("sleep please") && toolOutputs.length === 0;
  return { steps: [isSleep ? { run: "setsid sleep 300 & sleep 301 & sleep 302" } : { say: "ok" }] };
}
