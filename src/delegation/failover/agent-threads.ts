// What a failover needs of the threads of one agent.
import type { ThreadMessage, ThreadRecord } from "../../domain/thread.ts";
import type { DelegationParts } from "../turns/delegation-parts.ts";
import { RETOLD_CHARACTERS } from "../turns/rebuild.ts";

/** The threads of an agent. Nothing here throws or rejects. */
export interface AgentThreads {
  /** What was said last in a thread, oldest first, without secrets; empty where nothing of it can be read. */
  recall(threadId: string): Promise<readonly ThreadMessage[]>;
  /** The bridge's record of a thread of any agent; undefined where there is none. */
  find(named: {
    readonly threadId?: string | undefined;
    readonly sessionId?: string | undefined;
  }): ThreadRecord | undefined;
  /** Writes into the record of a thread where its work came from or went; false if that was not possible. */
  note(threadId: string, place: Pick<ThreadRecord, "cameFrom" | "wentTo">): Promise<boolean>;
}

/** Makes them. */
export function createAgentThreads({ options, permits }: Pick<DelegationParts, "options" | "permits">): AgentThreads {
  const { backend, sessions, redact, logger } = options;
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
    find: ({ threadId, sessionId }) => {
      try {
        // What is no thread id is refused later; it must not become a path.
        if (threadId !== undefined) return THREAD_ID.test(threadId) ? sessions.get(threadId) : undefined;
        return sessionId === undefined ? undefined : sessions.getByName(sessionId);
      } catch {
        return undefined;
      }
    },
    note: async (threadId, place) => {
      try {
        const permit = await permits.acquireIdle(threadId);
        try {
          const record = sessions.get(threadId);
          if (record !== undefined) sessions.put({ ...record, ...place });
          return record !== undefined;
        } finally {
          await permit.release();
        }
      } catch (error) {
        logger.warn({ err: error, threadId }, "it is not noted where the work of a thread went on");
        return false;
      }
    },
  };
}

const THREAD_ID = /^[\w-]{1,100}$/;
