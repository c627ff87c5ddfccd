// Lands a proposal: its difference goes into the files of the user's working tree. Nothing is committed, and the index is left alone.
import { join } from "node:path";
import { countOf } from "../../domain/count-of.ts";
import { BridgeError } from "../../domain/errors.ts";
import { sayThrown, toPrintableLine } from "../../domain/printable.ts";
import { createContentReader } from "../../receipts/read-contents.ts";
import { restoreFiles } from "../../receipts/restore.ts";
import type { RestoreStep } from "../../receipts/restore-plan.ts";
import { toReadablePath } from "../../receipts/snapshots/byte-path.ts";
import type { Proposal } from "../../state/proposal-files.ts";
import { type LandingPlan, planLanding } from "../../worktrees/plan-landing.ts";
import type { TreeGit } from "../../worktrees/tree-git.ts";
import type { Worktrees } from "../../worktrees/worktrees.ts";
import { findLanding } from "../receipts/interrupted.ts";
import { checkMayWrite, lockTree, refuseWhileWritten } from "../receipts/own-changes.ts";
import { beginOwnReceipt } from "../receipts/own-receipt.ts";
import type { CallContext } from "../requests.ts";
import { lockProposal } from "../threads/isolation.ts";
import type { DelegationParts } from "../turns/delegation-parts.ts";
import { checkDepth } from "../turns/depth.ts";
import { describeMoved, openUsers, refuseEmpty, refuseUnseen } from "./before-landing.ts";
import { closeLanded } from "./close-proposal.ts";
import { findProposal, listOpen, type ProposalSearch } from "./find-proposal.ts";
import type { Landed } from "./proposals.ts";

