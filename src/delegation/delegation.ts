// The use cases of the two thread tools: start a thread, continue one.
import type { AgentBackend } from "../agents/agent-backend.ts";
import type { ForeignThread } from "../agents/codex/foreign-thread.ts";
import { isThreadId } from "../agents/codex/rollout-files.ts";
import { BridgeError } from "../domain/errors.ts";
import type { ThreadFrame, ThreadLimits, ThreadRecord } from "../domain/thread.ts";
import type { LockFiles } from "../state/lock-files.ts";
import { checkDepth, type Depth } from "./depth.ts";
import { buildFrame, type FrameScope, narrowFrame } from "./frame.ts";
import { type ClaimName, createNameClaims } from "./name-claims.ts";
import { composeRebuilt, describeRebuilt, type LostMessage, RETOLD_CHARACTERS } from "./rebuild.ts";
import type { CallContext, ReplyRequest, StartRequest, TurnAnswer } from "./requests.ts";
import { createTurnRunner, type TurnRunner, type TurnRunnerOptions } from "./run-turn.ts";
import { createThreadPlaces, type ThreadPlace, type ThreadPlaces } from "./thread-places.ts";
import type { Release } from "./turn-queue.ts";

/** What delegation is built from. */
export interface DelegationOptions extends Omit<TurnRunnerOptions, "places"> {
  readonly limits: ThreadLimits;
  /** Locks among the bridges of this machine. */
  readonly locks: Pick<LockFiles, "take">;
  /** Ends what bridges that are dead by now left running. */
  readonly reap: () => Promise<void>;
  /** Awaited before a turn: what a dead bridge left running may hold the thread's lock. */
  readonly ready: () => Promise<void>;
  /** Read once a call: the ancestors of a process do not change, but finding them costs. */
  readonly readDepth: () => Depth;
  /** Profile of threads whose caller names none. */
  readonly defaultProfile?: string | undefined;
  /** The last messages of a thread, as far as they are left. */
  readonly readConversation: (threadId: string, maxCharacters: number) => readonly LostMessage[];
  /** What the agent knows of a thread without a record of ours. */
  readonly readForeignThread: (threadId: string) => ForeignThread;
}

/** Starts and continues threads. Both throw a BridgeError where the turn did not complete. */
export interface Delegation {
  start(request: StartRequest, call: CallContext): Promise<TurnAnswer>;
  reply(request: ReplyRequest, call: CallContext): Promise<TurnAnswer>;
}

/** Makes the use cases. */
export function createDelegation(options: DelegationOptions): Delegation {
  return new ThreadDelegation(options);
}

class ThreadDelegation implements Delegation {
  readonly #options: DelegationOptions;
  readonly #places: ThreadPlaces;
  readonly #claimName: ClaimName;
  readonly #runner: TurnRunner;

  constructor(options: DelegationOptions) {
    this.#options = options;
    this.#places = createThreadPlaces(options);
    this.#claimName = createNameClaims({ ...options, project: options.baseDir });
    this.#runner = createTurnRunner({ ...options, places: this.#places });
  }

