// Finds those of Codex's own MCP servers that must not start with a turn of the bridge, such as the bridge itself.
import { basename } from "node:path";
import { BridgeError } from "../../../domain/errors.ts";
import type { Override } from "../config/overrides.ts";
import { isBridgeProgram } from "./bridge-program.ts";
import type { CodexMcpServer } from "./capabilities.ts";
import { findCommandWords } from "./command-words.ts";

/** How the user wants Codex's own MCP servers to be treated. */
export interface ChildMcpPolicy {
  /** `none` switches all of them off. */
  readonly mode: "inherit" | "none";
  /** Whether this bridge may be one of them. */
  readonly allowNested: boolean;
  /** Path of the running bridge program. */
  readonly ownPath: string;
}

/**
 * Every server that Codex could start: those it lists, and those in the config files. Codex's list ignores profiles. If Codex did not
 * answer (`listed` is undefined), only the servers in the files of the user and the trusted project are known.
 */
export function joinServers(
  listed: readonly CodexMcpServer[] | undefined,
  profile: string | undefined,
  ofUser: readonly CodexMcpServer[],
  ofProject: readonly CodexMcpServer[],
): CodexMcpServer[] {
  const named = listed === undefined ? [...ofUser, ...ofProject] : profile === undefined ? [] : ofUser;
  const all = [...(listed ?? []), ...named];
  return all.filter(({ name }, index) => all.findIndex((server) => server.name === name) === index);
}

/** The servers to switch off. Throws CONFIG_INVALID if one of them has a name that `-c mcp_servers.<name>.enabled` does not take. */
export function findServersToDisable(servers: readonly CodexMcpServer[], policy: ChildMcpPolicy): CodexMcpServer[] {
  const doomed = servers.filter(
    ({ commandLine }) => policy.mode === "none" || (!policy.allowNested && startsAgents(commandLine, policy.ownPath)),
  );
  const odd = doomed.find((server) => !/^[A-Za-z0-9_-]+$/.test(server.name));
  if (odd !== undefined) {
    throw new BridgeError(
      "CONFIG_INVALID",
      `Codex's MCP server "${odd.name}" cannot be switched off because of its name.`,
      {
        nextStep: "Ask the user to rename it in config.toml to letters, digits, - and _, or to remove it.",
      },
    );
  }
  return doomed;
}

/**
 * The overrides that switch a server off. If no config file defines it, a plugin brings it: then the override is a whole entry, which takes
 * its place. Codex does not start with half of one (docs/codex-cli.md#plugins).
 */
export function toSwitchedOff({ name, transportKey }: CodexMcpServer, isInFile: boolean): Override[] {
  const off: Override = [`mcp_servers.${name}.enabled`, false];
  if (isInFile || transportKey === undefined) return [off];
  return [[`mcp_servers.${name}.${transportKey}`, NOWHERE[transportKey]], off];
}

/** Nothing is started or called: the entry is off. */
const NOWHERE = { command: "false", url: "http://127.0.0.1:9/" } as const;

// The plugin `cc`: its path begins with a variable, which the shell expands.
const IN_PLUGIN = /\/plugins\/cache\/codex-bridge\/[^/]+\/[^/]+\/dist\/bin\.js$/;

/** Whether a command line starts a bridge: by the package's name, as the running program, or as another copy. */
export function isBridgeCommand(commandLine: readonly string[], ownPath: string): boolean {
  return findCommandWords(commandLine).some(
    (word) =>
      /^codex-bridge(@.*|-\d.*\.tgz|(\.git)?(#.*)?)$/.test(basename(word)) ||
      IN_PLUGIN.test(word) ||
      (word.includes("/") && isBridgeProgram(word, ownPath)),
  );
}

/** Whether a command line starts the shared memory alone, which starts no agent. */
export function isMemoryCommand(commandLine: readonly string[], ownPath: string): boolean {
  const before = commandLine.slice(0, Math.max(0, commandLine.indexOf("memory-server")));
  // Directly behind the program: in the text of a shell there may be other commands.
  return isBridgeCommand(before, ownPath) && isBridgeCommand(before.slice(-1), ownPath);
}

function startsAgents(commandLine: readonly string[], ownPath: string): boolean {
  return isBridgeCommand(commandLine, ownPath) && !isMemoryCommand(commandLine, ownPath);
}