/** What a landing needs besides the parts of delegation. */
export interface LandingOptions extends ProposalSearch {
  readonly worktrees: Worktrees;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** More paths than this are not listed in an error. */
const MOST_LISTED = 20;

/** Lands one, as `Proposals.land` says. */
export async function landProposal(
  parts: DelegationParts,
  options: LandingOptions,
  id: string | undefined,
  call: CallContext,
): Promise<Landed> {
  checkDepth(parts.options.readDepth(call));
  const { id: found, top } = findProposal(options, id);
  await checkMayWrite(parts, { what: "The proposal's directory", cwd: top, top }, call);
  refuseWhileWritten(parts, top);
  const lock = lockProposal(parts.options.locks, found);
  try {
    // Read again: it may have changed before the lock was taken.
    const proposal = findProposal(options, found);
    const tree = lockTree(parts, top, `a landing of proposal ${found}`);
    try {
      await parts.options.staging.sweep(top);
      return await land(parts, options, proposal, call);
    } catch (error) {
      // git was killed, or was not started: nothing is written from there on.
      if (!call.signal.aborted || error instanceof BridgeError) throw error;
      throw new BridgeError("CANCELLED", "The call was cancelled before anything was landed.", { cause: error });
    } finally {
      tree.release();
    }
  } finally {
    lock.release();
  }
}

async function land(
  parts: DelegationParts,
  options: LandingOptions,
  proposal: Proposal,
  call: CallContext,
): Promise<Landed> {
  const { worktrees } = options;
  const git = await openUsers(worktrees, proposal, call.signal);
  await refuseUnseen(worktrees, proposal, call.signal);
  if (proposal.tree === proposal.baseTree) throw refuseEmpty(proposal);
  const moved = await describeMoved(git, proposal, call.signal);
  const plan = await makePlan(git, proposal, call.signal);
  const { done, receipt } = await apply(parts, options, { git, proposal, plan, call });
  const toPath = (path: string): string => join(proposal.top, toReadablePath(path));
  const taken = new Set(done.map(({ path }) => path));
  const missed = plan.steps.filter(({ path }) => !taken.has(path)).map(({ path }) => toPath(path));
  const warnings = [
    ...moved,
    ...(receipt === undefined && done.length > 0 ? ["This landing has no receipt, so codex-undo cannot undo it."] : []),
  ];
  if (missed.length > 0) throw refuseMissed(proposal, missed, receipt);
  const end = await closeLanded(parts, worktrees, { ...proposal, state: "landed", receipt });
  return {
    ...{
      proposal: end.proposal,
      leftOut: end.leftOut,
      ignored: end.ignored,
      files: done.map(({ path }) => toPath(path)),
      diffStat: proposal.diffStat ?? "",
      receipt,
    },
    merged: plan.merged.filter((path) => taken.has(path)).map(toPath),
    others: listOthers(options, proposal),
    ...{ keptBranch: end.keptBranch, warnings: [...warnings, ...end.warnings] },
  };
}

// What is landed stays landed, whatever cannot be read.
function listOthers(search: ProposalSearch, { id, attemptSet }: Proposal): string[] {
  if (attemptSet === undefined) return [];
  try {
    return listOpen(search)
      .filter((other) => other.attemptSet === attemptSet && other.id !== id)
      .map(({ id }) => id);
  } catch {
    return [];
  }
}

async function makePlan(git: TreeGit, proposal: Proposal, signal: AbortSignal): Promise<LandingPlan> {
  const plan = await planLanding(git, proposal, signal);
  const { conflicts } = plan;
  if (conflicts.length === 0) return plan;
  const paths = conflicts.slice(0, MOST_LISTED).map(toReadablePath);
  const names = paths.map(toPrintableLine).join(", ");
  throw new BridgeError(
    "LAND_CONFLICT",
    `${countOf(conflicts.length, "file")} changed here in a way that does not go together with proposal ${proposal.id}: ${names}${conflicts.length > MOST_LISTED ? ", …" : ""}. Nothing was landed.`,
    { details: { conflicts: paths.map((path) => join(proposal.top, path)), branch: proposal.branch } },
  );
}

interface Landing {
  readonly git: TreeGit;
  readonly proposal: Proposal;
  readonly plan: LandingPlan;
  readonly call: CallContext;
}

// What was written has a receipt also if the rest fails.
async function apply(parts: DelegationParts, { env }: LandingOptions, { git, proposal, plan, call }: Landing) {
  const { receipts, clock } = parts.options;
  const { top, threadId, id: lands } = proposal;
  const { steps } = plan;
  const startedAt = clock();
  const before = await receipts?.snapshots.take(top, call.signal);
  call.signal.throwIfAborted();
  const done: RestoreStep[] = [];
  const change = { backend: "land", before, startedAt, cwd: top, threadId, lands } as const;
  const own = await beginOwnReceipt(parts, change, steps, call.signal);
  try {
    const oids = steps.flatMap((step) => step.before?.oid ?? []);
    const readContent = createContentReader({ store: git.store.folder, top, env }, oids, call.signal);
    const { staging } = parts.options;
    await restoreFiles({ top, steps, forced: new Set(), readContent, staging, onDone: (step) => done.push(step) });
  } catch (error) {
    const receipt = await own.end(done.length > 0);
    const back = receipt === undefined ? "" : ` codex-undo with receipt ${receipt} takes that back.`;
    const reason = sayThrown(error);
    const message = `The landing stopped after ${done.length} of ${countOf(steps.length, "file")}: ${reason}.${back}`;
    throw new BridgeError("LAND_CONFLICT", message, { cause: error, nextStep: AGAIN });
  }
  const receipt = await own.end(done.length > 0);
  // All of it may be there already, from a landing that was killed at its very end.
  return { done, receipt: steps.length > 0 ? receipt : (receipt ?? findEarlier(parts, lands)) };
}

function findEarlier({ options: { receipts, baseDir, logger } }: DelegationParts, lands: string): string | undefined {
  try {
    return receipts && findLanding(receipts.files, baseDir, lands);
  } catch (error) {
    logger.error({ err: error, id: lands }, "the receipt of an earlier landing was not found");
    return undefined;
  }
}

const AGAIN = "Correct what the error names, then call codex-land again. It goes on with the files that are missing.";

// Somebody wrote these files in the very moment.
function refuseMissed({ id }: Proposal, missed: readonly string[], receipt: string | undefined): BridgeError {
  const names = missed.slice(0, MOST_LISTED).map(toPrintableLine).join(", ");
  const back = receipt === undefined ? "" : ` codex-undo with receipt ${receipt} takes the others back.`;
  return new BridgeError(
    "LAND_CONFLICT",
    `${countOf(missed.length, "file")} of proposal ${id} changed while it was landed: ${names}.${back}`,
    {
      details: { conflicts: missed.slice(0, MOST_LISTED), ...(receipt === undefined ? {} : { receipt }) },
      nextStep: AGAIN,
    },
  );
}
