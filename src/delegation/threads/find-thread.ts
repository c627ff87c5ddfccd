// Finds the record of the thread that a caller names: by its thread id, by its session name, or by both.
import type { AgentBackend } from "../../agents/agent-backend.ts";
import type { AgentNames } from "../../domain/agents.ts";
import type { Clock } from "../../domain/clock.ts";
import { BridgeError } from "../../domain/errors.ts";
import { isWiderMode, READ_ONLY, type SandboxPolicy } from "../../domain/sandbox.ts";
import type { ThreadFrame, ThreadRecord } from "../../domain/thread.ts";
import type { ReplyRequest } from "../requests.ts";
import type { SessionStore } from "./session-store.ts";
import { describeThreads, LISTED_THREADS } from "./thread-titles.ts";

/** Options of createThreadFinder. */
export interface ThreadFinderOptions {
  readonly sessions: Pick<SessionStore, "get" | "getByName" | "isDamaged" | "listNewest">;
  readonly backend: Pick<AgentBackend, "name" | "agent" | "continues" | "parseThreadId" | "findThread">;
  /** The agent whose threads are found, and all agents of the bridge. */
  readonly agent: AgentNames;
  readonly agents: readonly AgentNames[];
  /** Directory of the bridge. */
  readonly baseDir: string;
  readonly clock: Clock;
}

/** A thread that was found. */
export interface FoundThread {
  readonly record: ThreadRecord;
  /** Warnings for the caller, such as a sandbox that is narrower than the record says. */
  readonly warnings: readonly string[];
}

/** Finds a thread. Throws INVALID_ARGUMENT, SESSION_NOT_FOUND, THREAD_NOT_FOUND, and the errors of reading the record's file. */
export type FindThread = (request: Pick<ReplyRequest, "threadId" | "sessionId">) => Promise<FoundThread>;

/** Newest threads of all agents among which those of one are looked for. */
const SEEN_THREADS = 20;

/** Makes a finder. */
export function createThreadFinder(options: ThreadFinderOptions): FindThread {
  return async ({ threadId, sessionId }) => {
    const found = threadId === undefined ? findByName(options, sessionId) : await findById(options, threadId);
    const { record } = found;
    if (sessionId !== undefined && record.sessionId !== sessionId) {
      throw new BridgeError("INVALID_ARGUMENT", `threadId and sessionId "${sessionId}" name different threads.`, {
        nextStep: "Pass one of the two.",
      });
    }
    refuseOtherBackend(record, options);
    return found;
  };
}

function findByName(options: ThreadFinderOptions, sessionId: string | undefined): FoundThread {
  if (sessionId === undefined)
    throw new BridgeError(
      "INVALID_ARGUMENT",
      `${options.agent.tools.reply} needs a threadId or a sessionId.`,
      listThreads(options),
    );
  const record = options.sessions.getByName(sessionId);
  if (record !== undefined) return { record, warnings: [] };
  throw new BridgeError("SESSION_NOT_FOUND", `No thread is called "${sessionId}" here.`, listThreads(options));
}

async function findById(options: ThreadFinderOptions, text: string): Promise<FoundThread> {
  const { backend, sessions } = options;
  const threadId = backend.parseThreadId(text);
  if (threadId === undefined) {
    const message = `threadId ${JSON.stringify(text.slice(0, 80))} is not a thread id.`;
    throw new BridgeError("INVALID_ARGUMENT", message, listThreads(options));
  }
  const record = sessions.get(threadId);
  return record === undefined ? adoptThread(options, threadId) : { record, warnings: [] };
}

