// What an undo and a landing share: the bridge itself writes files of the user's, so it asks whether it may, and keeps others out.
import { BridgeError } from "../../domain/errors.ts";
import type { OtherTurn } from "../../state/writing-turns.ts";
import type { CallContext } from "../requests.ts";
import { limitAt, toCallerDenied } from "../threads/caller-limit.ts";
import { checkRoots } from "../threads/directories.ts";
import { findCap } from "../threads/frame-sandbox.ts";
import { nameTurns } from "../turns/changes/note-writing.ts";
import { type DelegationParts, readScope } from "../turns/delegation-parts.ts";

/**
 * The caller asks the bridge for it, so the user's limit must allow writing in `top`, whatever the thread's sandbox is, and an agent that calls must be able to write there itself. `what` names the tree in the error.
 * Throws SANDBOX_DENIED.
 */
export async function checkMayWrite(
  parts: DelegationParts,
  { what, cwd, top }: { readonly what: string; readonly cwd: string; readonly top: string },
  call: Pick<CallContext, "caller">,
): Promise<void> {
  const scope = await readScope(parts, {}, cwd, call);
  checkRoots(what, top, scope.limits.roots);
  const caller = limitAt(await parts.options.findCallerLimit(call.caller), top, parts.options.proposals?.worktrees);
  if (caller?.policy.mode === "read-only") throw toCallerDenied(caller, "no file is written for it");
  if (findCap(scope) !== "read-only") return;
  throw new BridgeError("SANDBOX_DENIED", "The user's limit is read-only (BRIDGE_MAX_SANDBOX), so no file is written.");
}

/** A turn that goes on would work on files that change under it, and its receipt would have what the bridge writes. Throws SESSION_BUSY. */
export function refuseWhileWritten({ options }: DelegationParts, top: string): void {
  refuseOthers(top, options.writing?.writing.findRunning([top]) ?? []);
}

function refuseOthers(top: string, others: readonly OtherTurn[]): void {
  if (others.length === 0) return;
  const message = `A turn that may write runs in ${top}: ${nameTurns(others)}. No file was written.`;
  throw new BridgeError("SESSION_BUSY", message, {
    nextStep: "Wait until it has ended (agent_job shows background jobs), or cancel it, then call again.",
  });
}

/**
 * Takes a tree for a change of the bridge's own. Two at once, here or in two bridges, would each take the other's work for somebody's changes. `what` is
 * what turns that begin now are told of. Throws SESSION_BUSY.
 */
export function lockTree({ options }: DelegationParts, top: string, what: string): { release(): void } {
  const attempt = options.locks.take(`undo-${Buffer.from(top).toString("hex").slice(-200)}`);
  if (attempt.kind !== "taken") {
    throw new BridgeError("SESSION_BUSY", `Another undo or landing runs in ${top}.`, {
      nextStep: "Wait a moment, then call again.",
    });
  }
  const writing = options.writing?.writing.begin({ areas: [top], what });
  const release = (): void => {
    writing?.end();
    attempt.release();
  };
  try {
    // One may have begun meanwhile.
    refuseOthers(top, writing?.findRunning() ?? []);
    return { release };
  } catch (error) {
    release();
    throw error;
  }
}
