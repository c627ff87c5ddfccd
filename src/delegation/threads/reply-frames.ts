// Finds the frames of a reply: one for the thread itself, and one for a new thread that replaces it, which may be in another directory.
import { BridgeError } from "../../domain/errors.ts";
import type { ThreadFrame, ThreadRecord } from "../../domain/thread.ts";
import type { ReplyRequest } from "../requests.ts";
import type { BaseDir } from "./base-dir.ts";
import { checkRoots, checkStoredDirectory, resolveDirectory } from "./directories.ts";
import { narrowFrame } from "./frame.ts";
import type { FrameScope } from "./frame-scope.ts";
import { type Consent, isWidening, widenFrame } from "./widening.ts";

/** Frames of a reply. */
export interface ReplyFrames {
  /** Frame of the turn. */
  readonly frame: ThreadFrame;
  /** Frame of a new thread that replaces this one. */
  readonly next: ThreadFrame;
  /** Frame that the thread keeps, if the turn's is wider by a consent for this turn alone. */
  readonly kept?: ThreadFrame | undefined;
  /** The reason why only a new thread can go on; undefined if the thread itself can. */
  readonly lost: BridgeError | undefined;
}

/** What finding the frames needs. */
export interface FrameFinding {
  /** Reads the limits and defaults for a directory. */
  readonly readScope: (cwd: string) => Promise<FrameScope>;
  /** Finds the directory in which the call starts. */
  readonly findBase: () => Promise<BaseDir>;
  /** What a person has allowed beyond the thread's sandbox. */
  readonly consent?: Consent | undefined;
}

/**
 * Finds the frames. A thread can only be replaced if its directory is gone, leads elsewhere, or now lies outside BRIDGE_ROOTS. The new
 * thread works in `cwd`, or where the call starts if the call names none. Throws INVALID_ARGUMENT or SANDBOX_DENIED, also for a thread that
 * can only be replaced if the call does not ask for a new one.
 */
export async function findReplyFrames(
  request: ReplyRequest,
  record: ThreadRecord,
  { readScope, findBase, consent }: FrameFinding,
): Promise<ReplyFrames> {
  const { frame } = record;
  const scope = await readScope(frame.cwd);
  const { elsewhere = frame.cwd, lost } = await findDirectory(request, record, scope, findBase);
  if (elsewhere === frame.cwd) {
    if (consent !== undefined && lost === undefined && isWidening(request, frame)) {
      const wide = widenFrame(frame, request, scope, consent);
      return { frame: wide.frame, next: wide.frame, kept: wide.kept, lost };
    }
    const own = narrowFrame(frame, request, scope);
    return { frame: own, next: own, lost };
  }
  const next = narrowFrame(frame, request, await readScope(elsewhere), elsewhere);
  return { frame: lost === undefined ? narrowFrame(frame, request, scope) : next, next, lost };
}

interface ReplyDirectory {
  /** Directory of a new thread that replaces this one; undefined means the thread's own. */
  readonly elsewhere: string | undefined;
  readonly lost: BridgeError | undefined;
}

async function findDirectory(
  request: ReplyRequest,
  { threadId, frame }: ThreadRecord,
  scope: FrameScope,
  findBase: () => Promise<BaseDir>,
): Promise<ReplyDirectory> {
  const mayMove = request.resetSession === true || request.onLostThread === "rebuild";
  if (request.cwd !== undefined && !mayMove) throw new BridgeError("INVALID_ARGUMENT", KEEPS, { nextStep: KEEPS_NEXT });
  const lost = findProblem(frame.cwd, scope);
  if (lost !== undefined && !mayMove) {
    throw lost.with({ nextStep: describeMove(threadId, (await findBase()).path) });
  }
  if (request.cwd === undefined && lost === undefined) return { elsewhere: undefined, lost };
  const base = (await findBase()).path;
  const elsewhere = resolveDirectory("cwd", request.cwd ?? ".", { base, home: scope.home, roots: scope.limits.roots });
  return { elsewhere, lost };
}

function findProblem(cwd: string, { limits }: FrameScope): BridgeError | undefined {
  try {
    checkStoredDirectory("The thread's directory", cwd);
    checkRoots("The thread's directory", cwd, limits.roots);
    return undefined;
  } catch (error) {
    if (error instanceof BridgeError) return error;
    throw error;
  }
}

function describeMove(threadId: string, base: string): string {
  const call = `threadId "${threadId}", onLostThread "rebuild" and cwd ${JSON.stringify(base)}`;
  return `Call codex-reply again with ${call} (or another directory). A new thread then goes on there and is told what was said. To start without that, call with sessionId and resetSession true.`;
}

const KEEPS = "A thread keeps its directory. codex-reply takes cwd only for a new thread that replaces it.";
const KEEPS_NEXT =
  'Leave cwd out. To replace the thread, add onLostThread "rebuild" if it is lost, or resetSession true for a new thread under the same sessionId. Or start a new thread with codex.';
