// The record of the thread that a caller names, by its id, by its own name, or by both.
import type { ForeignThread } from "../../agents/codex/rollouts/foreign-thread.ts";
import { isThreadId } from "../../agents/codex/rollouts/rollout-files.ts";
import type { Clock } from "../../domain/clock.ts";
import { BridgeError } from "../../domain/errors.ts";
import { isWiderMode, READ_ONLY, type SandboxPolicy } from "../../domain/sandbox.ts";
import type { ThreadFrame, ThreadRecord } from "../../domain/thread.ts";
import type { ReplyRequest } from "../requests.ts";
import type { SessionStore } from "./session-store.ts";
import { describeThreads, LISTED_THREADS } from "./thread-titles.ts";

/** What a finder is made of. */
export interface ThreadFinderOptions {
  readonly sessions: Pick<SessionStore, "get" | "getByName" | "isDamaged" | "listNewest">;
  /** What the agent knows of a thread, apart from our record. */
  readonly readForeignThread: (threadId: string, mostBytes?: number) => ForeignThread;
  /** Directory of the bridge. */
  readonly baseDir: string;
  readonly clock: Clock;
}

/** A thread that was found. */
export interface FoundThread {
  readonly record: ThreadRecord;
  /** What the caller should know: a sandbox that is narrower than the record says. */
  readonly warnings: readonly string[];
}

/** Finds a thread. Throws INVALID_ARGUMENT, SESSION_NOT_FOUND, THREAD_NOT_FOUND, and what the record's file throws. */
export type FindThread = (request: Pick<ReplyRequest, "threadId" | "sessionId">) => FoundThread;

/** Makes a finder. */
export function createThreadFinder(options: ThreadFinderOptions): FindThread {
  return (request) => {
    const { threadId, sessionId } = request;
    const { sessions } = options;
    const named = sessionId === undefined ? undefined : sessions.getByName(sessionId);
    if (threadId === undefined) {
      if (named !== undefined) return { record: named, warnings: [] };
      if (sessionId !== undefined)
        throw new BridgeError("SESSION_NOT_FOUND", `No thread is called "${sessionId}" here.`, listThreads(options));
      throw new BridgeError("INVALID_ARGUMENT", "codex-reply needs a threadId or a sessionId.", listThreads(options));
    }
    if (!isThreadId(threadId)) {
      throw new BridgeError(
        "INVALID_ARGUMENT",
        `threadId ${JSON.stringify(threadId.slice(0, 80))} is not a thread id.`,
        listThreads(options),
      );
    }
    const id = threadId.toLowerCase();
    const known = sessions.get(id);
    const found = known === undefined ? adoptThread(options, id) : { record: known, warnings: [] };
    if (sessionId !== undefined && found.record.sessionId !== sessionId) {
      throw new BridgeError("INVALID_ARGUMENT", `threadId and sessionId "${sessionId}" name different threads.`, {
        nextStep: "Pass one of the two.",
      });
    }
    return found;
  };
}

function listThreads({ sessions, clock }: ThreadFinderOptions): { readonly nextStep: string } {
  return { nextStep: describeThreads(sessions.listNewest(LISTED_THREADS), clock()) };
}

// A thread that somebody else started: its record is made of its last turn, and kept with the first turn here.
function adoptThread(options: ThreadFinderOptions, threadId: string): FoundThread {
  const foreign = options.readForeignThread(threadId);
  if (foreign.kind === "unknown") throw new BridgeError("THREAD_NOT_FOUND", `Codex has no thread ${threadId}.`);
  if (foreign.kind === "compressed") {
    throw new BridgeError(
      "THREAD_NOT_FOUND",
      `The thread ${threadId} was started elsewhere and its file is compressed (${foreign.path}), so its directory and sandbox are not known here.`,
      {
        nextStep: `Ask the user to open it once with \`codex resume ${threadId}\`, which unpacks the file, then call again.`,
      },
    );
  }
  if (foreign.kind === "without a frame") {
    throw new BridgeError(
      "THREAD_NOT_FOUND",
      `The thread ${threadId} has no turn whose directory and sandbox could be kept.`,
    );
  }
  const now = options.clock();
  const base = { threadId, project: options.baseDir, turns: 0, createdAt: now, lastUsedAt: now };
  // It was ours: it may have been narrowed without a turn that could tell.
  if (!options.sessions.isDamaged(threadId)) return { record: { ...base, frame: foreign.frame }, warnings: [] };
  return { record: { ...base, frame: withSandbox(foreign.frame, READ_ONLY) }, warnings: [LOST_RECORD] };
}

/**
 * A thread that was found, within the sandbox of its last turn, which may have been narrower than the record: where a bridge could not store
 * what it narrowed, or the user did it in a terminal. Reads the end of the thread's file, so it is asked once a turn.
 */
export function narrowByLastTurn(
  { readForeignThread }: Pick<ThreadFinderOptions, "readForeignThread">,
  found: FoundThread,
): FoundThread {
  const { record } = found;
  const { frame, threadId } = record;
  // One that is adopted has the frame of its last turn.
  if (frame.sandbox.mode === "read-only" || record.turns === 0) return found;
  const last = readForeignThread(threadId, LAST_TURN_BYTES);
  if (last.kind !== "found" || !isWiderMode(frame.sandbox.mode, last.frame.sandbox.mode)) return found;
  const { sandbox } = last.frame;
  const warning = `The thread's last turn ran with sandbox ${sandbox.mode}; it stays within that.`;
  return { record: { ...record, frame: withSandbox(frame, sandbox) }, warnings: [...found.warnings, warning] };
}

// A profile is narrowed with it.
function withSandbox(frame: ThreadFrame, sandbox: SandboxPolicy): ThreadFrame {
  const { permissions } = frame;
  const isReadOnly = permissions?.isReadOnly === true || sandbox.mode === "read-only";
  return { ...frame, sandbox, permissions: permissions && { ...permissions, isReadOnly } };
}

/** How far back the last turn's frame is looked for; our own record stands against one that lies further back. */
const LAST_TURN_BYTES = 33_554_432;
const LOST_RECORD =
  "The bridge's own record of this thread is damaged, so the thread goes on read-only, with the directory and model of its last turn.";
