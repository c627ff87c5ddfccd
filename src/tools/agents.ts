// The agents that a handler can use.
import type { AgentThreads } from "../delegation/failover/agent-threads.ts";
import type { SendToThread } from "../delegation/jobs/send-message.ts";
import type { Reviews } from "../delegation/reviews/reviews.ts";
import type { Delegation } from "../delegation/turns/delegation.ts";
import type { AgentId, AgentNames } from "../domain/agents.ts";

/** An agent, with the use cases that are its own. */
export interface ToolAgent extends AgentNames {
  readonly delegation: Delegation;
  readonly reviews: Reviews;
  /** Its threads, where a task of them goes to another agent. */
  readonly threads: AgentThreads;
  /** Sends a message to one of its threads. */
  readonly send: SendToThread;
}

/** The agents of a bridge. */
export interface Agents {
  /** Their names, in the order in which they are offered. */
  readonly names: readonly AgentNames[];
  /** The agent with an id. Its backend is loaded with the first call. Throws INVALID_ARGUMENT if this bridge has no such agent. */
  open(id: AgentId): Promise<ToolAgent>;
}
