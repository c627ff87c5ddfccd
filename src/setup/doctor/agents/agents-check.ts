// Which other agents are installed, and whether a turn of theirs can write: the operating system has to hold it, as it does Codex's.
import { findAgentProgram, GEMINI } from "../../../agents/acp/acp-agent.ts";
import { toClaudeEnv } from "../../../agents/claude-code/launch/claude-env.ts";
import { findClaude } from "../../../agents/claude-code/launch/claude-launch.ts";
import { BridgeError } from "../../../domain/errors.ts";
import { askVersion } from "../ask-program.ts";
import { type Finding, mergeFindings, ok, warning } from "../check.ts";
import type { DoctorSettings } from "../options.ts";
import { findHoldProblem } from "./hold-check.ts";

/** What the server has. */
export interface AgentsScope {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly settings: Pick<DoctorSettings, "agents" | "claudeBin" | "codexBin" | "codexHome" | "envPass" | "stateDir">;
}

/** Looks for Claude Code, Gemini CLI and the agents of BRIDGE_AGENTS. That there is none is well. */
export async function checkAgents(scope: AgentsScope): Promise<Finding> {
  const { env, cwd, settings } = scope;
  const configured = settings.agents.map(({ id, command: [file], ...agent }) => {
    const path = findAgentProgram({ id, command: [file], ...agent }, env, cwd);
    return { found: `${agent.name} at ${path ?? file}`, isMissing: path === undefined };
  });
  const known = settings.agents.some(({ id }) => id === GEMINI.id) ? [] : [describeGemini(scope)];
  const installed = (await Promise.all([describeClaude(scope), ...known])).flatMap((found) => found ?? []);
  const missing = configured.filter(({ isMissing }) => isMissing).map(({ found }) => found);
  const all = [...installed, ...configured.filter(({ isMissing }) => !isMissing).map(({ found }) => found)];
  return mergeFindings([
    ...(missing.length === 0
      ? []
      : [warning(`BRIDGE_AGENTS: not there: ${missing.join(", ")}`, "Install it, or correct its command.")]),
    all.length === 0 ? ok("no other agent is installed") : await judgeHold(all.join(", "), scope),
  ]);
}

async function judgeHold(agents: string, scope: AgentsScope): Promise<Finding> {
  const problem = await findHoldProblem(scope);
  if (problem === undefined)
    return ok(`${agents}; Codex's sandbox holds them here, so they may write where a turn may`);
  return warning(
    `${agents}; they only read here, since the operating system cannot hold them: ${problem}`,
    "Install Codex CLI 0.142 or later, where `codex sandbox -- true` succeeds, if they are to write.",
  );
}

async function describeClaude({ env, cwd, settings }: AgentsScope): Promise<string | undefined> {
  try {
    const file = findClaude({ claudeBin: settings.claudeBin, env }, cwd);
    const version = await askVersion(file, { cwd, env: toClaudeEnv(env, settings.envPass, {}) });
    return `Claude Code ${version ?? "(which does not say its version)"} at ${file}`;
  } catch (error) {
    if (error instanceof BridgeError) return undefined;
    throw error;
  }
}

// Its settings and its login are not read for a version, so it gets no secret.
async function describeGemini({ env, cwd }: AgentsScope): Promise<string | undefined> {
  const file = findAgentProgram(GEMINI, env, cwd);
  if (file === undefined) return undefined;
  const plain = { PATH: env["PATH"] ?? "", HOME: env["HOME"] ?? "", ...GEMINI.env };
  return `${GEMINI.name} ${(await askVersion(file, { cwd, env: plain })) ?? "(which does not say its version)"} at ${file}`;
}
