// The step of a turn whose changes are committed once it has completed. `.git` is read-only in Codex's sandbox, so Codex cannot.
import { cutText } from "../../domain/cut-text.ts";
import { BridgeError, toBridgeError } from "../../domain/errors.ts";
import type { Logger } from "../../domain/logger.ts";
import { toPrintableLine } from "../../domain/printable.ts";
import type { Redact } from "../../domain/redact.ts";
import { withTimeLimit } from "../../domain/time-limit.ts";
import type { TurnOutcome } from "../../domain/turn.ts";
import { toBytePaths } from "../../receipts/receipt-file.ts";
import type { Receipt, ReceiptFile, ReceiptFiles } from "../../state/receipt-files.ts";
import type { FileToCommit, PlaceCommit } from "../../worktrees/commit-in-place.ts";
import type { Worktrees } from "../../worktrees/worktrees.ts";
import type { TurnOptions } from "../requests.ts";
import { toMessage } from "./commit-message.ts";
import { addWarnings, type Turn, type TurnStep, toCommitted } from "./turn-steps.ts";

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

/** The turn is over, so nobody cancels this. */
const COMMIT_MS = 60_000;
const MOST_NAMED = 10;
const REASON_CHARACTERS = 400;

/** What a call asks for, with `false` as nothing. */
export function toCommit({ commit }: TurnOptions): string | true | undefined {
  return commit === false ? undefined : commit;
}

/** Commits after every completed turn whose call asks for it. A turn that has ended keeps its answer, whatever becomes of the commit. */
export function commitTurn(options: CommitOptions): TurnStep {
  return (next) => async (turn) => {
    if (turn.commit === undefined) return next(turn);
    if (options.files === undefined || options.worktrees === undefined) {
      throw new BridgeError("INVALID_ARGUMENT", "`commit` needs receipts, and BRIDGE_RECEIPTS turns them off.");
    }
    const outcome = await next(toCommitted(turn));
    const problem = findProblem(turn, outcome);
    if (problem !== undefined) return addWarnings(outcome, { after: [`Nothing was committed: ${problem}.`] });
    try {
      return await withTimeLimit(COMMIT_MS, (limit) => commitChanges(options, turn, outcome, limit));
    } catch (thrown) {
      options.logger.error({ err: thrown }, "the changes of a turn were not committed");
      return addWarnings(outcome, { after: [`Nothing was committed: ${options.redact(describeThrown(thrown))}`] });
    }
  };
}

// Git says in its first line what is in the way, such as a lock that another git has left.
function describeThrown(thrown: unknown): string {
  const known = toBridgeError(thrown);
  if (known.code !== "INTERNAL" || !(thrown instanceof Error)) return known.message;
  return cutText(toPrintableLine(thrown.message.trim().split("\n")[0] ?? ""), REASON_CHARACTERS);
}

function findProblem(turn: Turn, { kind, report }: TurnOutcome): string | undefined {
  if (kind !== "completed") return "the turn did not complete";
  if (report.proposal !== undefined) return "the turn has a worktree of its own, where its changes are committed";
  if (turn.check !== undefined && report.check === undefined) return "the check did not run";
  if (report.check !== undefined && report.check.exitCode !== 0) return "the check did not pass";
  if (report.receipt === undefined) return "the turn has no receipt";
  if ((turn.readNeighbours?.() ?? []).length > 0) return "others may have written in the same directory meanwhile";
  return undefined;
}

async function commitChanges(
  { files, worktrees, baseDir, redact }: CommitOptions,
  turn: Turn,
  outcome: TurnOutcome,
  signal: AbortSignal,
): Promise<TurnOutcome> {
  const id = outcome.report.receipt ?? "";
  const stored = files?.find(baseDir, id);
  if (stored?.kind !== "record") throw new Error("the receipt cannot be read");
  const receipt = stored.value;
  const message = redact(toMessage(turn, outcome.report.content));
  const done = await commitReceipt(worktrees, receipt, { id, message }, signal);
  if (done.kind === "refused") return addWarnings(outcome, { after: [describeRefused(done)] });
  const commit = { id: done.commit, message: message.split("\n")[0] ?? "", files: done.files };
  const told = { ...outcome, report: { ...outcome.report, commit } };
  try {
    files?.write({ ...receipt, commit });
    return told;
  } catch {
    return addWarnings(told, { after: ["The commit could not be noted in the receipt."] });
  }
}

async function commitReceipt(
  worktrees: CommitOptions["worktrees"],
  { top, files, unknown, notCovered }: Receipt,
  { id, message }: { readonly id: string; readonly message: string },
  signal: AbortSignal,
): Promise<PlaceCommit> {
  if (unknown !== undefined) return refuse("what the turn changed is not known");
  if (notCovered.length > 0) return refuse("some repositories within this one could not be compared", notCovered);
  if (files.length === 0) return refuse("the turn changed no file");
  const lost = files.filter(({ before, after }) => before === undefined && after === undefined);
  if (lost.length > 0)
    return refuse(
      "no copy of some files is kept",
      lost.map(({ path }) => path),
    );
  if (top === undefined || worktrees === undefined) return refuse("the directory is in no git repository");
  return worktrees.commitInPlace(top, { files: files.flatMap(toFiles), message, id }, signal);
}

function refuse(reason: string, paths: readonly string[] = []): PlaceCommit {
  return { kind: "refused", reason, paths };
}

// A renaming is two files: the old path goes, the new one comes.
function toFiles(file: ReceiptFile): FileToCommit[] {
  const { path, from } = toBytePaths(file);
  const { before, after } = file;
  if (from === undefined) return [{ path, before, after }];
  return [
    { path: from, before, after: undefined },
    { path, before: undefined, after },
  ];
}

function describeRefused({ reason, paths }: Extract<PlaceCommit, { kind: "refused" }>): string {
  const names = paths.slice(0, MOST_NAMED).map(toPrintableLine).join(", ");
  const more = paths.length > MOST_NAMED ? ", …" : "";
  return `Nothing was committed: ${reason}${paths.length === 0 ? "" : `: ${names}${more}`}.`;
}
