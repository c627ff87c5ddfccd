// Runs the first turn of a new thread in a worktree of its own, made from the user's working tree as it is.
import type { CheckedConfig } from "../../agents/agent-backend.ts";
import { BridgeError } from "../../domain/errors.ts";
import type { ThreadFrame } from "../../domain/thread.ts";
import type { TurnOutcome } from "../../domain/turn.ts";
import type { MadeWorktree, Worktrees } from "../../worktrees/worktrees.ts";
import type { CallContext, StartRequest, TurnAnswer } from "../requests.ts";
import { buildFrame } from "../threads/frame.ts";
import type { FrameScope } from "../threads/frame-scope.ts";
import { toTitle } from "../threads/thread-titles.ts";
import { type DelegationParts, readScope } from "./delegation-parts.ts";
import { resolveImages } from "./images.ts";
import { addWarnings } from "./turn-steps.ts";

/** A first turn whose arguments were checked. */
export interface IsolatedStart {
  readonly request: StartRequest;
  readonly config: CheckedConfig;
  /** Directory of the user's that was asked for. */
  readonly cwd: string;
  /** The scope of that directory. */
  readonly scope: FrameScope;
  /** The frame as it would be there. */
  readonly frame: ThreadFrame;
}

/** The request with the sandbox that an isolated turn has: it is there to write. Throws INVALID_ARGUMENT where it asks not to. */
export function wishToWrite(request: StartRequest): StartRequest {
  if (request.isolation === undefined) return request;
  if (request.sandbox === "read-only" || request.readsOnly === true) {
    throw new BridgeError("INVALID_ARGUMENT", "isolation is for turns that write, and sandbox is read-only.", {
      nextStep: "Leave `isolation` out, or use sandbox workspace-write.",
    });
  }
  return { ...request, sandboxWish: request.sandboxWish ?? "workspace-write" };
}

/** Refuses a frame that cannot write. Throws SANDBOX_DENIED. */
export function requireWriting({ isolation }: StartRequest, { sandbox }: ThreadFrame): void {
  if (isolation === undefined || sandbox.mode !== "read-only") return;
  throw new BridgeError("SANDBOX_DENIED", "An isolated turn has to write, and only read-only is allowed here.", {
    nextStep: "Leave `isolation` out. Only the user can allow more (BRIDGE_MAX_SANDBOX, or the permission profile).",
  });
}

/** Runs it. The caller holds a slot. Throws as `Worktrees.make` does. */
export async function runIsolated(
  parts: DelegationParts,
  start: IsolatedStart,
  call: CallContext,
): Promise<TurnOutcome<TurnAnswer>> {
  const { worktrees } = parts.options.proposals ?? {};
  if (worktrees === undefined) throw new BridgeError("INVALID_ARGUMENT", "This bridge makes no worktrees.");
  const { request, cwd } = start;
  const title = toTitle(request.prompt, parts.options.redact);
  const made = await worktrees.make({ cwd, title, attemptSet: request.attemptSet }, call);
  try {
    const outcome = await runThere(parts, start, made, call);
    const { threadId, proposal, hasWorked } = outcome.report;
    // A thread without an id cannot go on there.
    const isUseless = threadId === undefined && !hasWorked && (proposal?.files ?? 0) === 0;
    const report = isUseless ? { ...outcome.report, proposal: undefined } : outcome.report;
    if (isUseless) await removeQuietly(parts, worktrees, made);
    return addWarnings({ ...outcome, report }, { before: made.warnings });
  } catch (error) {
    await removeQuietly(parts, worktrees, made);
    throw error;
  }
}

async function runThere(
  parts: DelegationParts,
  { request, config, scope: known, frame: users }: IsolatedStart,
  { proposal }: MadeWorktree,
  call: CallContext,
): Promise<TurnOutcome<TurnAnswer>> {
  const images = resolveImages(request, users, parts.options.proposals?.worktrees);
  const there = { ...request, cwd: proposal.cwd, images };
  const scope = { ...(await readScope(parts, config.own, proposal.cwd, call)), usualApproval: known.usualApproval };
  const frame = buildFrame(there, config, scope);
  requireWriting(there, frame);
  return parts.runner.run(there, { frame, sessionId: request.sessionId, record: undefined }, call);
}

// The call's own error or answer counts. What is left is found by its record.
async function removeQuietly(parts: DelegationParts, worktrees: Worktrees, { proposal }: MadeWorktree): Promise<void> {
  try {
    await worktrees.forget(proposal);
  } catch (error) {
    parts.options.logger.error({ err: error, id: proposal.id }, "a worktree was not removed");
  }
}
