// The step of a turn that compares the files before and after it, and writes its receipt. The agent is not asked what it changed.
import { join } from "node:path";
import type { Clock } from "../../../domain/clock.ts";
import { BridgeError } from "../../../domain/errors.ts";
import type { Logger } from "../../../domain/logger.ts";
import { sayThrown, toPrintableLine } from "../../../domain/printable.ts";
import type { Redact } from "../../../domain/redact.ts";
import { withTimeLimit } from "../../../domain/time-limit.ts";
import type { TurnOutcome, TurnReport } from "../../../domain/turn.ts";
import type { FileChange, TurnEvent } from "../../../domain/turn-events.ts";
import { describeDiffStat } from "../../../receipts/diff-stat.ts";
import type { KnownChanges } from "../../../receipts/put-back.ts";
import { toReceiptFile } from "../../../receipts/receipt-file.ts";
import type { Snapshots, TreeChanges } from "../../../receipts/snapshots/snapshots.ts";
import type { Receipt, ReceiptFile, ReceiptFiles } from "../../../state/receipt-files.ts";
import { addWarnings, type Turn, type TurnStep } from "../turn-steps.ts";

/** What receipts are made with. */
export interface ReceiptParts {
  readonly snapshots: Snapshots;
  readonly files: Pick<ReceiptFiles, "find" | "listNewest" | "remove" | "write">;
  readonly newId: () => string;
  /** As `putBack` of receipts/put-back.ts. */
  readonly putBack: (changes: KnownChanges, signal: AbortSignal) => Promise<readonly string[]>;
}

/** Options of the step. */
export interface ReceiptOptions extends ReceiptParts {
  /** Directory of the bridge. */
  readonly baseDir: string;
  readonly session?: string | undefined;
  readonly clock: Clock;
  readonly redact: Redact;
  readonly logger: Logger;
}

/** The agent and backend of the turns, by name. */
export interface ReceiptAgent {
  readonly agent: string;
  readonly name: string;
}

/** How long the snapshot after a turn may take, ms. The turn is over, so nobody cancels it. */
const AFTER_MS = 60_000;

/** Compares and writes for every turn that may write. A turn that cannot be compared runs as always, and its result says so. */
export function keepReceipt(agent: ReceiptAgent, options: ReceiptOptions): TurnStep {
  const { snapshots } = options;
  return (next) => async (turn) => {
    const { frame } = turn.thread;
    if (frame.sandbox.mode === "read-only") return next(turn);
    const before = await snapshots.take(frame.cwd, turn.call.signal);
    if (turn.call.signal.aborted) throw new BridgeError("CANCELLED", "The call was cancelled before the turn began.");
    const createdAt = options.clock();
    const commands = new Map<string, Receipt["commands"][number]>();
    const outcome = await next(hearCommands(turn, commands));
    const changes = await withTimeLimit(AFTER_MS, async (limit) =>
      snapshots.compare(before, await snapshots.takeAgain(before, limit), limit),
    );
    const facts = { ...agent, turn, outcome, changes, createdAt, commands: [...commands.values()] };
    return addReceipt(outcome, changes, () => writeReceipt(facts, options));
  };
}

function hearCommands(turn: Turn, commands: Map<string, Receipt["commands"][number]>): Turn {
  const onEvent = (event: TurnEvent): void => {
    if (event.kind === "item" && event.phase === "finished" && event.item.type === "command") {
      const { command, exitCode, durationMs } = event.item;
      commands.set(event.id, { command, exitCode, durationMs });
    }
    turn.request.onEvent(event);
  };
  return { ...turn, request: { ...turn.request, onEvent } };
}

// A turn that has ended keeps its answer, whatever becomes of its receipt.
function addReceipt(outcome: TurnOutcome, changes: TreeChanges, write: () => TurnReport["receipt"]): TurnOutcome {
  const told =
    changes.kind === "known"
      ? {
          changes: changes.files.map((file) => toChange(changes.top, toReceiptFile(file))),
          diffStat: toDiffStat(changes),
        }
      : {};
  const warnings = changes.kind === "known" ? describeInner(changes) : [describeUnknown(changes.reason)];
  const withChanges = (receipt: TurnReport["receipt"]): TurnOutcome => ({
    ...outcome,
    report: { ...outcome.report, ...told, receipt },
  });
  try {
    return addWarnings(withChanges(write()), { after: warnings });
  } catch (error) {
    const reason = sayThrown(error);
    return addWarnings(withChanges(undefined), {
      after: [...warnings, `No receipt of the turn could be kept: ${reason}.`],
    });
  }
}

