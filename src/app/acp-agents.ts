// The agents beside Codex and Claude: those of the user's settings, and Gemini CLI where it is installed.
import { nanoid } from "nanoid";
import { type AcpAgent, findAgentProgram, GEMINI, toBackendName } from "../agents/acp/acp-agent.ts";
import type { AgentBackend } from "../agents/agent-backend.ts";
import type { AgentNames } from "../domain/agents.ts";
import type { BackendScope } from "./backend.ts";

/** An agent, and how it is called. */
export interface NamedAcpAgent {
  readonly agent: AcpAgent;
  readonly names: AgentNames;
}

/** Lists them. No program is started, and no file is read. */
export function listAcpAgents({ settings, env }: Pick<BackendScope, "settings" | "env">, cwd: string): NamedAcpAgent[] {
  const { agents } = settings;
  const isThere = agents.some(({ id }) => id === GEMINI.id) || findAgentProgram(GEMINI, env, cwd) === undefined;
  return [...agents, ...(isThere ? [] : [GEMINI])].map((agent) => ({ agent, names: toNames(agent) }));
}

function toNames({ id, name, view }: AcpAgent): AgentNames {
  return { id, name, tools: { start: "run_agent", reply: "run_agent" }, backends: [toBackendName(id)], view };
}

/** Loads the backend of one. A check of its turns runs in Codex's sandbox. */
export async function loadAcpBackend(agent: AcpAgent, scope: BackendScope, codex: AgentBackend): Promise<AgentBackend> {
  const { createHeldAcpBackend } = await import("../agents/acp/acp-backend.ts");
  const { settings, env, home, ledger, openThreads, depth, clock, redact, logger } = scope;
  const { envPass, threadIdleMs: idleMs, codexBin, codexHome, stateDir } = settings;
  const backend = createHeldAcpBackend({
    ...{ agent, env, home, ledger, openThreads, clock, redact, logger },
    ...{ envPass, idleMs, codexBin, codexHome, stateDir },
    readChildDepth: () => depth().depth + 1,
    newId: () => nanoid(),
  });
  const { own } = codex.checkConfig({});
  return {
    ...backend,
    runInSandbox: (command) =>
      codex.runInSandbox({ ...command, frame: { ...command.frame, own, backend: codex.name } }),
  };
}
