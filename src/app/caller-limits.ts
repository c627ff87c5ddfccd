// Finds what a calling agent may write itself. Only Codex tells of its turn, so its threads are looked up in Codex's own files.
import type { AgentBackend } from "../agents/agent-backend.ts";
import { createCallerLimits, type FindCallerLimit } from "../delegation/threads/caller-limit.ts";
import type { Settings } from "../settings/settings.ts";

/** Makes the search. `baseDir` is the directory of the bridge. */
export function findCallerLimits(
  codex: Pick<AgentBackend, "parseThreadId" | "findThread">,
  { callerSandbox }: Pick<Settings, "callerSandbox">,
  baseDir: string,
): FindCallerLimit {
  return createCallerLimits({
    callerSandbox,
    baseDir,
    findThread: async (id) => {
      const threadId = codex.parseThreadId(id);
      return threadId === undefined ? { kind: "unknown" } : codex.findThread(threadId, "recent");
    },
  });
}
