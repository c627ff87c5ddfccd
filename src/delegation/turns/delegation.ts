// The use cases of the two thread tools: start a thread, continue one.

import type { ForeignThread } from "../../agents/codex/rollouts/foreign-thread.ts";
import { countOf } from "../../domain/count-of.ts";
import { BridgeError } from "../../domain/errors.ts";
import type { ThreadFrame, ThreadLimits, ThreadRecord } from "../../domain/thread.ts";
import type { LockFiles } from "../../state/lock-files.ts";
import type { CallContext, ReplyRequest, StartRequest, TurnAnswer } from "../requests.ts";
import { findBaseDir } from "../threads/base-dir.ts";
import { resolveDirectory } from "../threads/directories.ts";
import { createThreadFinder, type FindThread, type FoundThread, narrowByLastTurn } from "../threads/find-thread.ts";
import { buildFrame, refuseAskingFullAccess } from "../threads/frame.ts";
import type { FrameScope } from "../threads/frame-scope.ts";
import { type ClaimName, createNameClaims, takeName } from "../threads/name-claims.ts";
import { findReplyFrames, type ReplyFrames } from "../threads/reply-frames.ts";
import { createThreadPlaces, type ThreadPlace, type ThreadPlaces } from "../threads/thread-places.ts";
import { createTurnQueue, type Release, type TurnQueue } from "../threads/turn-queue.ts";
import type { AreaScope } from "../threads/writable-areas.ts";
import { checkDepth, type Depth } from "./depth.ts";
import { resolveImages } from "./images.ts";
import {
  composeRebuilt,
  describeRebuilt,
  isLost,
  type LostMessage,
  mayRebuild,
  offerRebuild,
  RETOLD_CHARACTERS,
} from "./rebuild.ts";
import { createTurnRunner, type TurnRunner, type TurnRunnerOptions } from "./run-turn.ts";

/** What delegation is built from. */
export interface DelegationOptions extends Omit<TurnRunnerOptions, "places"> {
  readonly limits: ThreadLimits;
  /** Turns that run at once in this bridge, at most. */
  readonly maxTurns: number;
  /** What a writing turn must not reach. */
  readonly areas: AreaScope;
  /** Locks among the bridges of this machine. */
  readonly locks: Pick<LockFiles, "take" | "look">;
  /** Ends what bridges that are dead by now left running. */
  readonly reap: () => Promise<void>;
  /** Read once a call: the ancestors of a process do not change, but finding them costs. */
  readonly readDepth: () => Depth;
  /** Profile of threads whose caller names none. */
  readonly defaultProfile?: string | undefined;
  /** The last messages of a thread, as far as they are left. */
  readonly readConversation: (threadId: string, maxCharacters: number) => readonly LostMessage[];
  /** What the agent knows of a thread without a record of ours. */
  readonly readForeignThread: (threadId: string, mostBytes?: number) => ForeignThread;
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
  readonly #find: FindThread;
  readonly #freePlaces: TurnQueue;

  constructor(options: DelegationOptions) {
    this.#options = options;
    this.#places = createThreadPlaces(options);
    this.#claimName = createNameClaims({ ...options, project: options.baseDir });
    this.#runner = createTurnRunner({ ...options, places: this.#places });
    this.#find = createThreadFinder(options);
    this.#freePlaces = createTurnQueue(options.maxTurns);
  }

