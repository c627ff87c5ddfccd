// What a failover needs of the threads of one agent.
import type { Handoff } from "../../context/context-manager.ts";
import type { AgentId } from "../../domain/agents.ts";
import { BridgeError } from "../../domain/errors.ts";
import type { ThreadMessage, ThreadRecord } from "../../domain/thread.ts";
import { checkRoots } from "../threads/directories.ts";
import type { DelegationParts } from "../turns/delegation-parts.ts";
import { RETOLD_CHARACTERS } from "../turns/rebuild.ts";
import { exportThread } from "./export-thread.ts";

/** The threads of an agent. Only `exportFor` rejects. */
export interface AgentThreads {
  /** What was said last in a thread, oldest first, without secrets; empty where nothing of it can be read. */
  recall(threadId: string): Promise<readonly ThreadMessage[]>;
  /** The bridge's record of a thread of any agent; undefined where there is none. */
  find(named: {
    readonly threadId?: string | undefined;
    readonly sessionId?: string | undefined;
  }): ThreadRecord | undefined;
  /**
   * The work of a thread for another agent that takes it over, without secrets. Throws THREAD_NOT_FOUND where nothing of it can be read, and
   * SANDBOX_DENIED for a thread outside BRIDGE_ROOTS.
   */
  exportFor(threadId: string, target: { readonly agent: AgentId; readonly task: string }): Promise<Handoff>;
  /** Writes into the record of a thread where its work came from or went; false if that was not possible. */
  note(threadId: string, place: Pick<ThreadRecord, "cameFrom" | "wentTo">): Promise<boolean>;
}

/** Most characters of a thread that is summed up for another agent. */
const EXPORTED_CHARACTERS = 400_000;

/** Makes them. */
export function createAgentThreads({
  options,
  permits,
  find,
}: Pick<DelegationParts, "options" | "permits" | "find">): AgentThreads {
  const { backend, sessions, redact, logger } = options;
  const readAll = async (threadId: string, most: number): Promise<readonly ThreadMessage[]> => {
    try {
      const messages = await backend.readConversation(threadId, most);
      // They go to another provider.
      return messages.map(({ role, text }) => ({ role, text: redact(text) }));
    } catch {
      return [];
    }
  };
  return {
    recall: (threadId) => readAll(threadId, RETOLD_CHARACTERS),
    exportFor: async (threadId, { agent: targetAgent, task }) => {
      const { agent, clock, handing, limits } = options;
      const { record } = await find({ threadId });
      checkRoots("The thread's directory", record.frame.cwd, limits.roots);
      const messages = await readAll(threadId, EXPORTED_CHARACTERS);
      if (messages.length === 0) {
        const message = `Nothing that was said in the thread ${threadId} of ${agent.name} can be read any more.`;
        throw new BridgeError("THREAD_NOT_FOUND", message);
      }
      const { context_window: window } = handing.readWindow();
      return exportThread(messages, { agentName: agent.name, targetAgent, task, window, clock });
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
