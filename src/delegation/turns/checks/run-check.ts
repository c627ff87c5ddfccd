// Runs a check, which is a shell command in the agent's sandbox, and tells how it ended and what it changed.
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { CheckResult } from "../../../domain/check.ts";
import { cutText } from "../../../domain/cut-text.ts";
import { sayThrown, toPrintable, toPrintableLine } from "../../../domain/printable.ts";
import type { Redact } from "../../../domain/redact.ts";
import type { CommandEnd } from "../../../domain/sandboxed-command.ts";
import type { ThreadFrame } from "../../../domain/thread.ts";
import { withTimeLimit } from "../../../domain/time-limit.ts";
import type { KnownChanges } from "../../../receipts/put-back.ts";
import { toReceiptFile } from "../../../receipts/receipt-file.ts";
import type { Snapshot } from "../../../receipts/snapshots/snapshots.ts";
import type { CallContext } from "../../requests.ts";
import type { DelegationParts } from "../delegation-parts.ts";

/** What to check, and where. */
export interface CheckRequest {
  readonly command: string;
  readonly frame: ThreadFrame;
  readonly putsBack?: boolean | undefined;
}

/** A check that ran. */
export interface CheckDone {
  readonly check: CheckResult;
  readonly warnings: readonly string[];
}

/** Characters of a check's output that are kept. */
const OUTPUT_CHARACTERS = 8_000;
/** Most changed files that are named. */
const MOST_CHANGED = 50;
const MOST_NAMED = 5;
/** How often the newest line of output is reported, in ms. */
const REPORT_MS = 500;
const LINE_CHARACTERS = 160;
/** How long the comparison after it may take, in ms. */
const AFTER_MS = 60_000;

/**
 * Runs it in the sandbox of the frame. The caller holds a slot. With `putsBack`, what the check changed is put back, also where it was cancelled.
 * Throws as `AgentBackend.runInSandbox` does.
 */
export async function runCheck(
  { options }: Pick<DelegationParts, "options">,
  { command, frame, putsBack = false }: CheckRequest,
  call: Pick<CallContext, "signal" | "report">,
): Promise<CheckDone> {
  const { backend, redact, clock, checkTimeoutMs: timeoutMs } = options;
  const before = await takeBefore(options, frame, call.signal);
  const at = clock();
  call.report(`Check: ${cutText(toPrintableLine(redact(command)), LINE_CHARACTERS)}`);
  const onLine = createLineReport(call.report, redact);
  let end: CommandEnd;
  try {
    end = await backend.runInSandbox({ command, frame, timeoutMs, onLine, signal: call.signal });
  } catch (error) {
    if (putsBack) await findChanged(options, before, putsBack);
    throw error;
  }
  const { exitCode, timedOut, durationMs } = end;
  const changes = await findChanged(options, before, putsBack);
  const check = {
    ...{ command: redact(command), at, exitCode, durationMs },
    ...(timedOut ? { timedOut } : {}),
    ...toOutput(end, redact),
    ...changes.told,
  };
  return { check, warnings: [...end.warnings, ...changes.warnings] };
}

async function takeBefore(
  { receipts }: DelegationParts["options"],
  { sandbox, cwd }: ThreadFrame,
  signal: AbortSignal,
): Promise<Snapshot | undefined> {
  return sandbox.mode === "read-only" ? undefined : receipts?.snapshots.take(cwd, signal);
}

// Secrets are removed before the output is cut: half a secret would not be recognised.
function toOutput(
  { output, isCut }: { readonly output: string; readonly isCut: boolean },
  redact: Redact,
): Pick<CheckResult, "output" | "isCut"> {
  const whole = toPrintable(redact(stripVTControlCharacters(output).replaceAll("\r", "\n"))).trimEnd();
  if (whole.length <= OUTPUT_CHARACTERS) return { output: whole, ...(isCut ? { isCut } : {}) };
  const tail = whole.slice(-OUTPUT_CHARACTERS);
  // From the beginning of a line, unless the line is most of it.
  const start = tail.indexOf("\n") + 1;
  return { output: (start < OUTPUT_CHARACTERS / 2 ? tail.slice(start) : tail).toWellFormed(), isCut: true };
}

function createLineReport(report: (message: string) => void, redact: Redact): (line: string) => void {
  let reportedAt = 0;
  return (line) => {
    const now = performance.now();
    if (line.trim() === "" || now - reportedAt < REPORT_MS) return;
    reportedAt = now;
    // A long line is not searched whole: it is only shown.
    const shown = redact(stripVTControlCharacters(line.slice(0, 4_000))).trim();
    report(`Check: ${cutText(toPrintableLine(shown), LINE_CHARACTERS)}`);
  };
}

interface FoundChanges {
  readonly told: Pick<CheckResult, "changed" | "moreChanged" | "changesUnknown" | "isPutBack">;
  readonly warnings: readonly string[];
}

// Never throws: a check that ran keeps its result. It is over, so a cancel does not matter any more.
async function findChanged(
  { receipts, logger }: DelegationParts["options"],
  before: Snapshot | undefined,
  putsBack: boolean,
): Promise<FoundChanges> {
  if (receipts === undefined && putsBack) return { told: {}, warnings: [toNotPutBack("receipts are switched off")] };
  if (receipts === undefined || before === undefined) return { told: {}, warnings: [] };
  const { snapshots } = receipts;
  return withTimeLimit(AFTER_MS, async (limit) => {
    const changes = await snapshots.compare(before, await snapshots.takeAgain(before, limit), limit);
    if (changes.kind === "unknown") {
      const { reason } = changes;
      return { told: { changesUnknown: reason }, warnings: putsBack ? [toNotPutBack(reason)] : [] };
    }
    if (changes.files.length === 0) return { told: toUnseen(changes), warnings: [] };
    const told = toChanged(changes);
    if (!putsBack) return { told, warnings: [] };
    try {
      const left = await receipts.putBack(changes, limit);
      if (left.length === 0) return { told: { ...told, isPutBack: true }, warnings: [] };
      const names = left.slice(0, MOST_NAMED).map(toPrintableLine).join(", ");
      const more = left.length > MOST_NAMED ? ", …" : "";
      return { told, warnings: [`What the check changed could not all be put back: ${names}${more}.`] };
    } catch (error) {
      logger.error({ err: error }, "what a check changed was not put back");
      const reason = sayThrown(error);
      return { told, warnings: [`What the check changed could not be put back: ${reason}.`] };
    }
  });
}

function toUnseen({ ignored }: KnownChanges): Pick<CheckResult, "changesUnknown"> {
  return ignored === undefined ? {} : { changesUnknown: `git ignores ${toPrintableLine(ignored)}` };
}

function toNotPutBack(reason: string): string {
  return `It is not known what the check changed in the worktree, so nothing was put back (${reason}). A later turn or landing would propose it.`;
}

function toChanged({ top, files }: KnownChanges): Pick<CheckResult, "changed" | "moreChanged"> {
  const changed = files.slice(0, MOST_CHANGED).map((file) => join(top, toReceiptFile(file).path));
  const more = files.length - changed.length;
  return { changed, ...(more > 0 ? { moreChanged: more } : {}) };
}
