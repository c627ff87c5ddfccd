// A turn permit is the right to run a turn of one thread. It is taken in three steps: the turn waits for earlier turns of the thread in this
// bridge, then for a free slot (BRIDGE_MAX_TURNS), then takes the thread's lock among the bridges of this machine. In this order no turn
// holds a lock or a slot while it waits for something else.
import { BridgeError, toBridgeError } from "../../domain/errors.ts";
import type { Logger } from "../../domain/logger.ts";
import { isBlinding } from "../../domain/machine-limits.ts";
import type { LockFiles, LockHeld } from "../../state/lock-files.ts";
import { createKeyedQueue, type Release } from "./turn-queue.ts";

/** Options of createTurnPermits. */
export interface TurnPermitsOptions {
  readonly locks: Pick<LockFiles, "take" | "look">;
  /** Ends what dead bridges left running. A bridge may have died with the lock while its agent still works on the thread. */
  readonly reap: () => Promise<void>;
  readonly logger: Logger;
}

/** A permit that was taken. */
export interface TurnPermit {
  /** What to tell the caller, such as that the lock could not be taken. */
  readonly warnings: readonly string[];
  release(): Promise<void>;
}

/** How to wait for a permit. */
export interface PermitWait {
  readonly signal: AbortSignal;
  /** Called once if the turn has to wait for earlier turns of this bridge, with their number. */
  readonly onWait: (ahead: number) => void;
  /** Waits for a free slot of the bridge. Releasing the permit gives the slot back. */
  readonly takeSlot: () => Promise<Release>;
}

/** Hands out the permits of a bridge. */
export interface TurnPermits {
  /** Throws CANCELLED if the signal aborts first, and SESSION_BUSY if another bridge has the thread. */
  acquire(threadId: string, wait: PermitWait): Promise<TurnPermit>;
  /** For an act that takes a moment, and no slot. Throws SESSION_BUSY if a turn runs on the thread or waits for it, here or in another bridge. */
  acquireIdle(threadId: string): Promise<TurnPermit>;
  /** For a thread that has just begun, whose id nobody else can know yet. The permit is taken when the call returns. Never throws. */
  open(threadId: string): TurnPermit;
}

interface Lock {
  readonly wasLeft: boolean;
  readonly warnings: readonly string[];
  release(): void;
}

const NO_LOCK = { wasLeft: false, release: () => {} };

/** Creates the permits of a bridge. */
export function createTurnPermits({ locks, reap, logger }: TurnPermitsOptions): TurnPermits {
  const queue = createKeyedQueue();

  function lock(threadId: string): Lock {
    try {
      const attempt = locks.take(threadId);
      if (attempt.kind === "held") throw toBusy(attempt);
      return { ...attempt, warnings: [] };
    } catch (error) {
      // If locks cannot be read at the moment, another bridge may hold this one.
      if (error instanceof BridgeError || isBlinding(error)) throw toBridgeError(error);
      logger.error({ err: error, threadId }, "thread not locked");
      return { ...NO_LOCK, warnings: [NOT_LOCKED] };
    }
  }

  // Never throws. If the id became known only at the end of the turn, another bridge may use the thread already.
  function lockOrWarn(threadId: string): Lock {
    try {
      return lock(threadId);
    } catch (error) {
      return { ...NO_LOCK, warnings: [toBridgeError(error).message] };
    }
  }

  // A busy thread is refused before the wait for a slot, not after it.
  function refuseHeld(threadId: string): void {
    try {
      const held = locks.look(threadId);
      if (held !== undefined) throw toBusy(held);
    } catch (error) {
      if (error instanceof BridgeError) throw error;
    }
  }

  async function takeAll(threadId: string, { takeSlot }: PermitWait): Promise<TurnPermit> {
    refuseHeld(threadId);
    const giveBack = await takeSlot();
    try {
      const { wasLeft, release, warnings } = lock(threadId);
      if (wasLeft) await reap().catch((error: unknown) => logger.error({ err: error }, "leftovers not ended"));
      return {
        warnings,
        release: async () => {
          release();
          giveBack();
        },
      };
    } catch (error) {
      giveBack();
      throw error;
    }
  }

  async function acquire(threadId: string, wait: PermitWait): Promise<TurnPermit> {
    const leave = await queue.acquire(threadId, wait.signal, wait.onWait);
    try {
      const permit = await takeAll(threadId, wait);
      return {
        ...permit,
        release: async () => {
          await permit.release();
          leave();
        },
      };
    } catch (error) {
      leave();
      throw error;
    }
  }

  return {
    acquire,
    acquireIdle: async (threadId) => {
      if (queue.isBusy(threadId)) throw toBusyHere();
      return acquire(threadId, NO_WAIT);
    },
    open: (threadId) => {
      const turn = queue.acquire(threadId, NEVER_ABORTED, () => {});
      const { release, warnings } = lockOrWarn(threadId);
      return {
        warnings,
        release: async () => {
          release();
          (await turn)();
        },
      };
    },
  };
}

const NEVER_ABORTED = new AbortController().signal;
/** Nothing is ahead, and no slot is taken. */
const NO_WAIT: PermitWait = { signal: NEVER_ABORTED, onWait: () => {}, takeSlot: async () => () => {} };
const NOT_LOCKED =
  "The thread could not be locked, because the state folder cannot be written. Do not use the thread in another window at the same time.";

function toBusyHere(): BridgeError {
  return new BridgeError(
    "SESSION_BUSY",
    "A turn or another call of this session works on this thread, or waits for it.",
    {
      nextStep: "Wait until it has ended (agent_job shows background jobs), then call again.",
    },
  );
}

function toBusy({ holder: { pid, cwd, since }, isSeenAlive, path }: LockHeld): BridgeError {
  const from = new Date(since).toISOString();
  const where = isSeenAlive ? "" : ", in another container or on another machine";
  return new BridgeError(
    "SESSION_BUSY",
    `Another bridge runs a turn on this thread: pid ${pid} in ${cwd}${where}, since ${from}.`,
    {
      nextStep: `Wait until that turn has ended, then call again. To work at the same time, start a new thread with codex. ${isSeenAlive ? IN_SIGHT : toOutOfSight(path)}`,
      details: { holder: { pid, cwd, since: from } },
    },
  );
}

const IN_SIGHT = "The user can end it in the Claude Code window of that directory.";

function toOutOfSight(path: string): string {
  return `If that bridge is gone, the thread is free a minute from now. The user can also remove the file ${path}.`;
}
