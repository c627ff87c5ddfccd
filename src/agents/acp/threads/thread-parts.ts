// The parts of the port that only read what is on record of threads.
import { keepNewest } from "../../../domain/keep-newest.ts";
import { READ_ONLY } from "../../../domain/sandbox.ts";
import { forEachInSlices } from "../../../domain/slices.ts";
import type { StoredThread, ThreadList, ThreadMatch, ThreadQuery } from "../../../domain/stored-thread.ts";
import type { AgentThread, AgentThreadFiles } from "../../../state/agent-thread-files.ts";
import type { AgentBackend } from "../../agent-backend.ts";
import { findMatch } from "../../turn/find-match.ts";

type ThreadParts = Pick<
  AgentBackend,
  "parseThreadId" | "findThread" | "readConversation" | "listThreads" | "searchThreads" | "findStoredThread"
>;

const FORM = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Files that are read for one list. */
const MOST_READ = 1_000;
/** Characters of a first prompt that are given. */
const PROMPT_CHARACTERS = 2_000;

/** Makes the parts. `isRunning` says whether a turn of this bridge runs on a thread. */
export function createThreadParts(
  backend: { readonly name: string; readonly agent: string },
  files: AgentThreadFiles,
  isRunning: (threadId: string) => boolean,
): ThreadParts {
  const read = (threadId: string): AgentThread | undefined | "unreadable" => {
    try {
      return files.read(threadId);
    } catch {
      return "unreadable";
    }
  };

  const toStored = ({ threadId, cwd, writtenAt, messages, model }: AgentThread): StoredThread => ({
    ...{ threadId, cwd, model },
    origin: backend.name,
    lastUsedAt: writtenAt,
    name: undefined,
    firstPrompt: messages.find(({ role }) => role === "user")?.text.slice(0, PROMPT_CHARACTERS),
    // Who else has it open, only the agent knows.
    sandboxMode: undefined,
    reasoningEffort: undefined,
    isArchived: false,
    use: isRunning(threadId) ? "running" : "unknown",
  });

  // `visit` returns whether to go on.
  async function walk(
    { isWanted, signal }: ThreadQuery,
    visit: (thread: AgentThread) => boolean,
  ): Promise<Omit<ThreadList, "threads">> {
    const ids = files.list();
    const skipped = { unreadable: 0, compressed: 0, foreign: 0 };
    let isGoingOn = true;
    await forEachInSlices(ids.slice(0, MOST_READ), (threadId) => {
      if (!isGoingOn || signal.aborted) return;
      const thread = read(threadId);
      if (thread === "unreadable") skipped.unreadable += 1;
      else if (thread !== undefined && isWanted(thread)) isGoingOn = visit(thread);
    });
    return { skipped, isComplete: isGoingOn && !signal.aborted && ids.length <= MOST_READ };
  }

  return {
    parseThreadId: (text) => {
      const id = text.toLowerCase();
      return FORM.test(id) ? id : undefined;
    },
    findThread: async (threadId) => {
      const thread = read(threadId);
      if (thread === undefined) return { kind: "unknown" };
      if (thread === "unreadable") return { kind: "unusable", message: "The record of the thread cannot be read." };
      const { cwd, model, turnAt } = thread;
      // What it was allowed to do is not in its file, so it gets the least.
      const frame = {
        cwd,
        sandbox: READ_ONLY,
        approvalPolicy: "never",
        model,
        own: {},
        backend: backend.name,
      } as const;
      return { kind: "found", frame, turnAt, isSandboxUnknown: true };
    },
    readConversation: async (threadId, maxCharacters) => {
      const thread = read(threadId);
      return thread === undefined || thread === "unreadable" ? [] : keepNewest(thread.messages, maxCharacters);
    },
    listThreads: async (query) => {
      const threads: StoredThread[] = [];
      const walked = await walk(query, (thread) => {
        threads.push(toStored(thread));
        return threads.length < query.most;
      });
      return { ...walked, threads };
    },
    searchThreads: async (query, words) => {
      const threads: ThreadMatch[] = [];
      let searched = 0;
      const walked = await walk(query, (thread) => {
        searched += 1;
        const found = findMatch(thread.messages, words);
        if (found !== undefined) threads.push({ ...toStored(thread), ...found });
        return threads.length < query.most;
      });
      return { ...walked, threads, searched, searchedInPart: 0 };
    },
    findStoredThread: async (threadId) => {
      const thread = read(threadId);
      return thread === undefined || thread === "unreadable" ? undefined : toStored(thread);
    },
  };
}
