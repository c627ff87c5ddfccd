// An agent over ACP: our backend against the raw protocol, both without a sandbox; what the sandbox adds is told beside it.
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { installTool } from "../scripts/install-tool.mjs";
import { loadSource } from "../scripts/load-source.mjs";
import { median, race, time } from "./measure.mjs";

const FOLLOWING_ROUNDS = 41;
const NEW_ROUNDS = 7;
const BAR = 1.15;
const HELD = "read-only";
const FREE = "danger-full-access";
const MODEL = "gemini-2.5-pro";

/** New threads and following turns of Gemini CLI. */
export async function benchAcp(lab) {
  const sources = await loadSource(`
    // First, and not lazily: in one bundle the SDK would otherwise begin in the middle of what it needs.
    export { ndJsonStream } from "@agentclientprotocol/sdk";
    export { createHeldAcpBackend } from "./src/agents/acp/acp-backend.ts";
    export { GEMINI } from "./src/agents/acp/acp-agent.ts";
    export { createMachine } from "./src/app/machine.ts";
    export { SILENT_LOGGER } from "./src/domain/logger.ts";
    export { READ_ONLY } from "./src/domain/sandbox.ts";
    export { prepareStateFolder } from "./src/state/state-folder.ts";
    export { startGeminiStandIn } from "./test/standins/gemini-standin.ts";
  `);
  const file = join(installTool("@google/gemini-cli@0.61.0"), "node_modules/@google/gemini-cli/bundle/gemini.js");
  const model = await sources.startGeminiStandIn(() => ({ text: "hello" }));
  const home = join(lab.env.HOME, "gemini-home");
  mkdirSync(join(home, ".gemini"), { recursive: true });
  const settings = {
    security: { auth: { selectedType: "gemini-api-key" } },
    privacy: { usageStatisticsEnabled: false },
  };
  writeFileSync(join(home, ".gemini/settings.json"), JSON.stringify(settings));
  const env = {
    HOME: home,
    PATH: lab.env.PATH,
    GEMINI_API_KEY: "AIzaSyA0123456789abcdefghijklmnopqrstuv",
    GOOGLE_GEMINI_BASE_URL: model.baseUrl,
    GEMINI_CLI_NO_RELAUNCH: "true",
  };
  const ours = openOurs(sources, lab, { env, home, file });
  const openRaw = () => startRaw([file, "--acp", "-m", MODEL], env, lab.project);
  try {
    const [raw, free, held] = [await openRaw(), await ours.turn(FREE), await ours.turn(HELD)];
    const following = await race(FOLLOWING_ROUNDS, {
      raw: () => time(() => raw.turn()),
      ours: () => time(() => ours.turn(FREE, free)),
      held: () => time(() => ours.turn(HELD, held)),
    });
    raw.end();
    const fresh = await race(NEW_ROUNDS, {
      raw: () =>
        time(
          async () => {
            const started = await openRaw();
            await started.turn();
            return started;
          },
          (started) => started.end(),
        ),
      ours: () => time(() => ours.turn(FREE)),
      held: () => time(() => ours.turn(HELD)),
    });
    return [toRow("ACP: new thread and turn", fresh), toRow("ACP: following turn, warm", following)];
  } finally {
    await ours.close();
    await model.close();
  }
}

function toRow(work, { raw, ours, held }) {
  const [theirs, mine] = [median(raw), median(ours)];
  const ratio = mine / theirs;
  return {
    work,
    times: { ours: mine },
    raw: { what: "gemini --acp", ms: theirs },
    ratio,
    bar: `× ${BAR.toFixed(2)}`,
    isMet: ratio <= BAR,
    note: `${(mine - theirs).toFixed(1)} ms more; in the sandbox ${median(held).toFixed(0)} ms (× ${(median(held) / theirs).toFixed(2)})`,
  };
}

function openOurs(sources, lab, { env, home, file }) {
  const { createHeldAcpBackend, createMachine, GEMINI, SILENT_LOGGER: logger } = sources;
  const stateDir = join(home, "state");
  sources.prepareStateFolder(stateDir);
  let count = 0;
  const backend = createHeldAcpBackend({
    ...createMachine({ stateDir, cwd: lab.project, logger }),
    ...{ stateDir, home, env, logger, idleMs: 60_000, codexBin: lab.env.CODEX_BIN, codexHome: lab.env.CODEX_HOME },
    agent: { ...GEMINI, command: [process.execPath, file, "--acp"] },
    envPass: [],
    readChildDepth: () => 1,
    clock: Date.now,
    newId: () => `bench-${count++}`,
    redact: (text) => text,
  });
  return {
    turn: async (mode, threadId) => {
      const frame = toFrame(sources, lab, mode);
      const limits = { deadlineMs: 60_000, silenceMs: 60_000, quietMs: 60_000 };
      const request = {
        prompt: "hello",
        frame,
        threadId,
        images: [],
        ...limits,
        onEvent: () => {},
        ask: async () => ({ kind: "declined" }),
      };
      const outcome = await backend.startTurn(request).outcome;
      if (outcome.kind !== "completed") throw new Error(JSON.stringify(outcome));
      return outcome.report.threadId;
    },
    close: () => backend.close(),
  };
}

function toFrame({ READ_ONLY }, { project: cwd }, mode) {
  const sandbox = { ...READ_ONLY, mode };
  return { cwd, sandbox, approvalPolicy: "never", own: {}, backend: "acp-gemini", model: MODEL };
}

async function startRaw(args, env, cwd) {
  const child = spawn(process.execPath, args, { env, cwd, stdio: ["pipe", "pipe", "ignore"] });
  const waiting = new Map();
  let rest = "";
  let id = 0;
  child.stdout.on("data", (chunk) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      const message = JSON.parse(line);
      waiting.get(message.id)?.(message.result);
    }
  });
  const call = (method, params) =>
    new Promise((resolve) => {
      id += 1;
      waiting.set(id, resolve);
      child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
    });
  await call("initialize", { protocolVersion: 1, clientCapabilities: {} });
  const { sessionId } = await call("session/new", { cwd, mcpServers: [] });
  return {
    turn: () => call("session/prompt", { sessionId, prompt: [{ type: "text", text: "hello" }] }),
    end: () => child.kill(),
  };
}
