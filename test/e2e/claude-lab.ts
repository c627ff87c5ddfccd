// The backend of the real Claude Code, with a home, a project and a stand-in model of its own.
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { nanoid } from "nanoid";
import type { AgentBackend } from "../../src/agents/agent-backend.ts";
import { createClaudeCodeBackend } from "../../src/agents/claude-code/backend.ts";
import { createMachine } from "../../src/app/machine.ts";
import { SILENT_LOGGER } from "../../src/domain/logger.ts";
import { redactSecrets } from "../../src/domain/redact.ts";
import {
  type MessagesStandIn,
  type ModelFault,
  type ModelRequest,
  type ModelStep,
  startMessagesStandIn,
} from "../../src/setup/demo/messages-standin.ts";
import { prepareStateFolder } from "../../src/state/state-folder.ts";
import { createLab, type Lab, NATIVE_CODEX } from "../support/lab.ts";
import { findMarked } from "../support/stdio-bridge.ts";
import { findClaude } from "./claude.ts";

export type Respond = (request: ModelRequest) => ModelStep | ModelFault;

export interface ClaudeLab {
  readonly lab: Lab;
  /** Claude Code's home. */
  readonly home: string;
  readonly model: MessagesStandIn;
  /** In the environment of every Claude Code of the lab, as `LAB_CASE`. */
  readonly mark: string;
  /** Changes what the model does. */
  respond(respond: Respond): void;
  /** A backend, as one bridge has it. */
  open(options?: OpenOptions): AgentBackend;
  /** Processes of Claude Code, of its sandbox, and below them that are alive, the oldest first. */
  listAlive(): { pid: number; command: string }[];
  /** Those of Claude Code itself. */
  listAgents(): { pid: number; command: string }[];
  close(): Promise<void>;
}

export interface OpenOptions {
  readonly idleMs?: number;
  /** The Codex CLI whose sandbox holds Claude Code. */
  readonly codexBin?: string;
  /** Undefined takes a variable away. */
  readonly env?: Record<string, string | undefined>;
}

/** Whether this Claude Code has the flag that keeps its file tools in their directories. An older one is refused as a callee. */
export const CAN_BE_HELD = execFileSync(findClaude(), ["--help"], { encoding: "utf8" }).includes("--restricted");

export const KEY = "sk-ant-api03-0123456789abcdefghijklmnopqrstuv";

export async function createClaudeLab(): Promise<ClaudeLab> {
  const lab = await createLab();
  const home = join(lab.root, "claude-home");
  mkdirSync(home);
  let current: Respond = () => ({ text: "over" });
  const model = await startMessagesStandIn(
    (request) => current(request),
    (tools) => tools.length > 0,
  );
  const mark = nanoid();
  return {
    lab,
    home,
    model,
    mark,
    respond: (respond) => {
      current = respond;
    },
    open: ({ idleMs = 60_000, env = {}, codexBin = NATIVE_CODEX } = {}) => {
      prepareStateFolder(lab.stateDir);
      const { ledger, openThreads } = createMachine({
        stateDir: lab.stateDir,
        cwd: lab.project,
        logger: SILENT_LOGGER,
      });
      return createClaudeCodeBackend({
        ...{ ledger, openThreads, idleMs, home, codexBin, stateDir: lab.stateDir, codexHome: lab.codexHome },
        claudeBin: findClaude(),
        env: {
          HOME: home,
          PATH: process.env["PATH"],
          ANTHROPIC_BASE_URL: model.baseUrl,
          ANTHROPIC_API_KEY: KEY,
          LAB_CASE: mark,
          // Full access as root is for containers alone, in Claude Code's words.
          IS_SANDBOX: "1",
          ...env,
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
    listAgents: () => findMarked(`LAB_CASE=${mark}`).filter(({ command }) => command.startsWith(findClaude())),
    close: async () => {
      await model.close();
      await lab.close();
    },
  };
}
