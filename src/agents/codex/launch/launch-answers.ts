// Asks the installed Codex CLI what a launch needs to know, and decides from the answers: which trust it gets, which of its MCP servers are
// switched off, and whether its command rules apply.

import { BridgeError } from "../../../domain/errors.ts";
import { runCommand } from "../../../process/program.ts";
import { listRuleFolders, readCommandRules, readRuleStamp } from "../config/command-rules.ts";
import type { Override } from "../config/overrides.ts";
import { toFlags } from "../config/overrides.ts";
import type { ExecCapabilities, RunCodex } from "../program/capabilities.ts";
import type { CodexTurnRequest } from "../turn/codex-turn-request.ts";
import { checkCapabilities } from "./launch-checks.ts";
import type { LaunchInputs } from "./launch-inputs.ts";
import type { LaunchOptions } from "./launch-options.ts";
import { chooseMemoryServer } from "./memory-server.ts";
import { type Questions, type RunWithin, withPatience } from "./questions.ts";
import { chooseRules } from "./rules-choice.ts";
import { type Trust, toTrustOverride } from "./sandbox-overrides.ts";
import { chooseServers, listServers } from "./server-choice.ts";
import { chooseTrust } from "./trust-choice.ts";

/** The answers, and the decisions that follow from them. */
export interface LaunchAnswers {
  readonly exec: ExecCapabilities;
  /** Runs a short command of the same program, with the turn's configuration. */
  readonly runCodex: RunCodex;
  readonly trust: Trust;
  /** Overrides that switch off Codex's own MCP servers, and one that adds the shared memory where the turn has it. */
  readonly mcpServers: readonly Override[];
  /** Whether others may start with a thread. */
  readonly mayStartServers: boolean;
  /** Whether subagents are switched off, because they could start MCP servers that no list names. */
  readonly withoutSubagents: boolean;
  readonly ignoresRules: boolean;
  /**
   * Rule files, as they are now, whose commands would leave the sandbox although they must stay in it. Empty if there are none, or if the
   * user or full access lets them.
   */
  readonly findEscapes: () => readonly string[];
  /** A text that changes whenever a rule file does. */
  readonly readRuleStamp: () => string;
  /** A warning for the user that goes with `ignoresRules`. */
  readonly rulesWarning: string | undefined;
  /** Warnings for the user. */
  readonly warnings: readonly string[];
}

/** What is needed to ask the program. */
export interface AskScope {
  readonly options: LaunchOptions;
  readonly questions: Questions;
  readonly inputs: LaunchInputs;
  readonly env: Readonly<Record<string, string>>;
  /** The user's own overrides, as options. */
  readonly userFlags: readonly string[];
  /** Called before each program that is started to ask. */
  readonly onAsk: () => void;
}

/**
 * Asks Codex within the turn's deadline. Throws if the turn must not run: AGENT_NOT_ANSWERING, AGENT_UNSUPPORTED, SANDBOX_DENIED,
 * CONFIG_INVALID, THREAD_NOT_FOUND, or an error of `toSpawnError` if Codex cannot be started.
 */
export async function askCodex(request: CodexTurnRequest, scope: AskScope): Promise<LaunchAnswers> {
  const { questions, inputs } = scope;
  const { codexHome, codexRules, childMcp } = toLimits(request, scope.options);
  const { binary, config, trustFolders, layers } = inputs;
  const { cwd, profile, sandbox } = request.frame;
  const run = createRunner(request, scope);
  const runCodex = withPatience(run);
  const exec = await questions.findCapabilities(binary.stamp, run, { file: binary.path, cwd });
  const given = chooseTrust(exec, { mode: sandbox.mode, trustFolders, layers, entries: config, rulesMode: codexRules });
  const trustFlags = toFlags(toTrustOverride(given.trust));
  const listed = await listServers(childMcp, inputs, { questions, run, cwd, trustFlags });
  checkCapabilities(exec, request, codexHome);
  if (request.readsOnly === true && listed === undefined) throw notListed();
  const servers = chooseServers(listed, childMcp, inputs, profile);
  const memory = chooseMemoryServer(request, scope.options.memory, servers);
  const scopeOfRules = { codexHome, mode: codexRules, run: runCodex, foreign: layers.foreign };
  const rules = await chooseRules(request, exec, scopeOfRules);
  return {
    exec,
    runCodex,
    trust: given.trust,
    mcpServers: [...servers.disabled, ...memory],
    // What one turn needs is nothing to prepare for the next one.
    mayStartServers: servers.mayStart || memory.length > 0,
    withoutSubagents: childMcp.mode === "none" && exec.startsRoleServers,
    ignoresRules: rules.isIgnored,
    findEscapes: () =>
      codexRules === "ignore" && sandbox.mode !== "danger-full-access"
        ? readCommandRules(listRuleFolders(cwd, codexHome)).allowing
        : [],
    readRuleStamp: () => readRuleStamp(listRuleFolders(cwd, codexHome)),
    rulesWarning: rules.warning,
    warnings: [...given.warnings, servers.warning].filter((text) => text !== undefined),
  };
}

// Codex's own MCP servers, and commands that a rule allows, act outside the sandbox. The user's settings for both are meant for turns that
// may write.
function toLimits({ readsOnly }: CodexTurnRequest, options: LaunchOptions): LaunchOptions {
  if (readsOnly !== true) return options;
  return { ...options, codexRules: "ignore", childMcp: { ...options.childMcp, mode: "none" } };
}

function notListed(): BridgeError {
  const message = "Codex did not list its MCP servers, so they cannot be switched off. No turn was started.";
  return new BridgeError("AGENT_NOT_ANSWERING", message);
}

function createRunner(request: CodexTurnRequest, { inputs, env, userFlags, onAsk }: AskScope): RunWithin {
  const file = inputs.binary.path;
  const { cwd } = request.frame;
  const start = performance.now();
  return (limitMs) => (args) => {
    onAsk();
    const timeoutMs = Math.max(1, Math.min(limitMs, request.deadlineMs - (performance.now() - start)));
    return runCommand({ file, args: [...userFlags, ...args], env, cwd }, { timeoutMs, signal: request.signal });
  };
}
