// A panel of three real agents, each of whose models takes 3 s, against the slowest of them alone. All start anew each time, as in a review.
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { delimiter, join } from "node:path";
import { installTool } from "../scripts/install-tool.mjs";
import { loadSource } from "../scripts/load-source.mjs";
import { mapValues, median, race, startServer, time } from "./measure.mjs";

const ROUNDS = 5;
const BAR = 1.15;
const ANSWER_MS = 3_000;
const AGENTS = ["codex", "claude", "gemini"];
const LINE = "export const sum = (a, b) => a - b;";
const ANSWER = JSON.stringify({
  summary: "Looked at it.",
  findings: [
    {
      ...{ severity: "P1", file: "sum.js", startLine: 1, endLine: 1, title: "sum subtracts", body: "It should add." },
      ...{ confidence: 0.9, evidence: LINE, isAboutRemoval: false },
    },
  ],
});

/** The panel and each of its agents alone. `claude` is the program of Claude Code. */
export async function benchPanel({ servers, env, project }, claude) {
  const sources = await loadSource(`
    export { startResponsesStandIn, toCodexConfig } from "./src/setup/demo/responses-standin.ts";
    export { startMessagesStandIn } from "./src/setup/demo/messages-standin.ts";
    export { startGeminiStandIn } from "./test/standins/gemini-standin.ts";
  `);
  const after = () => new Promise((resolve) => setTimeout(resolve, ANSWER_MS));
  const models = {
    codex: await sources.startResponsesStandIn(() => ({ delayMs: ANSWER_MS, steps: [{ say: ANSWER }] })),
    claude: await sources.startMessagesStandIn(
      () => ({ text: ANSWER, delayMs: ANSWER_MS }),
      (tools) => tools.length > 0,
    ),
    gemini: await sources.startGeminiStandIn(async () => {
      await after();
      return { text: ANSWER };
    }),
  };
  const tree = makeChange(join(project, "panel"));
  const server = startServer(servers.ours.command, {
    env: { ...env, ...makeHomes(env, models, sources.toCodexConfig), CLAUDE_BIN: claude },
    cwd: tree,
  });
  const review = async (agents) => {
    const { structuredContent: found } = await server.call("review_panel", { agents });
    const all = found?.reviews ?? [];
    if (all.length === agents.length && all.every(({ error }) => error === undefined)) return;
    throw new Error(`not a review of each: ${JSON.stringify(found)}`);
  };
  try {
    // What is read from the disk the first time counts for nobody.
    await review(AGENTS);
    const alone = Object.fromEntries(AGENTS.map((agent) => [agent, () => time(() => review([agent]))]));
    const times = mapValues(await race(ROUNDS, { ...alone, panel: () => time(() => review(AGENTS)) }), median);
    return [toRow(times)];
  } finally {
    await server.close();
    await Promise.all(Object.values(models).map((model) => model.close()));
  }
}

function toRow({ panel, ...alone }) {
  const [what, ms] = Object.entries(alone).reduce((slowest, next) => (next[1] > slowest[1] ? next : slowest));
  const others = Object.entries(alone).map(([agent, took]) => `${agent} ${took.toFixed(0)} ms`);
  return {
    work: "panel of three, each answers after 3 s",
    times: { ours: panel },
    raw: { what: `${what} alone, the slowest`, ms },
    ratio: panel / ms,
    bar: `× ${BAR.toFixed(2)}`,
    isMet: panel / ms <= BAR,
    note: `alone: ${others.join(", ")}; load of the machine ${loadavg()[0].toFixed(1)}`,
  };
}

function makeChange(folder) {
  mkdirSync(folder);
  const git = (...args) =>
    execFileSync("git", ["-c", "user.name=B", "-c", "user.email=b@localhost", ...args], { cwd: folder });
  writeFileSync(join(folder, "sum.js"), "export const sum = (a, b) => a + b;\n");
  git("init", "--quiet");
  git("add", "-A");
  git("commit", "--quiet", "-m", "first");
  writeFileSync(join(folder, "sum.js"), `${LINE}\n`);
  return folder;
}

// A home for each agent, and what leads it to its model.
function makeHomes({ HOME, PATH }, models, toCodexConfig) {
  const home = join(HOME, "panel-home");
  const codexHome = join(home, "codex");
  const bin = join(home, "bin");
  for (const folder of [codexHome, join(home, ".gemini"), bin]) mkdirSync(folder, { recursive: true });
  writeFileSync(join(codexHome, "config.toml"), toCodexConfig(models.codex.baseUrl));
  const settings = {
    security: { auth: { selectedType: "gemini-api-key" } },
    privacy: { usageStatisticsEnabled: false },
  };
  writeFileSync(join(home, ".gemini/settings.json"), JSON.stringify(settings));
  const gemini = join(installTool("@google/gemini-cli@0.61.0"), "node_modules/@google/gemini-cli/bundle/gemini.js");
  symlinkSync(gemini, join(bin, "gemini"));
  return {
    ...{ HOME: home, CODEX_HOME: codexHome, PATH: [bin, PATH].join(delimiter) },
    BRIDGE_STATE_DIR: join(home, "state"),
    // Otherwise it first asks a small model which one to ask.
    BRIDGE_AGENTS: JSON.stringify({ name: "gemini", command: ["gemini", "--acp", "-m", "gemini-2.5-pro"] }),
    ...{ ANTHROPIC_BASE_URL: models.claude.baseUrl, ANTHROPIC_API_KEY: "bench", DISABLE_AUTOUPDATER: "1" },
    ...{ GOOGLE_GEMINI_BASE_URL: models.gemini.baseUrl, GEMINI_API_KEY: "AIzaSyA0123456789abcdefghijklmnopqrstuv" },
  };
}
