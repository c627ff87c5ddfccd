// The frames of a reply: in the thread's own directory, or, for a new thread in its place, in another one.
import { BridgeError } from "../../domain/errors.ts";
import type { ThreadFrame, ThreadRecord } from "../../domain/thread.ts";
import type { ReplyRequest } from "../requests.ts";
import type { BaseDir } from "./base-dir.ts";
import { checkRoots, checkStoredDirectory, resolveDirectory } from "./directories.ts";
import { narrowFrame } from "./frame.ts";
import type { FrameScope } from "./frame-scope.ts";

/** Frames of a reply. */
export interface ReplyFrames {
  /** Of the turn. */
  readonly frame: ThreadFrame;
  /** Of a new thread in the place of this one. */
  readonly next: ThreadFrame;
  /** Why there can only be a new one; undefined where the thread itself can go on. */
  readonly lost: BridgeError | undefined;
}

/** How the frames are found. */
export interface FrameFinding {
  /** What a frame in a directory is judged by. */
  readonly readScope: (cwd: string) => Promise<FrameScope>;
  /** Where the call starts. */
  readonly findBase: () => Promise<BaseDir>;
}

/**
 * Finds them. A thread whose directory is gone, leads elsewhere or lies outside BRIDGE_ROOTS by now can only be replaced, in `cwd` or else
 * where the call starts. Throws INVALID_ARGUMENT and SANDBOX_DENIED: for that too, where the call does not ask for a new thread.
 */
export async function findReplyFrames(
  request: ReplyRequest,
  record: ThreadRecord,
  { readScope, findBase }: FrameFinding,
): Promise<ReplyFrames> {
  const { frame } = record;
  const scope = await readScope(frame.cwd);
  const { elsewhere = frame.cwd, lost } = await findDirectory(request, record, scope, findBase);
  if (elsewhere === frame.cwd) {
    const own = narrowFrame(frame, request, scope);
    return { frame: own, next: own, lost };
  }
  const next = narrowFrame(frame, request, await readScope(elsewhere), elsewhere);
  return { frame: lost === undefined ? narrowFrame(frame, request, scope) : next, next, lost };
}

interface ReplyDirectory {
  /** Directory of a new thread in the place of this one; undefined means the thread's own. */
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
  return `Call codex-reply again with ${call} (or another directory): a new thread goes on there and is told what was said. With sessionId and resetSession true it starts anew.`;
}

const KEEPS = "A thread keeps its directory: codex-reply takes cwd only for a new thread in its place.";
const KEEPS_NEXT =
  'Leave cwd out; or add onLostThread "rebuild" for a thread that is lost, or resetSession true for a new thread under the same sessionId; or start a new thread with codex.';
