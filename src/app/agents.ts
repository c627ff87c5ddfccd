// The agents of a bridge: each has a backend and use cases of its own, and they share everything else. One is there from the start; the others
// are loaded when they are first called.
import { GEMINI } from "../agents/acp/acp-agent.ts";
import type { AgentBackend } from "../agents/agent-backend.ts";
import type { Receipts } from "../delegation/receipts/receipts.ts";
import type { AgentId, AgentNames } from "../domain/agents.ts";
import { BridgeError } from "../domain/errors.ts";
import type { Agents, ToolAgent } from "../tools/agents.ts";

/** An agent with all of its use cases. */
export interface AgentUseCases extends ToolAgent {
  readonly receipts: Receipts;
  readonly backend: Pick<AgentBackend, "close">;
}

/** An agent that is not loaded yet. */
export interface AgentSeat {
  readonly names: AgentNames;
  readonly load: () => Promise<AgentUseCases>;
}

/** The agents, as the bridge itself has them. */
export interface BridgeAgents extends Agents {
  open(id: AgentId): Promise<AgentUseCases>;
  /** The agent that a backend belongs to, as frames and receipts name it; the first one where no agent is known by that name. */
  openOwner(backend: string): Promise<AgentUseCases>;
  /** Ends every turn of every agent. A turn of one that is loaded later is interrupted. */
  close(): Promise<void>;
}

/** Makes them. */
export function createAgents(first: AgentUseCases, others: readonly AgentSeat[]): BridgeAgents {
  const names = [first, ...others.map((seat) => seat.names)];
  const opened = new Map<AgentId, Promise<AgentUseCases>>([[first.id, Promise.resolve(first)]]);
  let isClosed = false;

  function open(id: AgentId): Promise<AgentUseCases> {
    const known = opened.get(id);
    if (known !== undefined) return known;
    const seat = others.find((other) => other.names.id === id);
    if (seat === undefined) return Promise.reject(toUnknown(id, names));
    const loading = load(seat);
    opened.set(id, loading);
    // The next call tries again.
    loading.catch(() => opened.delete(id));
    return loading;
  }

  async function load(seat: AgentSeat): Promise<AgentUseCases> {
    const agent = await seat.load();
    if (isClosed) await agent.backend.close();
    return agent;
  }

  return {
    names,
    open,
    openOwner: (backend) => open(names.find(({ backends }) => backends.includes(backend))?.id ?? first.id),
    close: async () => {
      isClosed = true;
      // One that cannot be loaded has nothing to end.
      const ends = [...opened.values()].map((agent) =>
        agent.then(
          ({ backend }) => backend.close(),
          () => {},
        ),
      );
      await Promise.all(ends);
    },
  };
}

function toUnknown(id: AgentId, names: readonly AgentNames[]): BridgeError {
  if (id === GEMINI.id) {
    const message = "There is no `gemini` on the PATH that the bridge was started with.";
    return new BridgeError("AGENT_NOT_FOUND", message, { nextStep: `${GEMINI.install} Then start the bridge again.` });
  }
  const known = names.map((agent) => agent.id).join(", ");
  return new BridgeError("INVALID_ARGUMENT", `This bridge has no agent ${JSON.stringify(id.slice(0, 80))}.`, {
    nextStep: `Use one of: ${known}.`,
  });
}

/** The use cases of receipts. A check runs under what the thread of its receipt may do, so each belongs to the agent of that thread. */
export function joinReceipts(
  agents: BridgeAgents,
  own: Receipts,
  findBackend: (id: string | undefined) => string,
): Receipts {
  return {
    ...own,
    verify: async (id, asked, call) => (await agents.openOwner(findBackend(id))).receipts.verify(id, asked, call),
  };
}
