// An agent that speaks the Agent Client Protocol (ACP): what the bridge has to know of it to run it.
import { delimiter } from "node:path";
import type { SandboxMode } from "../../domain/sandbox.ts";
import { findOnPath, isProgram, leaveOutProject } from "../../files/find-on-path.ts";

/** For which turns an agent has a mode: by their sandbox, or those in which a person is asked. */
export type ModeUse = SandboxMode | "asking";

/** An agent, built in or from BRIDGE_AGENTS. */
export interface AcpAgent {
  /** Its name in calls: small letters, digits, hyphens. */
  readonly id: string;
  /** Its name in sentences. */
  readonly name: string;
  /** The program, by its name on the PATH or its absolute path, and its arguments. */
  readonly command: readonly [file: string, ...args: string[]];
  /** Names of secrets that it gets. */
  readonly envPass: readonly string[];
  /** Variables that are set for it. */
  readonly env: Readonly<Record<string, string>>;
  /** Ids of its own modes. Without one it keeps the mode that it starts in. */
  readonly modes: Readonly<Partial<Record<ModeUse, string>>>;
  /** Arguments that choose a model, with `{model}` in them; none means that it takes no model. */
  readonly modelArguments: readonly string[];
  /** The variable by which it finds its home. In a sandbox it has a home of its own for each thread. */
  readonly homeVariable: string;
  /** Its settings and its login, relative to the user's home. It reads them, and cannot write them in a sandbox. */
  readonly homeFiles: readonly string[];
  /** What it looks at in a review by several agents; undefined means everything. */
  readonly view?: string | undefined;
  /** What to do where it is not installed. */
  readonly install?: string | undefined;
}

/** Gemini CLI, tried with 0.61.0 (docs/other-agents.md#gemini-cli). */
export const GEMINI: AcpAgent = {
  id: "gemini",
  name: "Gemini CLI",
  command: ["gemini", "--acp"],
  envPass: ["GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_APPLICATION_CREDENTIALS"],
  // Otherwise a second process does the work, which lives on when the first one is ended.
  env: { GEMINI_CLI_NO_RELAUNCH: "true" },
  // `autoEdit` and `yolo` work in trusted folders alone, and a trusted folder's own hooks and MCP servers run. In `default` it asks before
  // each change, and the bridge answers as the frame says.
  modes: { "read-only": "plan", "workspace-write": "default", "danger-full-access": "default", asking: "default" },
  modelArguments: ["-m", "{model}"],
  homeVariable: "GEMINI_CLI_HOME",
  homeFiles: ["settings.json", "oauth_creds.json", "google_accounts.json", "installation_id", ".env", "GEMINI.md"].map(
    (name) => `.gemini/${name}`,
  ),
  install: "Ask the user to install Gemini CLI (npm install -g @google/gemini-cli) and to log in (`gemini`).",
};

/** Agents whose read-only mode was seen to hold: no write, no command. Of any other version nothing is known. */
const READ_ONLY_HOLDS: readonly (readonly [name: string, version: string, mode: string])[] = [
  ["gemini-cli", "0.61.0", "plan"],
];

/** Whether an agent's mode is known to be read-only. `name` and `version` are what it says of itself. */
export function isHeldByMode(name: unknown, version: unknown, mode: string | undefined): boolean {
  return READ_ONLY_HOLDS.some((known) => known[0] === name && known[1] === version && known[2] === mode);
}

/** The name of an agent's backend in frames. */
export function toBackendName(id: string): string {
  return `acp-${id}`;
}

/** The program of an agent; undefined where it is not installed. Those of the project `cwd` do not count. */
export function findAgentProgram(
  { command: [file] }: AcpAgent,
  env: Readonly<Record<string, string | undefined>>,
  cwd: string | undefined,
): string | undefined {
  if (file.includes("/")) return isProgram(file) ? file : undefined;
  const path = leaveOutProject(env["PATH"] ?? "", cwd);
  const home = env["HOME"];
  return findOnPath(file, [path, ...(home === undefined ? [] : [`${home}/.local/bin`])].join(delimiter));
}
