// The parts of the port that only read Claude Code's own files.

import { keepNewest } from "../../../domain/keep-newest.ts";
import { READ_ONLY } from "../../../domain/sandbox.ts";
import { forEachInSlices } from "../../../domain/slices.ts";
import type { StoredThread, ThreadList, ThreadMatch, ThreadQuery } from "../../../domain/stored-thread.ts";
import type { TurnRequest } from "../../../domain/turn.ts";
import type { AgentBackend, KnownThread } from "../../agent-backend.ts";
import { findMatch } from "../../turn/find-match.ts";
import { type Session, toSession } from "./session.ts";
import {
  findSession,
  listSessionFiles,
  parseSessionId,
  readFirstCwd,
  readSession,
  type SessionFile,
  type SessionFolder,
  toSessionFile,
} from "./session-files.ts";

type SessionParts = Pick<
  AgentBackend,
  "parseThreadId" | "findThread" | "readConversation" | "listThreads" | "searchThreads" | "findStoredThread"
>;

/** Files that are read for one list. */
const MOST_READ = 1_000;
/** Characters of a first prompt that are given. */
const PROMPT_CHARACTERS = 2_000;

/**
 * Makes the parts. `listFolders` gives the folders in which sessions are, or that of one thread; `findRunning` the turn of this bridge that
 * runs on a thread.
 */
export function createSessionParts(
  name: string,
  listFolders: (threadId?: string) => SessionFolder[],
  findRunning: (threadId: string) => TurnRequest | undefined,
): SessionParts {
  const read = ({ path }: SessionFile): Session | undefined | "unreadable" => {
    try {
      return toSession(readSession(path));
    } catch {
      return "unreadable";
    }
  };

  const toThread = ({ threadId, writtenAt }: SessionFile, session: Session): StoredThread => ({
    threadId,
    cwd: session.cwd,
    origin: session.origin,
    lastUsedAt: writtenAt,
    name: undefined,
    firstPrompt: session.messages.find(({ role }) => role === "user")?.text.slice(0, PROMPT_CHARACTERS),
    // No session says what it was allowed to do, or who has it open.
    sandboxMode: undefined,
    reasoningEffort: undefined,
    model: session.model,
    isArchived: false,
    use: findRunning(threadId) === undefined ? "unknown" : "running",
  });

  // `visit` returns whether to go on.
  async function walk(
    { isWanted, signal }: ThreadQuery,
    visit: (file: SessionFile, session: Session) => boolean,
  ): Promise<Omit<ThreadList, "threads">> {
    const { files, unreadable } = listSessionFiles(listFolders());
    const skipped = { unreadable, compressed: 0, foreign: 0 };
    let isGoingOn = true;
    await forEachInSlices(files.slice(0, MOST_READ), (file) => {
      if (!isGoingOn || signal.aborted) return;
      const session = mayBeWanted(file, isWanted) ? read(file) : undefined;
      if (session === "unreadable") skipped.unreadable += 1;
      else if (session !== undefined && isWanted({ threadId: file.threadId, cwd: session.firstCwd })) {
        isGoingOn = visit(file, session);
      }
    });
    return { skipped, isComplete: isGoingOn && !signal.aborted && files.length <= MOST_READ };
  }

  const findSessionOf = (threadId: string): Session | undefined | "unreadable" => {
    const path = findSession(listFolders(threadId), threadId);
    const [file] = path === undefined ? [] : toSessionFile(path);
    return file === undefined ? undefined : read(file);
  };

  return {
    parseThreadId: parseSessionId,
    findThread: async (threadId) => toKnown(name, findSessionOf(threadId)),
    readConversation: async (threadId, maxCharacters) => {
      const session = findSessionOf(threadId);
      return session === undefined || session === "unreadable" ? [] : keepNewest(session.messages, maxCharacters);
    },
    listThreads: async (query) => {
      const threads: StoredThread[] = [];
      const walked = await walk(query, (file, session) => {
        threads.push(toThread(file, session));
        return threads.length < query.most;
      });
      return { ...walked, threads };
    },
    searchThreads: async (query, words) => {
      const threads: ThreadMatch[] = [];
      let searched = 0;
      const walked = await walk(query, (file, session) => {
        searched += 1;
        const found = findMatch(session.messages, words);
        if (found !== undefined) threads.push({ ...toThread(file, session), ...found });
        return threads.length < query.most;
      });
      return { ...walked, threads, searched, searchedInPart: 0 };
    },
    findStoredThread: async (threadId) => {
      const path = findSession(listFolders(threadId), threadId);
      const [file] = path === undefined ? [] : toSessionFile(path);
      const session = file && read(file);
      if (file !== undefined && session !== undefined && session !== "unreadable") return toThread(file, session);
      const turn = findRunning(threadId);
      return turn === undefined || session === "unreadable" ? undefined : toNewThread(threadId, turn);
    },
  };
}

// Most sessions are of other directories, and large. A file that hides its directory is read as a whole.
function mayBeWanted({ path, threadId }: SessionFile, isWanted: ThreadQuery["isWanted"]): boolean {
  try {
    const cwd = readFirstCwd(path);
    return cwd === undefined || isWanted({ threadId, cwd });
  } catch {
    return true;
  }
}

function toKnown(backend: string, session: Session | undefined | "unreadable"): KnownThread {
  if (session === undefined) return { kind: "unknown" };
  if (session === "unreadable") {
    return { kind: "unusable", message: "Claude Code's file of the session cannot be read." };
  }
  const { cwd, model, turnAt } = session;
  // What it was allowed to do is not in its file, so it gets the least.
  const frame = { cwd, sandbox: READ_ONLY, approvalPolicy: "never", model, own: {}, backend } as const;
  return { kind: "found", frame, turnAt, isSandboxUnknown: true };
}

// Claude Code writes the file of a new session some 100 ms after its turn has begun.
function toNewThread(threadId: string, { frame, prompt }: TurnRequest): StoredThread {
  return {
    threadId,
    cwd: frame.cwd,
    origin: "sdk-cli",
    lastUsedAt: Date.now(),
    name: undefined,
    firstPrompt: prompt.slice(0, PROMPT_CHARACTERS),
    sandboxMode: frame.sandbox.mode,
    reasoningEffort: frame.reasoningEffort,
    model: frame.model,
    isArchived: false,
    use: "running",
  };
}
