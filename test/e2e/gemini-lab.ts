// The ACP backend with the real Gemini CLI, within the real sandbox of Codex, with a home, a project and a stand-in model of its own.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nanoid } from "nanoid";
import { type AcpAgent, GEMINI } from "../../src/agents/acp/acp-agent.ts";
import { createHeldAcpBackend } from "../../src/agents/acp/acp-backend.ts";
import type { AgentBackend } from "../../src/agents/agent-backend.ts";
import { createMachine } from "../../src/app/machine.ts";
import { SILENT_LOGGER } from "../../src/domain/logger.ts";
import { redactSecrets } from "../../src/domain/redact.ts";
import { prepareStateFolder } from "../../src/state/state-folder.ts";
import {
  type GeminiFault,
  type GeminiRequest,
  type GeminiStandIn,
  type GeminiStep,
  startGeminiStandIn,
} from "../standins/gemini-standin.ts";
import { createLab, type Lab, NATIVE_CODEX } from "../support/lab.ts";
import { findMarked } from "../support/stdio-bridge.ts";

export type GeminiRespond = (request: GeminiRequest) => GeminiStep | GeminiFault;

export interface OpenGeminiOptions {
  readonly idleMs?: number;
  /** The Codex CLI whose sandbox holds it. */
  readonly codexBin?: string;
  /** What differs from the built-in row. */
  readonly agent?: Partial<AcpAgent>;
}

export interface GeminiLab {
  readonly lab: Lab;
  /** The user's home. */
  readonly home: string;
  readonly model: GeminiStandIn;
  respond(respond: GeminiRespond): void;
  open(options?: OpenGeminiOptions): AgentBackend;
  listAlive(): { pid: number; command: string }[];
  close(): Promise<void>;
}

/** The program of the package in test/gemini. */
export const GEMINI_JS = join(import.meta.dirname, "../gemini/node_modules/@google/gemini-cli/bundle/gemini.js");

/** Whether the Codex CLI under test can hold another agent. */
export const CAN_HOLD = execFileSync(NATIVE_CODEX, ["--version"], { encoding: "utf8" }) >= "codex-cli 0.142";

export const GEMINI_KEY = "AIzaSyA0123456789abcdefghijklmnopqrstuv";

export const GEMINI_SETTINGS = {
  security: { auth: { selectedType: "gemini-api-key" } },
  privacy: { usageStatisticsEnabled: false },
  general: { disableAutoUpdate: true },
};

const AGENT: AcpAgent = { ...GEMINI, command: [process.execPath, GEMINI_JS, "--acp"] };

export async function createGeminiLab(): Promise<GeminiLab> {
  const lab = await createLab();
  const home = join(lab.root, "gemini-home");
  mkdirSync(join(home, ".gemini"), { recursive: true });
  writeFileSync(join(home, ".gemini/settings.json"), JSON.stringify(GEMINI_SETTINGS));
  let current: GeminiRespond = () => ({ text: "over" });
  const model = await startGeminiStandIn((request) => current(request));
  const mark = nanoid();
  return {
    lab,
    home,
    model,
    respond: (respond) => {
      current = respond;
    },
    open: ({ idleMs = 60_000, codexBin = NATIVE_CODEX, agent = {} } = {}) => {
      prepareStateFolder(lab.stateDir);
      const { ledger, openThreads } = createMachine({
        stateDir: lab.stateDir,
        cwd: lab.project,
        logger: SILENT_LOGGER,
      });
      return createHeldAcpBackend({
        ...{ ledger, openThreads, idleMs, home, codexBin, stateDir: lab.stateDir, codexHome: lab.codexHome },
        agent: { ...AGENT, ...agent },
        env: {
          HOME: home,
          PATH: process.env["PATH"],
          GOOGLE_GEMINI_BASE_URL: model.baseUrl,
          GEMINI_API_KEY: GEMINI_KEY,
          LAB_CASE: mark,
        },
        envPass: [],
        readChildDepth: () => 1,
        clock: Date.now,
        newId: () => nanoid(),
        redact: redactSecrets,
        logger: SILENT_LOGGER,
      });
    },
    listAlive: () => findMarked(`LAB_CASE=${mark}`),
    close: async () => {
      await model.close();
      await lab.close();
    },
  };
}
