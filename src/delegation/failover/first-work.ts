// What keeps a task with its agent, and what is taken back before another one begins.

import type { Undone } from "../receipts/receipts.ts";
import type { CallContext } from "../requests.ts";
import type { FailoverParts } from "./failover.ts";
import type { FailedEnd } from "./hand-over.ts";

/** Why the task must stay; undefined if it may go. What a permission profile denies has no like in another agent. */
export function findHold(name: string, end: FailedEnd): string | undefined {
  const profile = end.kind === "refused" ? undefined : end.answer.profile;
  if (profile === undefined) return undefined;
  return `${name} worked under the permission profile ${profile}, to which another agent cannot be held.`;
}

/**
 * Takes back what the agent changed. A turn in a worktree of its own left the user's files alone. Throws where it is not known what would have to be
 * undone.
 */
export async function undoWork(
  { undo }: Pick<FailoverParts, "undo">,
  { end, isReply }: { readonly end: FailedEnd; readonly isReply: boolean },
  call: CallContext,
): Promise<Undone | undefined> {
  if (end.kind === "refused") return undefined;
  const { receipt, changes, sandbox, hasWorked, proposal } = end.answer;
  // The next agent would work in the same worktree.
  if (proposal !== undefined && isReply && hasWorked) throw new Error(`It is part of the proposal ${proposal.id}.`);
  if (proposal !== undefined || !hasWorked || sandbox.mode === "read-only") return undefined;
  if (receipt === undefined) throw new Error("No receipt says what it changed.");
  return changes.length === 0 ? undefined : undo(receipt, [], call);
}
