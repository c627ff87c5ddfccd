// Claims a name (`sessionId`) while its first turn runs, so that no other turn takes it, in this bridge or in another one of the project.
import { createHash } from "node:crypto";
import { BridgeError } from "../../domain/errors.ts";
import type { Logger } from "../../domain/logger.ts";
import { isBlinding } from "../../domain/machine-limits.ts";
import type { LockFiles } from "../../state/lock-files.ts";
import type { SessionStore } from "./session-store.ts";
import type { Release } from "./turn-queue.ts";

/** Options of createNameClaims. */
export interface NameClaimsOptions {
  readonly locks: Pick<LockFiles, "take">;
  /** Directory of the bridge: names belong to it. */
  readonly project: string;
  readonly logger: Logger;
}

/** Claims a name until it is released. Returns undefined if it is claimed already. */
export type ClaimName = (sessionId: string) => Release | undefined;

/** Creates the claims of a bridge. */
export function createNameClaims({ locks, project, logger }: NameClaimsOptions): ClaimName {
  // If no lock can be written, names are at least unique within this bridge.
  const own = new Set<string>();

  function lock(sessionId: string): Release | undefined {
    try {
      const attempt = locks.take(toKey(project, sessionId));
      return attempt.kind === "taken" ? attempt.release : undefined;
    } catch (error) {
      // If locks cannot be read at the moment, another bridge may hold this one.
      if (isBlinding(error)) throw error;
      logger.error({ err: error, sessionId }, "name not locked");
      return () => {};
    }
  }

  return (sessionId) => {
    if (own.has(sessionId)) return undefined;
    const release = lock(sessionId);
    if (release === undefined) return undefined;
    own.add(sessionId);
    return () => {
      own.delete(sessionId);
      release();
    };
  };
}

/**
 * Takes a name for a new thread until it is released. Throws INVALID_ARGUMENT if a thread has the name or is about to get it, and
 * CONFIG_INVALID if that cannot be found out.
 */
export function takeName(sessionId: string, claim: ClaimName, sessions: Pick<SessionStore, "getByName">): Release {
  // Claim first, then look up: whoever held the claim before has stored the name by then.
  const release = claim(sessionId);
  let known: ReturnType<typeof sessions.getByName>;
  try {
    known = sessions.getByName(sessionId);
  } catch (error) {
    release?.();
    throw error;
  }
  if (release !== undefined && known === undefined) return release;
  release?.();
  if (known === undefined) {
    throw new BridgeError(
      "INVALID_ARGUMENT",
      `sessionId "${sessionId}" is in use: a thread that is starting now will have it.`,
      {
        nextStep: "Continue that thread with codex-reply once its first turn has ended, or choose another sessionId.",
      },
    );
  }
  throw new BridgeError("INVALID_ARGUMENT", `sessionId "${sessionId}" is in use.`, {
    threadId: known.threadId,
    nextStep: "Continue it with codex-reply (resetSession: true starts it anew), or choose another sessionId.",
  });
}

function toKey(project: string, sessionId: string): string {
  const digest = createHash("sha256").update(`${project}\n${sessionId}`).digest("hex").slice(0, 32);
  return `name-${digest}`;
}
