// The launch of an agent for one thread: its command line, its environment, what holds its frame.

import { DEPTH_VARIABLE, THREAD_VARIABLE } from "../../../domain/chain.ts";
import { BridgeError } from "../../../domain/errors.ts";
import type { SandboxPolicy } from "../../../domain/sandbox.ts";
import type { TurnRequest } from "../../../domain/turn.ts";
import type { CalleeFrame, CalleeSandbox } from "../../callee/callee-sandbox.ts";
import type { LineLaunch } from "../../turn/line-process.ts";
import { type AcpAgent, findAgentProgram } from "../acp-agent.ts";
import { toAcpEnv } from "./acp-env.ts";
import { type AgentHome, toAgentHome } from "./agent-home.ts";

/** What every launch of a bridge depends on. */
export interface AcpLaunchOptions {
  readonly agent: AcpAgent;
  /** Environment of the bridge. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Names of variables that agents get although they would be withheld. */
  readonly envPass: readonly string[];
  /** The user's home. */
  readonly home: string;
  readonly stateDir: string;
  /** Value of BRIDGE_DEPTH for the programs that the agent starts. */
  readonly readChildDepth: () => number;
  readonly sandbox: CalleeSandbox;
}

/** What holds the frame of a turn: the operating system, a mode of the agent's that is known to be read-only, or nothing, for full access. */
export type HeldBy = "system" | "mode" | "nothing";

/** A launch. */
export interface AcpLaunch extends LineLaunch {
  readonly heldBy: HeldBy;
  /** Why the operating system does not hold the frame, a part of a sentence. */
  readonly unheldReason: string | undefined;
  /** The sandbox that is then in force. */
  readonly inForce: SandboxPolicy;
  /** The mode that the agent is to be in; undefined leaves it in its own. */
  readonly mode: string | undefined;
  /** The home of its own that it has in a sandbox. */
  readonly ownHome: AgentHome | undefined;
  /** The sandbox to start it in. */
  readonly held: CalleeFrame | undefined;
}

/** Builds the launch of a turn on a thread. Throws INVALID_ARGUMENT, AGENT_NOT_FOUND, AGENT_UNSUPPORTED or SANDBOX_UNAVAILABLE. */
export function toAcpLaunch(
  { frame, chain }: Pick<TurnRequest, "frame" | "chain">,
  threadId: string,
  options: AcpLaunchOptions,
): AcpLaunch {
  const { agent, env: ownEnv, envPass } = options;
  const { cwd, sandbox, model } = frame;
  refuseMisfits(agent, frame);
  const hold = options.sandbox.choose(sandbox, cwd);
  const heldBy = hold.kind === "held" ? "system" : hold.kind === "unlimited" ? "nothing" : "mode";
  const unheldReason = hold.kind === "not held" ? hold.reason : undefined;
  if (unheldReason !== undefined) requireReadOnly(agent, sandbox, unheldReason);
  const ownHome = heldBy === "system" ? toAgentHome(options, threadId) : undefined;
  // Its process goes on to the next turn, which may belong to another chain: so it is told the depth and its thread, which leads to the link.
  const depth = Math.max(options.readChildDepth(), chain?.depth ?? 0);
  const add = { [DEPTH_VARIABLE]: String(depth), [THREAD_VARIABLE]: threadId, ...ownHome?.env };
  const [, ...args] = agent.command;
  const launch = {
    file: findProgram(options, cwd),
    args: [...args, ...toModelArguments(agent, model)],
    env: toAcpEnv(ownEnv, agent, envPass, add),
    cwd,
    areas: sandbox.mode === "read-only" ? [] : [cwd, ...sandbox.writableRoots],
  };
  const held = ownHome && { sandbox, ownFolders: [ownHome.path], tmpdir: ownHome.tmp };
  return {
    ...launch,
    ...{ heldBy, unheldReason, ownHome, held },
    // The agent asks its model itself, so nobody can take the network from it.
    inForce:
      sandbox.mode === "workspace-write"
        ? { ...sandbox, networkAccess: true, excludeSlashTmp: true, excludeTmpdir: true }
        : sandbox,
    mode: toMode(agent, frame),
    key: JSON.stringify([launch, held]),
  };
}

function toMode({ modes }: AcpAgent, { sandbox, approvalPolicy }: TurnRequest["frame"]): string | undefined {
  const isAsking = approvalPolicy !== "never" && sandbox.mode !== "read-only";
  return (isAsking ? modes.asking : undefined) ?? modes[sandbox.mode];
}

function refuseMisfits({ name, modes }: AcpAgent, frame: TurnRequest["frame"]): void {
  if (frame.permissions !== undefined) {
    throw new BridgeError("AGENT_UNSUPPORTED", `${name} has no permission profiles, so it cannot keep the thread's.`);
  }
  if (frame.reasoningEffort !== undefined) {
    throw new BridgeError("INVALID_ARGUMENT", `The protocol of ${name} cannot set a reasoning effort.`, {
      nextStep: "Leave it out.",
    });
  }
  const { sandbox, approvalPolicy } = frame;
  if (sandbox.mode === "danger-full-access" && approvalPolicy !== "never" && modes.asking === undefined) {
    const message = `${name} has no mode in which it asks, so with danger-full-access it would do everything unasked.`;
    throw new BridgeError("SANDBOX_DENIED", message, { nextStep: "Use a narrower sandbox, or approval-policy never." });
  }
}

// Without the operating system only reading is possible, in a mode that the bridge knows. Which mode it is, the agent says later.
function requireReadOnly({ name, modes }: AcpAgent, { mode }: SandboxPolicy, reason: string): void {
  if (mode === "read-only" && modes["read-only"] !== undefined) return;
  throw new BridgeError("SANDBOX_UNAVAILABLE", `${name} cannot be held to the sandbox ${mode} here: ${reason}.`, {
    nextStep: NEEDS_SANDBOX,
  });
}

/** What to do where the operating system does not hold a frame. */
export const NEEDS_SANDBOX =
  "Ask the user to install Codex CLI 0.142 or later where `codex sandbox -- true` succeeds. Until then use codex or claude for this.";

function toModelArguments({ name, modelArguments }: AcpAgent, model: string | undefined): string[] {
  if (model === undefined) return [];
  if (modelArguments.length === 0 || model.startsWith("-") || model.includes("\0")) {
    const why =
      modelArguments.length === 0 ? `${name} takes no model from the bridge.` : `${JSON.stringify(model)} is no model.`;
    throw new BridgeError("INVALID_ARGUMENT", why, {
      nextStep: "Leave `model` out, or have the user name modelArguments in BRIDGE_AGENTS.",
    });
  }
  return modelArguments.map((text) => text.replaceAll("{model}", () => model));
}

function findProgram({ agent, env, home }: AcpLaunchOptions, cwd: string): string {
  const found = findAgentProgram(agent, { ...env, HOME: env["HOME"] ?? home }, cwd);
  if (found !== undefined) return found;
  const [file] = agent.command;
  const where = file.includes("/") ? `${file} is not a program.` : `There is no \`${file}\` on the PATH.`;
  throw new BridgeError("AGENT_NOT_FOUND", where, {
    nextStep: agent.install ?? `Ask the user to install ${agent.name}, or to correct its command in BRIDGE_AGENTS.`,
  });
}
