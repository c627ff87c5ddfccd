// One step of a session at a time, in this bridge and among all bridges with its state folder.
import { createHash } from "node:crypto";
import { BridgeError } from "../../domain/errors.ts";
import type { LockFiles } from "../../state/lock-files.ts";

/** Holds sessions. */
export interface SessionTurns {
  /** Runs `act` while nobody else takes a step of the session. Throws SESSION_BUSY at once where somebody does. */
  hold<Result>(sessionId: string, act: () => Promise<Result>): Promise<Result>;
}

/** Makes it. `project` is what the sessions belong to, as the memory names it. */
export function createSessionTurns(locks: Pick<LockFiles, "take">, project: string): SessionTurns {
  const held = new Set<string>();
  return {
    hold: async (sessionId, act) => {
      const key = `collaboration-${createHash("sha256").update(`${project}\0${sessionId}`).digest("hex").slice(0, 32)}`;
      if (held.has(key)) throw toBusy(sessionId, "this window");
      const lock = locks.take(key);
      if (lock.kind === "held") throw toBusy(sessionId, "another window");
      held.add(key);
      try {
        return await act();
      } finally {
        held.delete(key);
        lock.release();
      }
    },
  };
}

function toBusy(sessionId: string, where: string): BridgeError {
  return new BridgeError("SESSION_BUSY", `A step of ${sessionId} is being taken in ${where}.`, {
    nextStep: 'Wait until it is over, then look with action "status" which steps are open.',
  });
}
