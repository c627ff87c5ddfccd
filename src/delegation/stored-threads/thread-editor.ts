// Forks, archives and renames threads. All of it needs the turn permit, so that no turn runs meanwhile.
import { BridgeError } from "../../domain/errors.ts";
import type { ThreadRecord } from "../../domain/thread.ts";
import { resolveRealPath } from "../../files/real-path.ts";
import type { CallContext } from "../requests.ts";
import { findBaseDir } from "../threads/base-dir.ts";
import { checkRoots } from "../threads/directories.ts";
import { type FoundThread, narrowByLastTurn } from "../threads/find-thread.ts";
import { refuseAskingFullAccess } from "../threads/frame.ts";
import { takeName } from "../threads/name-claims.ts";
import { findReplyFrames } from "../threads/reply-frames.ts";
import { RecordNotStoredError } from "../threads/write-narrowing.ts";
import { type DelegationParts, readScope } from "../turns/delegation-parts.ts";
import { checkDepth } from "../turns/depth.ts";
import type { EditedThread, ThreadEditor } from "./stored-threads.ts";

/** Makes an editor. It shares the turn permits with the turns of the bridge. */
export function createThreadEditor(parts: DelegationParts): ThreadEditor {
  const { options } = parts;
  return {
    fork: (threadId, sessionId, call) =>
      withName(parts, { sessionId, call }, () =>
        whileIdle(parts, { threadId, call }, (found) => fork(parts, found, { sessionId, call })),
      ),
    setArchived: (threadId, isArchived, call) =>
      whileIdle(parts, { threadId, call }, async ({ record, warnings }) => {
        checkRoots("The thread's directory", resolveRealPath(record.frame.cwd), options.limits.roots);
        const { cwd } = record.frame;
        await options.backend.setArchived({ threadId: record.threadId, cwd, isArchived, signal: call.signal });
        return { threadId: record.threadId, sessionId: record.sessionId, warnings };
      }),
    rename: (threadId, sessionId, call) =>
      withName(parts, { sessionId, call }, () =>
        whileIdle(parts, { threadId, call }, (found) => rename(parts, found, sessionId)),
      ),
  };
}

async function withName<Result>(
  { claimName, options }: DelegationParts,
  { sessionId, call }: { readonly sessionId: string | undefined; readonly call: CallContext },
  act: () => Promise<Result>,
): Promise<Result> {
  checkDepth(options.readDepth(call));
  const release = sessionId === undefined ? undefined : takeName(sessionId, claimName, options.sessions);
  try {
    return await act();
  } finally {
    release?.();
  }
}

async function whileIdle(
  parts: DelegationParts,
  { threadId, call }: { readonly threadId: string; readonly call: CallContext },
  act: (found: FoundThread) => Promise<EditedThread>,
): Promise<EditedThread> {
  const { options, permits, find } = parts;
  checkDepth(options.readDepth(call));
  const { record } = await find({ threadId });
  const permit = await permits.acquireIdle(record.threadId);
  try {
    // Looked up again: an earlier turn may have narrowed it meanwhile.
    const found = await narrowByLastTurn(options, await find({ threadId }));
    const use = (await options.backend.findStoredThread(record.threadId))?.use ?? "unknown";
    if (use === "running") throw toOpenError(record.threadId);
    const edited = await act(found);
    const unsure = use === "unknown" ? [UNSURE] : [];
    return { ...edited, warnings: [...permit.warnings, ...edited.warnings, ...unsure] };
  } finally {
    await permit.release();
  }
}

async function fork(
  parts: DelegationParts,
  { record, warnings }: FoundThread,
  { sessionId, call }: { readonly sessionId: string | undefined; readonly call: CallContext },
): Promise<EditedThread> {
  const { options } = parts;
  const { backend, baseDir, clock, sessions, logger } = options;
  // The frame that a turn of the thread would have now: within the user's limits of today, and never wider than the thread's.
  const { frame } = await findReplyFrames({ prompt: "" }, record, {
    readScope: (cwd) => readScope(parts, record.frame.own, cwd, call),
    findBase: () => findBaseDir(undefined, call, baseDir),
  });
  refuseAskingFullAccess(frame, "SANDBOX_DENIED", backend.capabilities);
  const threadId = await backend.forkThread({ threadId: record.threadId, frame, signal: call.signal });
  const { title } = record;
  const now = clock();
  const made: ThreadRecord = {
    threadId,
    sessionId,
    project: baseDir,
    frame,
    title,
    turns: 0,
    createdAt: now,
    lastUsedAt: now,
  };
  try {
    sessions.put(made);
    return { threadId, sessionId, warnings };
  } catch (error) {
    logger.error({ err: error, threadId }, "frame of a fork not stored");
    return { threadId, sessionId, warnings: [...warnings, NOT_STORED] };
  }
}

async function rename(
  { options }: DelegationParts,
  { record, warnings }: FoundThread,
  sessionId: string,
): Promise<EditedThread> {
  const { sessions, baseDir, limits } = options;
  const { threadId, project, frame } = record;
  checkRoots("The thread's directory", resolveRealPath(frame.cwd), limits.roots);
  if (project !== baseDir) {
    throw new BridgeError(
      "INVALID_ARGUMENT",
      `The thread belongs to the bridge of ${project}, and names are kept there.`,
      {
        threadId,
        nextStep: "Use its threadId here. Or fork it with a sessionId: the new thread has its name here.",
      },
    );
  }
  try {
    sessions.put({ ...record, sessionId });
  } catch (error) {
    if (!(error instanceof RecordNotStoredError)) throw error;
    throw new BridgeError("CONFIG_INVALID", "The name could not be stored in the state folder (BRIDGE_STATE_DIR).", {
      threadId,
      cause: error,
    });
  }
  return { threadId, sessionId, warnings };
}

function toOpenError(threadId: string): BridgeError {
  return new BridgeError("SESSION_BUSY", "Another program has this thread open.", { threadId });
}

const UNSURE = "It could not be found out whether another program has the thread open.";
const NOT_STORED =
  "The new thread's settings could not be stored. After a restart of the bridge it cannot be continued here.";
