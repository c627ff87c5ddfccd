// The work of a thread as another agent gets it that takes it over: its last task and answer word for word, the rest in short.
import { createContextManager, type Handoff } from "../../context/context-manager.ts";
import { estimateTokens } from "../../context/tokens.ts";
import type { WindowRules } from "../../context/window.ts";
import type { Clock } from "../../domain/clock.ts";
import type { ThreadMessage } from "../../domain/thread.ts";

/** What an export is made with. */
export interface ThreadExport {
  /** Name of the thread's agent, in sentences. */
  readonly agentName: string;
  /** Id of the agent that takes the work over. */
  readonly targetAgent: string;
  /** What that agent is asked to do. */
  readonly task: string;
  readonly window: WindowRules;
  readonly clock: Clock;
}

/** A longer message is summed up even if it is the last one. */
const WHOLE_TOKENS = 2_000;

/** Exports the messages of a thread, oldest first, without secrets. Throws CONTEXT_OVERFLOW where not even the last ones fit into the window. */
export function exportThread(
  messages: readonly ThreadMessage[],
  { agentName, targetAgent, task, window, clock }: ThreadExport,
): Handoff {
  const manager = createContextManager({ window, clock, task });
  const last = (role: ThreadMessage["role"]): number => messages.findLastIndex((message) => message.role === role);
  const kept = new Set([last("user"), last("assistant")]);
  for (const [at, { role, text }] of messages.entries()) {
    const content = `${role === "user" ? "User" : agentName}: ${text}`;
    const isWhole = kept.has(at) && estimateTokens(content) <= WHOLE_TOKENS;
    manager.add({ content, priority: isWhole ? "critical" : "important" });
  }
  return manager.exportForHandoff(targetAgent);
}