  async start(request: StartRequest, call: CallContext): Promise<TurnAnswer> {
    checkDepth(this.#options.readDepth());
    await this.#options.ready();
    const { sessionId } = request;
    const release = sessionId === undefined ? undefined : this.#takeName(sessionId);
    try {
      const profile = request.profile ?? this.#options.defaultProfile;
      const frame = buildFrame({ ...request, profile }, await this.#scope(profile));
      refuseAskingFullAccess(frame, "INVALID_ARGUMENT", this.#options.backend);
      return await this.#runner.run(request, { frame, sessionId, record: undefined }, call);
    } finally {
      release?.();
    }
  }

  async reply(request: ReplyRequest, call: CallContext): Promise<TurnAnswer> {
    checkDepth(this.#options.readDepth());
    await this.#options.ready();
    const { threadId } = this.#findRecord(request);
    let place: ThreadPlace | undefined;
    try {
      place = await this.#places.acquire(threadId, call.signal, (ahead) =>
        call.report(`Waiting for ${ahead} earlier turn${ahead === 1 ? "" : "s"} of this thread`),
      );
      // Read again: an earlier turn may have narrowed the thread meanwhile, here or in another bridge.
      const record = this.#findRecord({ ...request, threadId });
      const frame = narrowFrame(record.frame, request, await this.#scope(record.frame.profile));
      refuseAskingFullAccess(frame, "SANDBOX_DENIED", this.#options.backend);
      const answer =
        request.resetSession === true
          ? await this.#restart(request, record, frame, call)
          : await this.#continue(request, record, frame, call);
      return { ...answer, warnings: [...answer.warnings, ...place.warnings] };
    } catch (error) {
      throw error instanceof BridgeError ? error.withThread(threadId) : error;
    } finally {
      await place?.release();
    }
  }

  async #continue(
    request: ReplyRequest,
    record: ThreadRecord,
    frame: ThreadFrame,
    call: CallContext,
  ): Promise<TurnAnswer> {
    const { sessionId, threadId } = record;
    try {
      return await this.#runner.run(request, { frame, sessionId, record }, call);
    } catch (error) {
      const isLost = error instanceof BridgeError && error.code === "THREAD_NOT_FOUND";
      if (!isLost) throw error;
      if (request.onLostThread !== "rebuild") throw error.with({ nextStep: OFFER_REBUILD });
      const messages = this.#options.readConversation(threadId, RETOLD_CHARACTERS);
      const rebuilt = { ...request, prompt: composeRebuilt(request.prompt, messages) };
      const answer = await this.#runner.run(rebuilt, { frame, sessionId, record: undefined, replaces: record }, call);
      return { ...answer, warnings: [describeRebuilt(threadId, error, messages), ...answer.warnings] };
    }
  }

  // The old thread keeps its frame; it loses its name once the new thread has it.
  async #restart(
    request: ReplyRequest,
    record: ThreadRecord,
    frame: ThreadFrame,
    call: CallContext,
  ): Promise<TurnAnswer> {
    if (request.sessionId === undefined) {
      throw new BridgeError(
        "INVALID_ARGUMENT",
        "resetSession needs a sessionId: it starts a new thread under the same name.",
      );
    }
    return this.#runner.run(
      request,
      { frame, sessionId: request.sessionId, record: undefined, replaces: record },
      call,
    );
  }

  // Claimed before it is looked for: whoever had it before has stored it by then.
  #takeName(sessionId: string): Release {
    const release = this.#claimName(sessionId);
    const known = this.#options.sessions.getByName(sessionId);
    if (release !== undefined && known === undefined) return release;
    release?.();
    throw new BridgeError("INVALID_ARGUMENT", `sessionId "${sessionId}" is in use.`, {
      threadId: known?.threadId,
      nextStep: "Continue it with codex-reply (resetSession: true starts it anew), or choose another sessionId.",
    });
  }

  #findRecord(request: ReplyRequest): ThreadRecord {
    const { threadId, sessionId } = request;
    const { sessions } = this.#options;
    const named = sessionId === undefined ? undefined : sessions.getByName(sessionId);
    if (threadId === undefined) {
      if (named !== undefined) return named;
      if (sessionId !== undefined)
        throw new BridgeError("SESSION_NOT_FOUND", `No thread is called "${sessionId}" here.`);
      throw new BridgeError("INVALID_ARGUMENT", "codex-reply needs a threadId or a sessionId.");
    }
    if (!isThreadId(threadId)) {
      throw new BridgeError(
        "INVALID_ARGUMENT",
        `threadId ${JSON.stringify(threadId.slice(0, 80))} is not a thread id.`,
        {
          nextStep: "Pass the threadId of an earlier result, exactly as it was given.",
        },
      );
    }
    const record = sessions.get(threadId.toLowerCase()) ?? this.#adoptThread(threadId.toLowerCase());
    if (sessionId !== undefined && record.sessionId !== sessionId) {
      throw new BridgeError("INVALID_ARGUMENT", `threadId and sessionId "${sessionId}" name different threads.`, {
        nextStep: "Pass one of the two.",
      });
    }
    return record;
  }

  // A thread that somebody else started: its record is made of its last turn, and kept with the first turn here.
  #adoptThread(threadId: string): ThreadRecord {
    const { readForeignThread, baseDir, clock } = this.#options;
    const foreign = readForeignThread(threadId);
    if (foreign.kind === "unknown") throw new BridgeError("THREAD_NOT_FOUND", `Codex has no thread ${threadId}.`);
    if (foreign.kind === "without a frame") {
      throw new BridgeError(
        "THREAD_NOT_FOUND",
        `The thread ${threadId} has no turn whose directory and sandbox could be kept.`,
      );
    }
    const now = clock();
    return { threadId, project: baseDir, frame: foreign.frame, turns: 0, createdAt: now, lastUsedAt: now };
  }

  async #scope(profile: string | undefined): Promise<FrameScope> {
    const { backend, limits, baseDir } = this.#options;
    return { limits, baseDir, backend: backend.name, defaults: await backend.readDefaults(profile) };
  }
}

const OFFER_REBUILD =
  'Call codex-reply again with onLostThread: "rebuild" to go on in a new thread with what is left of this one, or start a new one with codex.';

function refuseAskingFullAccess(
  frame: ThreadFrame,
  code: "INVALID_ARGUMENT" | "SANDBOX_DENIED",
  backend: AgentBackend,
): void {
  if (backend.capabilities.canAskApproval) return;
  if (frame.sandbox.mode !== "danger-full-access" || frame.approvalPolicy === "never") return;
  throw new BridgeError(
    code,
    `danger-full-access with approval-policy ${frame.approvalPolicy} would run everything without asking.`,
    {
      nextStep:
        "Use a narrower sandbox, or approval-policy never if the user wants unlimited access without questions.",
    },
  );
}
