// The step of a turn in a worktree of the bridge's own: what the turn changed is committed to the proposal's branch. `.git` is read-only in Codex's
// sandbox, so Codex cannot.
import type { Logger } from "../../../domain/logger.ts";
import { sayThrown, toPrintableLine } from "../../../domain/printable.ts";
import { withTimeLimit } from "../../../domain/time-limit.ts";
import type { TurnOutcome, TurnProposal } from "../../../domain/turn.ts";
import type { LockFiles } from "../../../state/lock-files.ts";
import type { Proposal } from "../../../state/proposal-files.ts";
import type { CommittedWorktree, Worktrees } from "../../../worktrees/worktrees.ts";
import { requireOpen, takeProposal } from "../../threads/isolation.ts";
import { addWarnings, type TurnStep, toCommitted } from "../turn-steps.ts";

/** What proposals are kept with. */
export interface ProposalParts {
  readonly worktrees: Worktrees;
  /** Locks among the bridges of this machine. */
  readonly locks: Pick<LockFiles, "take">;
}

/** Options of the step. */
export interface ProposalOptions extends ProposalParts {
  readonly logger: Logger;
}

/** The turn is over, so nobody cancels this. */
const COMMIT_MS = 300_000;
/** Of the diff, characters. */
const DIFF_CHARACTERS = 4_000;
const MOST_NAMED = 5;

/** Commits after every turn that works in a worktree of ours. Nobody lands or discards the proposal meanwhile. */
export function keepProposal(options: ProposalOptions): TurnStep {
  const { worktrees, locks } = options;
  return (next) => async (turn) => {
    const { cwd } = turn.thread.frame;
    if (turn.request.readsOnly === true || worktrees.findByPath(cwd) === undefined) return next(turn);
    const lock = takeProposal(locks, worktrees, cwd);
    try {
      const proposal = requireOpen(worktrees, cwd);
      return await addProposal(await next(toCommitted(turn)), proposal, options);
    } finally {
      lock.release();
    }
  };
}

// A turn that has ended keeps its answer, whatever becomes of the commit. Its files stay in the worktree.
async function addProposal(
  outcome: TurnOutcome,
  proposal: Proposal,
  { worktrees, logger }: ProposalOptions,
): Promise<TurnOutcome> {
  try {
    return await withTimeLimit(COMMIT_MS, async (limit) => {
      const done = await worktrees.commit(proposal, outcome.report.threadId, limit);
      const diff = await worktrees.readDiff(done.proposal, DIFF_CHARACTERS, limit);
      const report = { ...outcome.report, proposal: toTurnProposal(done.proposal, diff) };
      return addWarnings({ ...outcome, report }, { after: describeLeft(done) });
    });
  } catch (error) {
    logger.error({ err: error, id: proposal.id }, "the work in a worktree could not be committed");
    const reason = sayThrown(error);
    const report = { ...outcome.report, proposal: toTurnProposal(proposal, "") };
    const words = `What the turn changed could not be committed (${reason}); it is in ${proposal.worktree}.`;
    return addWarnings({ ...outcome, report }, { after: [words] });
  }
}

/** A proposal as a turn's report has it. */
export function toTurnProposal({ id, branch, worktree, diffStat, files = 0 }: Proposal, diff: string): TurnProposal {
  return { id, branch, worktree, files, diffStat: diffStat ?? "no files changed", ...(diff === "" ? {} : { diff }) };
}

function describeLeft({ unstored, nested, unread }: CommittedWorktree): string[] {
  const say = (what: string, paths: readonly string[]): string[] => {
    if (paths.length === 0) return [];
    const names = paths.slice(0, MOST_NAMED).map(toPrintableLine).join(", ");
    return [`The proposal leaves out ${what}: ${names}${paths.length > MOST_NAMED ? ", …" : ""}.`];
  };
  return [
    ...say("files over 5 MB", unstored),
    ...say("git repositories within the worktree", nested),
    ...say("what is in folders that cannot be read", unread),
  ];
}
