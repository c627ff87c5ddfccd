// The step of a turn whose changes are committed once it has completed. `.git` is read-only in Codex's sandbox, so Codex cannot.
import { cutText } from "../../../domain/cut-text.ts";
import { BridgeError, toBridgeError } from "../../../domain/errors.ts";
import type { Logger } from "../../../domain/logger.ts";
import { toPrintableLine } from "../../../domain/printable.ts";
import type { Redact } from "../../../domain/redact.ts";
import { withTimeLimit } from "../../../domain/time-limit.ts";
import type { HeldChanges, TurnOutcome, TurnReport } from "../../../domain/turn.ts";
import type { ReceiptFiles } from "../../../state/receipt-files.ts";
import type { Worktrees } from "../../../worktrees/worktrees.ts";
import type { TurnOptions } from "../../requests.ts";
import { addWarnings, type Turn, type TurnStep, toCommitted } from "../turn-steps.ts";
import { collectFiles, type Refused } from "./collect-files.ts";
import { toMessage } from "./commit-message.ts";

/** Options of the step. */
export interface CommitOptions {
  readonly worktrees: Pick<Worktrees, "commitInPlace"> | undefined;
  /** Undefined where no receipts are kept. */
  readonly files: Pick<ReceiptFiles, "find" | "write"> | undefined;
  /** Directory of the bridge. */
  readonly baseDir: string;
  readonly redact: Redact;
  readonly logger: Logger;
}

type Commits = CommitOptions & {
  readonly [Part in "files" | "worktrees"]: Exclude<CommitOptions[Part], undefined>;
};

/** The turn is over, so nobody cancels this. */
const COMMIT_MS = 60_000;
const MOST_NAMED = 10;
const REASON_CHARACTERS = 400;

/** What a call asks for, with `false` as nothing. */
export function toCommit({ commit }: TurnOptions): string | true | undefined {
  return commit === false ? undefined : commit;
}

/**
 * Commits after every completed turn whose call asks for it, unless its final message does not fit what the call expects. A turn that has ended
 * keeps its answer, whatever becomes of the commit.
 */
export function commitTurn(options: CommitOptions): TurnStep {
  return (next) => async (turn) => {
    if (turn.commit === undefined) return next(turn);
    if (options.files === undefined || options.worktrees === undefined) {
      throw new BridgeError("INVALID_ARGUMENT", "`commit` needs receipts, and BRIDGE_RECEIPTS turns them off.");
    }
    const { files, worktrees } = options;
    const outcome = await next(toCommitted(turn));
    if (isUnfit(turn, outcome)) {
      const { report } = outcome;
      return { ...outcome, report: { ...report, isUncommitted: true, held: toHeld(turn, report) } };
    }
    const problem = findProblem(turn, outcome);
    if (problem !== undefined) return tellUncommitted(outcome, `Nothing was committed: ${problem}.`);
    try {
      return await withTimeLimit(COMMIT_MS, (limit) =>
        commitChanges({ ...options, files, worktrees }, turn, outcome, limit),
      );
    } catch (thrown) {
      options.logger.error({ err: thrown }, "the changes of a turn were not committed");
      return tellUncommitted(outcome, `Nothing was committed: ${options.redact(describeThrown(thrown))}`);
    }
  };
}

// Git says in its first line what is in the way, such as a lock that another git has left.
function describeThrown(thrown: unknown): string {
  const known = toBridgeError(thrown);
  if (known.code !== "INTERNAL" || !(thrown instanceof Error)) return known.message;
  return cutText(toPrintableLine(thrown.message.trim().split("\n")[0] ?? ""), REASON_CHARACTERS);
}

// A final message that does not fit is asked for once more, and what that turn changes belongs to the same commit.
function isUnfit({ answer }: Turn, outcome: TurnOutcome): boolean {
  if (answer === undefined) return false;
  if (outcome.kind === "completed") return !answer.isFit();
  return outcome.kind === "failed" && outcome.error.code === "INVALID_OUTPUT";
}

function findProblem(turn: Turn, { kind, report }: TurnOutcome): string | undefined {
  if (kind !== "completed") return "the turn did not complete";
  if (report.proposal !== undefined) return "the turn has a worktree of its own, where its changes are committed";
  if (turn.check !== undefined && report.check === undefined) return "the check did not run";
  if (report.check !== undefined && report.check.exitCode !== 0) return "the check did not pass";
  return listHeld(turn, report).find(({ problem }) => problem !== undefined)?.problem;
}

// The turn and those of its call before it, oldest first.
function listHeld(turn: Turn, report: TurnReport): HeldChanges[] {
  return [...(turn.answer?.held ?? []), toHeld(turn, report)];
}

const NO_RECEIPT = "the turn has no receipt: it was read-only, or receipts are off or could not be written";

function toHeld(turn: Turn, { receipt }: TurnReport): HeldChanges {
  if (receipt === undefined) return { receipt, problem: NO_RECEIPT };
  const isShared = (turn.readNeighbours?.() ?? []).length > 0;
  return { receipt, problem: isShared ? "others may have written in the same directory meanwhile" : undefined };
}

// Errors do not show warnings, so they say it themselves.
function tellUncommitted(outcome: TurnOutcome, warning: string): TurnOutcome {
  const told = addWarnings(outcome, { after: [warning] });
  return { ...told, report: { ...told.report, isUncommitted: true } };
}

async function commitChanges(
  { files, worktrees, baseDir, redact }: Commits,
  turn: Turn,
  outcome: TurnOutcome,
  signal: AbortSignal,
): Promise<TurnOutcome> {
  const receipts = listHeld(turn, outcome.report).map(({ receipt }) => {
    const stored = files.find(baseDir, receipt ?? "");
    if (stored.kind !== "record") throw new Error("the receipt cannot be read");
    return stored.value;
  });
  const message = redact(toMessage(turn, outcome.report.content));
  const collected = collectFiles(receipts);
  const id = outcome.report.receipt ?? "";
  const done =
    collected.kind === "refused"
      ? collected
      : await worktrees.commitInPlace(collected.top, { files: collected.files, message, id }, signal);
  if (done.kind === "refused") return tellUncommitted(outcome, describeRefused(done));
  const commit = { id: done.commit, message: message.split("\n")[0] ?? "", files: done.files };
  const told = { ...outcome, report: { ...outcome.report, commit } };
  try {
    for (const receipt of receipts) files.write({ ...receipt, commit });
    return told;
  } catch {
    return addWarnings(told, { after: ["The commit could not be noted in the receipt."] });
  }
}

function describeRefused({ reason, paths }: Refused): string {
  const names = paths.slice(0, MOST_NAMED).map(toPrintableLine).join(", ");
  const more = paths.length > MOST_NAMED ? ", …" : "";
  return `Nothing was committed: ${reason}${paths.length === 0 ? "" : `: ${names}${more}`}.`;
}
