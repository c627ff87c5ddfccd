// What a failover needs of the threads of one agent.
import type { ThreadMessage } from "../../domain/thread.ts";
import type { DelegationParts } from "../turns/delegation-parts.ts";
import { RETOLD_CHARACTERS } from "../turns/rebuild.ts";

/** The threads of an agent. */
export interface AgentThreads {
  /** What was said last in a thread, oldest first, without secrets; empty where nothing of it can be read. Never rejects. */
  recall(threadId: string): Promise<readonly ThreadMessage[]>;
}

/** Makes them. */
export function createAgentThreads({ options }: Pick<DelegationParts, "options">): AgentThreads {
  const { backend, redact } = options;
  return {
    recall: async (threadId) => {
      try {
        const messages = await backend.readConversation(threadId, RETOLD_CHARACTERS);
        // They go to another provider.
        return messages.map(({ role, text }) => ({ role, text: redact(text) }));
      } catch {
        return [];
      }
    },
  };
}
