// What a failed turn was: Codex's words, its exit and its rollout, turned into a code of our table. Sources: facts 4a to 4c.
import { cutText } from "../../domain/cut-text.ts";
import { BridgeError, type ErrorCode } from "../../domain/errors.ts";
import { BAD_REQUEST, BY_INFO, BY_REQUEST, BY_START, BY_TURN, type Reading, type Row } from "./failure-table.ts";

/** What is known of a turn that did not complete. */
export interface FailureEvidence {
  /** `turn.failed` message, else the last `error` event; "" when there was none. */
  readonly message: string;
  /** `codex_error_info` of the rollout, on CLIs that write it (0.150 and later). */
  readonly errorInfo: string | undefined;
  /** Tail of what the CLI wrote to stderr. */
  readonly stderr: string;
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  /** Whether the output held lines that are no events. */
  readonly hasGarbage: boolean;
  readonly threadId: string | undefined;
}

/** What is looked at: what matters stands at the beginning, and a provider's message may be megabytes. */
const READ_CHARACTERS = 4_096;
const EXCERPT_CHARACTERS = 600;

/** The error of a turn that did not complete. Codex's own words go along as agent text, bounded. */
export function toTurnError(evidence: FailureEvidence): BridgeError {
  const text = evidence.message || cleanStderr(evidence.stderr);
  return toError(classify(evidence, text), text, evidence.threadId);
}

/** The error that a notice of Codex speaks of, with which it told that it tries again; undefined where the cause is not known. */
export function readRetryNotice(notice: string): BridgeError | undefined {
  const reading = read(notice, BY_TURN);
  return reading === undefined ? undefined : toError(reading, notice, undefined);
}

function toError({ code, summary, nextStep }: Reading, text: string, threadId: string | undefined): BridgeError {
  const when = WAITS.has(code) ? findWhen(text) : undefined;
  return new BridgeError(code, summary, {
    threadId,
    agentText: text === "" ? undefined : cutText(text.trim(), EXCERPT_CHARACTERS),
    nextStep: when === undefined ? nextStep : `Wait ${when}, then continue the thread with codex-reply.`,
    details: when === undefined ? {} : { tryAgain: when },
  });
}

function classify(evidence: FailureEvidence, text: string): Reading {
  const known = evidence.errorInfo === undefined ? undefined : BY_INFO[evidence.errorInfo];
  // Where Codex's class is known, the text may only say more of the same.
  if (known !== undefined)
    return (
      read(
        text,
        BY_TURN.filter(([, code]) => code === known.code),
      ) ?? known
    );
  const isOfTurn = evidence.message !== "";
  const found = isOfTurn ? readTurn(text) : (read(text, BY_START) ?? readTurn(text));
  if (found !== undefined) return found;
  if (isOfTurn) return { code: "TURN_FAILED", summary: "The turn failed." };
  if (evidence.signal !== undefined) {
    return { code: "CODEX_EXITED", summary: `Codex was ended by ${evidence.signal} before the turn was done.` };
  }
  if (evidence.hasGarbage) {
    return { code: "PROTOCOL_ERROR", summary: "Codex printed something else than its events and no finished turn." };
  }
  const exit = evidence.exitCode ?? "unknown";
  return { code: "CODEX_EXITED", summary: `Codex ended with exit code ${exit} before the turn was done.` };
}

function readTurn(text: string): Reading | undefined {
  return read(text, BAD_REQUEST.test(text.slice(0, READ_CHARACTERS)) ? BY_REQUEST : BY_TURN);
}

function read(text: string, rows: readonly Row[]): Reading | undefined {
  const beginning = text.slice(0, READ_CHARACTERS);
  const row = rows.find(([pattern]) => pattern.test(beginning));
  if (row === undefined) return undefined;
  const [, code, summary, nextStep] = row;
  return { code, summary, ...(nextStep === undefined ? {} : { nextStep }) };
}

const WAITS: ReadonlySet<ErrorCode> = new Set(["USAGE_LIMIT", "RATE_LIMITED"]);
const UNIT = "(?:ms|s|m|h|d|seconds?|minutes?|hours?|days?)";
// "at Mar 17th, 2030 5:46 PM" (this machine's time), "in 1212 days 7 hours 18 minutes", "in 1.5s". A time and nothing else: it
// stands in a sentence of ours, and the text may be a provider's.
const WHEN = new RegExp(
  String.raw`try again (?:at ((?:[A-Z][a-z]{2} \d{1,2}(?:st|nd|rd|th)?, \d{4} )?\d{1,2}:\d{2}(?: [AP]M)?)|in (\d+(?:\.\d+)? ?${UNIT}\b(?:,? (?:and )?\d+ ${UNIT}\b){0,3}))`,
  "i",
);

function findWhen(text: string): string | undefined {
  const [, time, duration] = WHEN.exec(text.slice(0, READ_CHARACTERS)) ?? [];
  return time === undefined ? duration : `until ${time}`;
}

// Lines that Codex always prints and that explain nothing, and its log before the error that it ended with.
function cleanStderr(stderr: string): string {
  const last = stderr.lastIndexOf("\nError: ");
  return stderr
    .slice(last + 1)
    .split("\n")
    .filter((line) => !/^(WARNING: proceeding, even though|Reading (prompt|additional input) from stdin)/.test(line))
    .join("\n")
    .replace(/\nStack backtrace:[\s\S]*$/, "")
    .trim();
}
