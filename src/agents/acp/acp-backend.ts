// The backend of any agent that speaks the Agent Client Protocol: one process for each thread, kept between turns.
import { join } from "node:path";
import { BridgeError } from "../../domain/errors.ts";
import { READ_ONLY } from "../../domain/sandbox.ts";
import { createAgentThreadFiles } from "../../state/agent-thread-files.ts";
import type { AgentBackend, BackendDefaults, CallerConfig, CheckedConfig } from "../agent-backend.ts";
import { createCalleeSandbox } from "../callee/callee-sandbox.ts";
import { toBackendName } from "./acp-agent.ts";
import { createThreadParts } from "./threads/thread-parts.ts";
import { type AcpTurnsOptions, createAcpTurns } from "./turn/acp-turns.ts";

/** Options of the backend. */
export type AcpBackendOptions = AcpTurnsOptions;

// The agent's own settings are its own: they give a new thread nothing.
const DEFAULTS: BackendDefaults = {
  sandboxMode: undefined,
  capMode: undefined,
  capNetwork: false,
  approvalPolicy: undefined,
  askingPolicy: "on-request",
  workspaceWrite: { ...READ_ONLY, mode: "workspace-write", excludeSlashTmp: true, excludeTmpdir: true },
  profile: undefined,
  ownProfile: undefined,
};

/** Options of the backend in a bridge. */
export interface HeldAcpBackendOptions extends Omit<AcpBackendOptions, "sandbox"> {
  /** The Codex CLI of the user's settings, whose sandbox holds the agent; undefined finds it. */
  readonly codexBin: string | undefined;
  readonly codexHome: string;
}

/** Makes the backend of an agent that Codex's sandbox holds. What its turns may write holds neither Codex's home nor the agent's own files. */
export function createHeldAcpBackend(options: HeldAcpBackendOptions): AgentBackend {
  const { agent, home, codexHome } = options;
  const guarded = [codexHome, ...agent.homeFiles.map((name) => join(home, name))];
  return createAcpBackend({ ...options, sandbox: createCalleeSandbox({ ...options, guarded }) });
}

/** Makes the backend of an agent. It costs nothing before its first turn. */
export function createAcpBackend(options: AcpBackendOptions): AgentBackend {
  const { agent, stateDir, idleMs } = options;
  const files = createAgentThreadFiles(stateDir, agent.id);
  const turns = createAcpTurns(options, files);
  const name = toBackendName(agent.id);
  const refuse = (what: string): never => {
    throw new BridgeError("AGENT_UNSUPPORTED", `${agent.name} cannot ${what} over its protocol.`);
  };
  return {
    name,
    agent: agent.name,
    continues: [],
    // A process that heeds a cancel is kept with its session; one that has to be killed loses it, unless the agent can load it.
    capabilities: {
      canAsk: true,
      canSteer: false,
      canContinueInterrupted: idleMs > 0,
      projectInstructions: { leaveOut: undefined },
      // docs/other-agents.md#what-acp-does-not-tell
      untold: ["tokens used", "model that ran", "exit codes of commands", "rate limits of its provider"],
    },
    readDefaults: async () => DEFAULTS,
    checkConfig: (asked) => checkCallerConfig(agent.name, asked),
    ...createThreadParts({ name, agent: agent.name }, files, turns.isRunning),
    forkThread: async () => refuse("make a thread from another one"),
    setArchived: async () => refuse("archive a thread"),
    runInSandbox: async () => refuse("run a command in a sandbox of its own"),
    startTurn: (request) => {
      const { outcome, interrupt } = turns.run(request);
      // A second prompt cancels the first one in Gemini CLI, and waits for its end in others.
      return { outcome, interrupt, steer: async () => "not possible here" };
    },
    close: turns.close,
  };
}

const NOTHING_ASKED: CheckedConfig = {
  ...{ model: undefined, reasoningEffort: undefined, developerInstructions: undefined, sandboxMode: undefined },
  ...{ approvalPolicy: undefined, networkAccess: undefined, writableRoots: undefined },
  ...{ excludeSlashTmp: undefined, excludeTmpdir: undefined },
  own: {},
};

// What is asked may hold more than the settings of an agent: a whole call does.
function checkCallerConfig(
  agent: string,
  { baseInstructions, compactPrompt, profile, config = {} }: CallerConfig,
): CheckedConfig {
  const others = { "base-instructions": baseInstructions, "compact-prompt": compactPrompt, profile };
  const [key] = [
    ...Object.keys(config).map((name) => `config.${name}`),
    ...Object.entries(others).flatMap(([name, value]) => (value === undefined ? [] : [name])),
  ];
  if (key === undefined) return NOTHING_ASKED;
  throw new BridgeError("CONFIG_DENIED", `${key} cannot be set for ${agent}.`, { nextStep: "Leave it out." });
}
