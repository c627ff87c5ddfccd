// The ACP backend with a scripted agent, which no sandbox holds: that a frame is held by one is for the tests with a real agent.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nanoid } from "nanoid";
import type { AcpAgent } from "../../src/agents/acp/acp-agent.ts";
import { createAcpBackend } from "../../src/agents/acp/acp-backend.ts";
import type { AgentBackend } from "../../src/agents/agent-backend.ts";
import type { CalleeSandbox } from "../../src/agents/callee/callee-sandbox.ts";
import { createMachine } from "../../src/app/machine.ts";
import { SILENT_LOGGER } from "../../src/domain/logger.ts";
import { redactSecrets } from "../../src/domain/redact.ts";
import { prepareStateFolder } from "../../src/state/state-folder.ts";
import { findMarked } from "./stdio-bridge.ts";

export interface AcpStageOptions {
  readonly idleMs?: number;
  readonly agent?: Partial<AcpAgent>;
  /** What every script says besides what it does. */
  readonly always?: object;
  readonly sandbox?: CalleeSandbox;
  readonly env?: Record<string, string>;
}

/** A sandbox that lets everything through and says that it holds. */
export const PRETENDED: CalleeSandbox = {
  choose: ({ mode }) => ({ kind: mode === "danger-full-access" ? "unlimited" : "held" }),
  wrap: (program) => ({ ...program, ownWords: [], absentNames: [], findRefusal: () => undefined }),
};

/** A machine where nothing holds a frame. */
export const NO_SANDBOX: CalleeSandbox = {
  choose: ({ mode }) =>
    mode === "danger-full-access" ? { kind: "unlimited" } : { kind: "not held", reason: "there is none" },
  wrap: () => {
    throw new Error("there is none");
  },
};

export const SCRIPTED_AGENT: AcpAgent = {
  id: "scripted",
  name: "The agent",
  command: [process.execPath, join(import.meta.dirname, "scripted-acp-agent.mjs")],
  envPass: [],
  env: {},
  modes: { "read-only": "plan", "workspace-write": "default", "danger-full-access": "full", asking: "default" },
  modelArguments: ["-m", "{model}"],
  homeVariable: "AGENT_HOME",
  homeFiles: [],
};

export interface AcpStage {
  readonly root: string;
  readonly project: string;
  script(script: object): void;
  open(): AgentBackend;
  listAlive(): { pid: number; command: string }[];
  close(): void;
}

export function openAcpStage({
  idleMs = 60_000,
  agent = {},
  always = {},
  sandbox = PRETENDED,
  env = {},
}: AcpStageOptions = {}): AcpStage {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "acp-stage-")));
  const [project, home, stateDir, path] = ["project", "home", "state", "script.json"].map((name) =>
    join(root, name),
  ) as [string, string, string, string];
  for (const folder of [project, home]) mkdirSync(folder);
  writeFileSync(path, "{}");
  const mark = nanoid();
  return {
    root,
    project,
    script: (script) => writeFileSync(path, JSON.stringify({ ...always, ...script })),
    open: () => {
      prepareStateFolder(stateDir);
      return createAcpBackend({
        ...createMachine({ stateDir, cwd: project, logger: SILENT_LOGGER }),
        ...{ idleMs, sandbox, stateDir, home },
        agent: { ...SCRIPTED_AGENT, ...agent },
        env: { HOME: home, PATH: process.env["PATH"], LAB_ACP: path, LAB_CASE: mark, ...env },
        envPass: [],
        readChildDepth: () => 1,
        clock: Date.now,
        newId: () => nanoid(),
        redact: redactSecrets,
        logger: SILENT_LOGGER,
      });
    },
    listAlive: () => findMarked(`LAB_CASE=${mark}`),
    close: () => rmSync(root, { recursive: true, force: true }),
  };
}