function refuseOtherBackend(
  { threadId, frame }: ThreadRecord,
  { backend: { name, continues }, agent, agents }: Pick<ThreadFinderOptions, "backend" | "agent" | "agents">,
): void {
  if (frame.backend === name || continues.includes(frame.backend)) return;
  const owner = agents.find(({ id, backends }) => id !== agent.id && backends.includes(frame.backend));
  if (owner !== undefined) {
    throw new BridgeError("INVALID_ARGUMENT", `The thread ${threadId} is one of ${owner.name}, not of ${agent.name}.`, {
      nextStep: `Continue it with ${owner.tools.reply}, or start a new thread with ${agent.tools.start}.`,
    });
  }
  const message = `The thread ${threadId} belongs to the backend ${frame.backend}, and this bridge runs ${name}.`;
  throw new BridgeError("INVALID_ARGUMENT", message, {
    nextStep: `Continue it in a bridge that runs that backend, or start a new thread with ${agent.tools.start}.`,
  });
}

function listThreads({ sessions, clock, agent, agents }: ThreadFinderOptions): { readonly nextStep: string } {
  const others = new Set(agents.flatMap(({ id, backends }) => (id === agent.id ? [] : backends)));
  const own = sessions.listNewest(SEEN_THREADS).filter(({ frame }) => !others.has(frame.backend));
  return { nextStep: describeThreads(own.slice(0, LISTED_THREADS), agent, clock()) };
}

// A thread that the bridge has no record of. Its record is built from its last turn, and stored with its first turn here.
async function adoptThread(options: ThreadFinderOptions, threadId: string): Promise<FoundThread> {
  const { backend } = options;
  const foreign = await backend.findThread(threadId);
  if (foreign.kind === "unknown")
    throw new BridgeError("THREAD_NOT_FOUND", `${backend.agent} has no thread ${threadId}.`);
  if (foreign.kind === "unusable")
    throw new BridgeError("THREAD_NOT_FOUND", foreign.message, { nextStep: foreign.nextStep });
  const now = options.clock();
  const base = { threadId, project: options.baseDir, turns: 0, createdAt: now, lastUsedAt: now };
  // The bridge had a record, which is damaged. The thread may have been narrowed further than its last turn shows.
  if (!options.sessions.isDamaged(threadId)) return { record: { ...base, frame: foreign.frame }, warnings: [] };
  return { record: { ...base, frame: withSandbox(foreign.frame, READ_ONLY) }, warnings: [LOST_RECORD] };
}

/**
 * Narrows a thread that was found to the sandbox of its last turn. That turn may have been narrower than the record says: a bridge could
 * not store the narrower sandbox, or the user ran the turn in a terminal. Reads the end of the thread's file, so call it once a turn.
 */
export async function narrowByLastTurn(
  { backend }: Pick<ThreadFinderOptions, "backend">,
  found: FoundThread,
): Promise<FoundThread> {
  const { record } = found;
  const { frame, threadId } = record;
  if (frame.sandbox.mode === "read-only") return found;
  // Only a recent turn counts: the record is newer than a turn further back.
  const last = await backend.findThread(threadId, "recent");
  if (last.kind !== "found" || last.isSandboxUnknown === true) return found;
  if (!isWiderMode(frame.sandbox.mode, last.frame.sandbox.mode)) return found;
  // That turn was read-only by its own request, so it does not narrow the thread.
  if (record.askedUntil !== undefined && last.turnAt !== undefined && last.turnAt <= record.askedUntil) return found;
  const { sandbox } = last.frame;
  const warning = `The thread's last turn ran with sandbox ${sandbox.mode}, so this one does too.`;
  return { record: { ...record, frame: withSandbox(frame, sandbox) }, warnings: [...found.warnings, warning] };
}

// A permission profile becomes read-only together with the sandbox.
function withSandbox(frame: ThreadFrame, sandbox: SandboxPolicy): ThreadFrame {
  const { permissions } = frame;
  const isReadOnly = permissions?.isReadOnly === true || sandbox.mode === "read-only";
  return { ...frame, sandbox, permissions: permissions && { ...permissions, isReadOnly } };
}

const LOST_RECORD =
  "The bridge's record of this thread is damaged. The thread goes on read-only, with the directory and model of its last turn.";
