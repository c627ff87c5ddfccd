// The backend that runs turns of Claude Code: `claude -p` with lines of JSON in and out, one process for each thread, kept between turns.
import { join } from "node:path";
import { BridgeError } from "../../domain/errors.ts";
import { READ_ONLY } from "../../domain/sandbox.ts";
import type { AgentBackend, BackendDefaults } from "../agent-backend.ts";
import { createCalleeSandbox } from "../callee/callee-sandbox.ts";
import { checkCallerConfig } from "./launch/claude-own.ts";
import { createSessionParts } from "./sessions/session-parts.ts";
import { createThreadFolders } from "./sessions/thread-folders.ts";
import { type ClaudeTurnsOptions, createClaudeTurns } from "./turn/claude-turns.ts";

const NAME = "claude-code";

/** Options of the backend. */
export interface ClaudeCodeOptions extends Omit<ClaudeTurnsOptions, "folders" | "sandbox"> {
  readonly stateDir: string;
  /** The Codex CLI of the user's settings, whose sandbox holds Claude Code; undefined finds it. */
  readonly codexBin: string | undefined;
  readonly codexHome: string;
}

// Claude Code's own settings are left out of every turn, so they give a new thread nothing.
const DEFAULTS: BackendDefaults = {
  sandboxMode: undefined,
  capMode: undefined,
  capNetwork: false,
  approvalPolicy: undefined,
  workspaceWrite: { ...READ_ONLY, mode: "workspace-write", excludeSlashTmp: true, excludeTmpdir: true },
  profile: undefined,
  ownProfile: undefined,
};

/** Makes the `claude-code` backend. */
export function createClaudeCodeBackend(options: ClaudeCodeOptions): AgentBackend {
  const folders = createThreadFolders(options);
  const guarded = [options.codexHome, folders.userConfig, join(options.home, ".claude.json")];
  const turns = createClaudeTurns({ ...options, folders, sandbox: createCalleeSandbox({ ...options, guarded }) });
  return {
    name: NAME,
    agent: "Claude Code",
    continues: [],
    // `--setting-sources ""` leaves out all that a project says (docs/claude-code.md#as-a-callee).
    capabilities: {
      canAsk: false,
      canSteer: false,
      canContinueInterrupted: true,
      projectInstructions: undefined,
      untold: [],
    },
    readDefaults: async () => DEFAULTS,
    checkConfig: checkCallerConfig,
    ...createSessionParts(NAME, folders.listSessionFolders, turns.findRunning),
    // `--fork-session` writes the new session with its first turn, not before.
    forkThread: async () => refuse("make a thread from another one without a turn"),
    setArchived: async () => refuse("archive a thread"),
    runInSandbox: async () => refuse("run a command in a sandbox of its own"),
    startTurn: (request) => {
      const { outcome, interrupt } = turns.run(request);
      // A further prompt becomes part of the turn or a turn of its own, as the moment has it.
      return { outcome, interrupt, steer: async () => "not possible here" };
    },
    close: turns.close,
  };
}

function refuse(what: string): never {
  throw new BridgeError("AGENT_UNSUPPORTED", `Claude Code cannot ${what}.`);
}
