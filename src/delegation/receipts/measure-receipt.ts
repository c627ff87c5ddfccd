// Measures what a proposal changes: the same command on its old state and on its new one, in turns, so that a machine that slows down slows both.
import { hasPassed } from "../../domain/check.ts";
import { BridgeError } from "../../domain/errors.ts";
import { compareRuns, type MeasureResult } from "../../domain/measure.ts";
import { sayThrown } from "../../domain/printable.ts";
import type { ThreadFrame } from "../../domain/thread.ts";
import type { Proposal } from "../../state/proposal-files.ts";
import type { Receipt, ReceiptFiles } from "../../state/receipt-files.ts";
import type { BaseWorktree } from "../../worktrees/make-base.ts";
import type { Worktrees } from "../../worktrees/worktrees.ts";
import type { CallContext } from "../requests.ts";
import { takeProposal } from "../threads/isolation.ts";
import { keepMeasure } from "../turns/checks/keep-check.ts";
import type { CheckDone } from "../turns/checks/run-check.ts";
import type { DelegationParts } from "../turns/delegation-parts.ts";
import { checkDepth } from "../turns/depth.ts";
import { findCheckFrame } from "./check-frame.ts";
import { takePermit } from "./check-receipt.ts";

/** A measurement that ran. */
export interface MeasureDone {
  readonly measure: MeasureResult;
  readonly warnings: readonly string[];
}

/** Rounds of a command that takes less than QUICK_MS, and of one that takes longer. */
const ROUNDS = { quick: 5, slow: 3 };
const QUICK_MS = 10_000;

/**
 * Measures the whole proposal of a receipt, keeps the result in the receipt and removes the worktree of the old state. Throws INVALID_ARGUMENT where the turn
 * had no worktree or its proposal is over, SESSION_BUSY, DEPTH_EXCEEDED, and as `Worktrees.makeBase`, `findCheckFrame` and `runCheck` do.
 */
export async function measureReceipt(
  parts: DelegationParts,
  files: Pick<ReceiptFiles, "find" | "write">,
  { receipt, command }: { readonly receipt: Receipt; readonly command: string },
  call: CallContext,
): Promise<MeasureDone> {
  const { options } = parts;
  checkDepth(options.readDepth(call));
  const { worktrees } = requireProposal(parts, receipt);
  await findCheckFrame(parts, receipt, call);
  const permit = await takePermit(parts, receipt, call);
  try {
    const frame = await findCheckFrame(parts, receipt, call);
    const lock = takeProposal(options.locks, worktrees, frame.cwd);
    try {
      // While this call waited for the thread, its proposal may have been landed or discarded, or got another commit.
      const { proposal } = requireProposal(parts, receipt);
      const base = await worktrees.makeBase(proposal, call);
      const { measure, warnings } = await measureBeside(parts, base, { command, frame }, call);
      const kept = keepMeasure({ files, logger: options.logger }, receipt, measure);
      return { measure, warnings: [...permit.warnings, ...new Set([...base.warnings, ...warnings]), ...kept] };
    } finally {
      lock.release();
    }
  } finally {
    await permit.release();
  }
}

/** The open proposal of a receipt. Throws INVALID_ARGUMENT where there is none. */
export function requireProposal(
  { options }: DelegationParts,
  { cwd }: Receipt,
): { readonly worktrees: Worktrees; readonly proposal: Proposal } {
  const worktrees = options.proposals?.worktrees;
  const proposal = worktrees?.findByPath(cwd);
  if (worktrees !== undefined && proposal?.state === "open") return { worktrees, proposal };
  const reason = proposal === undefined ? "its turn ran in no worktree" : `its proposal was ${proposal.state}`;
  throw new BridgeError("INVALID_ARGUMENT", `\`measure\` compares a proposal with its old state, and ${reason}.`, {
    nextStep:
      'Measure a turn that was started with isolation "worktree", before codex-land. Elsewhere run the command yourself, before and after.',
  });
}

// Removes the base, whatever happens.
async function measureBeside(
  parts: DelegationParts,
  base: BaseWorktree,
  { command, frame }: { readonly command: string; readonly frame: ThreadFrame },
  call: CallContext,
): Promise<MeasureDone> {
  const warnings: string[] = [];
  try {
    const run = async (state: "old" | "new"): Promise<CheckDone["check"]> => {
      const there = state === "old" ? { ...frame, cwd: base.cwd } : frame;
      const done = await parts.runLockedCheck({ command, frame: there }, call);
      warnings.push(...done.warnings);
      return done.check;
    };
    return { measure: await measureInTurns(run, call), warnings };
  } finally {
    await base.remove().catch((error: unknown) => {
      parts.options.logger.error({ err: error }, "the worktree of an old state was not removed");
      warnings.push(
        `The worktree of the old state was not removed (${sayThrown(error)}). The next start of the bridge tries again.`,
      );
    });
  }
}

// The first run of each state fills caches and does not count.
async function measureInTurns(
  run: (state: "old" | "new") => Promise<CheckDone["check"]>,
  { report }: Pick<CallContext, "report">,
): Promise<MeasureResult> {
  const times: { old: number[]; new: number[] } = { old: [], new: [] };
  let begun: Pick<MeasureResult, "command" | "at"> | undefined;
  let rounds = ROUNDS.quick;
  for (let round = 0; round <= rounds; round += 1) {
    report(round === 0 ? "Measuring: a first run of each state" : `Measuring: round ${round} of ${rounds}`);
    const states = round % 2 === 0 ? (["old", "new"] as const) : (["new", "old"] as const);
    for (const state of states) {
      const check = await run(state);
      begun ??= { command: check.command, at: check.at };
      const { exitCode, timedOut, output } = check;
      if (!hasPassed(check)) return { ...begun, verdict: "failed", failure: { state, exitCode, timedOut, output } };
      if (round > 0) times[state].push(check.durationMs);
      else if (check.durationMs >= QUICK_MS) rounds = ROUNDS.slow;
    }
  }
  return { command: "", at: 0, ...begun, ...compareRuns(times.old, times.new) };
}
