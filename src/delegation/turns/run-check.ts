// Runs a check, which is a shell command in the agent's sandbox, and tells how it ended and what it changed.
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { CheckResult } from "../../domain/check.ts";
import { cutText } from "../../domain/cut-text.ts";
import { toPrintable, toPrintableLine } from "../../domain/printable.ts";
import type { Redact } from "../../domain/redact.ts";
import type { ThreadFrame } from "../../domain/thread.ts";
import { withTimeLimit } from "../../domain/time-limit.ts";
import { toReceiptFile } from "../../receipts/receipt-file.ts";
import type { Snapshot } from "../../receipts/snapshots/snapshots.ts";
import type { CallContext } from "../requests.ts";
import type { DelegationParts } from "./delegation-parts.ts";

/** What to check, and where. */
export interface CheckRequest {
  readonly command: string;
  readonly frame: ThreadFrame;
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
/** How often the newest line of output is reported, in ms. */
const REPORT_MS = 500;
const LINE_CHARACTERS = 160;
/** How long the comparison after it may take, in ms. */
const AFTER_MS = 60_000;

/** Runs it in the sandbox of the frame. The caller holds a slot. Throws as `AgentBackend.runInSandbox` does. */
export async function runCheck(
  { options }: Pick<DelegationParts, "options">,
  { command, frame }: CheckRequest,
  call: Pick<CallContext, "signal" | "report">,
): Promise<CheckDone> {
  const { backend, redact, clock, receipts, checkTimeoutMs: timeoutMs } = options;
  const before =
    frame.sandbox.mode === "read-only" ? undefined : await receipts?.snapshots.take(frame.cwd, call.signal);
  const at = clock();
  call.report(`Check: ${cutText(toPrintableLine(redact(command)), LINE_CHARACTERS)}`);
  const onLine = createLineReport(call.report, redact);
  const end = await backend.runInSandbox({ command, frame, timeoutMs, onLine, signal: call.signal });
  const { exitCode, timedOut, durationMs, warnings } = end;
  const check = {
    ...{ command: redact(command), at, exitCode, durationMs },
    ...(timedOut ? { timedOut } : {}),
    ...toOutput(end, redact),
    ...(await findChanged(options, before)),
  };
  return { check, warnings };
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

async function findChanged(
  { receipts }: DelegationParts["options"],
  before: Snapshot | undefined,
): Promise<Pick<CheckResult, "changed" | "moreChanged" | "changesUnknown">> {
  if (receipts === undefined || before === undefined) return {};
  const { snapshots } = receipts;
  // The check is over, so a cancel does not matter any more.
  const changes = await withTimeLimit(AFTER_MS, async (limit) =>
    snapshots.compare(before, await snapshots.takeAgain(before, limit), limit),
  );
  if (changes.kind === "unknown") return { changesUnknown: changes.reason };
  const paths = changes.files.map((file) => join(changes.top, toReceiptFile(file).path));
  if (paths.length === 0) return {};
  const more = paths.length - MOST_CHANGED;
  return { changed: paths.slice(0, MOST_CHANGED), ...(more > 0 ? { moreChanged: more } : {}) };
}