function toChange(top: string, { path, kind, from, added, deleted }: ReceiptFile): FileChange {
  return { path: join(top, path), kind, from: from === undefined ? undefined : join(top, from), added, deleted };
}

// What cannot be seen is not "no files changed".
function toDiffStat({ files, ignored }: KnownTree): string | undefined {
  return ignored !== undefined && files.length === 0 ? undefined : describeDiffStat(files);
}

function describeUnknown(reason: string): string {
  return `\`changes\` has only edits by apply_patch, since the files could not be compared: ${reason}.`;
}

type KnownTree = Extract<TreeChanges, { kind: "known" }>;

function describeInner({ notCovered, gitChanged, ignored }: KnownTree): string[] {
  return [
    ...(ignored === undefined
      ? []
      : [
          `\`changes\` leaves out what the turn did to ignored files in its directory: git ignores ${toPrintableLine(ignored)}. An undo leaves them too.`,
        ]),
    ...(notCovered.length === 0
      ? []
      : [`\`changes\` leaves out git repositories within this one: ${listNames(notCovered)}.`]),
    ...(gitChanged.length === 0
      ? []
      : [
          `The turn made, removed or replaced the .git in folders of this repository: ${listNames(gitChanged)}. An undo leaves every .git as it is.`,
        ]),
  ];
}

const MOST_NAMES = 5;

function listNames(names: readonly string[]): string {
  const kept = names.slice(0, MOST_NAMES).map(toPrintableLine).join(", ");
  return names.length > MOST_NAMES ? `${kept}, …` : kept;
}

interface TurnFacts extends ReceiptAgent {
  readonly turn: Turn;
  readonly outcome: TurnOutcome;
  readonly changes: TreeChanges;
  readonly createdAt: number;
  readonly commands: Receipt["commands"];
}

function writeReceipt(facts: TurnFacts, options: ReceiptOptions): TurnReport["receipt"] {
  const { redact } = options;
  const id = options.newId();
  const receipt = toReceipt(facts, { id, project: options.baseDir, session: options.session });
  const commands = receipt.commands.map((command) => ({ ...command, command: redact(command.command) }));
  options.files.write({ ...receipt, commands, warnings: receipt.warnings.map(redact) });
  return id;
}

function toReceipt(facts: TurnFacts, own: Pick<Receipt, "id" | "project" | "session">): Receipt {
  const { outcome, turn, changes, createdAt } = facts;
  const { report } = outcome;
  const isKnown = changes.kind === "known";
  return {
    ...own,
    createdAt,
    durationMs: report.durationMs,
    outcome: outcome.kind,
    error: outcome.kind === "failed" ? outcome.error.code : undefined,
    agent: facts.agent,
    backend: facts.name,
    threadId: report.threadId,
    cwd: turn.thread.frame.cwd,
    sandbox: { ...(report.sandbox ?? turn.thread.frame.sandbox) },
    model: report.model,
    reasoningEffort: report.reasoningEffort,
    turnId: report.turnId,
    approvalPolicy: turn.thread.frame.approvalPolicy,
    usage: report.usage === undefined ? undefined : { ...report.usage },
    commands: [...facts.commands, ...report.refusedCommands.map((command) => ({ command, wasRefused: true }))],
    top: isKnown ? changes.top : undefined,
    store: isKnown ? changes.store : undefined,
    files: isKnown ? changes.files.map(toReceiptFile) : [],
    notCovered: isKnown ? [...changes.notCovered] : [],
    unknown: isKnown ? undefined : changes.reason,
    warnings: [...report.warnings, ...(isKnown ? describeInner(changes) : []), ...(turn.readNeighbours?.() ?? [])],
  };
}