  async start(request: StartRequest, call: CallContext): Promise<TurnAnswer> {
    checkDepth(this.#options.readDepth());
    const { sessionId } = request;
    const release = sessionId === undefined ? undefined : takeName(sessionId, this.#claimName, this.#options.sessions);
    try {
      const profile = request.profile ?? this.#options.defaultProfile;
      const base = await findBaseDir(request.cwd, call, this.#options.baseDir);
      const cwd = this.#resolveCwd(request.cwd, base.path);
      const scope = { ...(await this.#scope(profile, cwd)), baseDir: base.path };
      const frame = buildFrame({ ...request, profile }, scope);
      refuseAskingFullAccess(frame, "INVALID_ARGUMENT", this.#options.backend.capabilities);
      resolveImages(request, frame);
      const giveBack = await this.#takeFreePlace(call);
      try {
        const answer = await this.#runner.run(request, { frame, sessionId, record: undefined }, call);
        return { ...answer, warnings: [...base.warnings, ...answer.warnings] };
      } finally {
        giveBack();
      }
    } finally {
      release?.();
    }
  }

  async reply(request: ReplyRequest, call: CallContext): Promise<TurnAnswer> {
    checkDepth(this.#options.readDepth());
    // What is wrong already is told before the wait.
    await this.#narrow(request, this.#find(request), call);
    const { place, found } = await this.#takePlace(request, call);
    try {
      const { record } = found;
      const frames = await this.#narrow(request, found, call);
      const answer =
        request.resetSession === true
          ? await this.#restart(request, record, frames.next, call)
          : await this.#continue(request, record, frames, call);
      return { ...answer, warnings: [...found.warnings, ...answer.warnings, ...place.warnings] };
    } catch (error) {
      throw addThread(error, found.record.threadId);
    } finally {
      await place.release();
    }
  }

  // The place of the thread that is meant once it is free: meanwhile an earlier turn may have narrowed it, here or in another bridge, or
  // given its name to another one.
  async #takePlace(request: ReplyRequest, call: CallContext): Promise<{ place: ThreadPlace; found: FoundThread }> {
    for (;;) {
      const { threadId } = this.#find(request).record;
      const place = await this.#acquire(threadId, call);
      try {
        const found = narrowByLastTurn(this.#options, this.#find(request));
        if (found.record.threadId === threadId) return { place, found };
      } catch (error) {
        await place.release();
        throw error;
      }
      await place.release();
    }
  }

  async #acquire(threadId: string, call: CallContext): Promise<ThreadPlace> {
    try {
      return await this.#places.acquire(threadId, {
        signal: call.signal,
        onWait: (ahead) => call.report(`Waiting for ${countOf(ahead, "earlier turn")} of this thread`),
        takeFreePlace: () => this.#takeFreePlace(call),
      });
    } catch (error) {
      throw addThread(error, threadId);
    }
  }

  #takeFreePlace(call: CallContext): Promise<Release> {
    return this.#freePlaces.acquire(call.signal, (ahead) =>
      call.report(`Waiting for ${countOf(ahead, "other turn")} (BRIDGE_MAX_TURNS)`),
    );
  }

  async #narrow(request: ReplyRequest, { record }: FoundThread, call: CallContext): Promise<ReplyFrames> {
    const { backend, baseDir } = this.#options;
    try {
      const frames = await findReplyFrames(request, record, {
        readScope: (cwd) => this.#scope(record.frame.profile, cwd),
        findBase: () => findBaseDir(request.cwd, call, baseDir),
      });
      refuseAskingFullAccess(frames.frame, "SANDBOX_DENIED", backend.capabilities);
      resolveImages(request, frames.frame);
      return frames;
    } catch (error) {
      throw addThread(error, record.threadId);
    }
  }

  async #continue(
    request: ReplyRequest,
    record: ThreadRecord,
    { frame, next, lost }: ReplyFrames,
    call: CallContext,
  ): Promise<TurnAnswer> {
    // Codex would not start in a directory that is gone, so nothing is tried there.
    if (lost !== undefined) return this.#rebuild(request, record, next, lost, call);
    const { sessionId } = record;
    try {
      return await this.#runner.run(request, { frame, sessionId, record }, call);
    } catch (error) {
      if (!(error instanceof BridgeError) || !isLost(error)) throw error;
      if (request.onLostThread !== "rebuild" || !mayRebuild(error)) throw offerRebuild(error);
      return this.#rebuild(request, record, next, error, call);
    }
  }

  async #rebuild(
    request: ReplyRequest,
    record: ThreadRecord,
    frame: ThreadFrame,
    cause: BridgeError,
    call: CallContext,
  ): Promise<TurnAnswer> {
    const { sessionId, threadId } = record;
    const messages = this.#options.readConversation(threadId, RETOLD_CHARACTERS);
    const rebuilt = { ...request, prompt: composeRebuilt(request.prompt, messages) };
    const fresh = { frame, sessionId, record: undefined, title: record.title, replaces: record };
    const answer = await this.#runner.run(rebuilt, fresh, call);
    return { ...answer, warnings: [describeRebuilt(threadId, cause, messages), ...answer.warnings] };
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

  #resolveCwd(cwd: string | undefined, base: string): string {
    const { areas, limits } = this.#options;
    return resolveDirectory("cwd", cwd ?? ".", { base, home: areas.home, roots: limits.roots });
  }

  async #scope(profile: string | undefined, cwd: string): Promise<FrameScope> {
    const { backend, limits, areas, baseDir, defaultProfile } = this.#options;
    const defaults = await backend.readDefaults(profile, cwd);
    const own = profile === defaultProfile ? defaults : await backend.readDefaults(defaultProfile, cwd);
    return { ...areas, limits, baseDir, backend: backend.name, defaults, ownProfile: own.profile?.name };
  }
}

// Not to an error that says that there is no such thread.
function addThread(error: unknown, threadId: string): unknown {
  if (!(error instanceof BridgeError) || error.report.threadId !== undefined) return error;
  return error.code === "THREAD_NOT_FOUND" ? error : error.with({ threadId });
}
