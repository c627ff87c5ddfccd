// What a failed turn was: Codex's words, its exit and its rollout, turned into a code of our table. Sources: facts 4a to 4c.
import { cutText } from "../../domain/cut-text.ts";
import { BridgeError, type ErrorCode } from "../../domain/errors.ts";
import { BY_INFO, BY_TEXT, type Reading } from "./failure-table.ts";

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

const EXCERPT_CHARACTERS = 600;

/** The error of a turn that did not complete. Codex's own words go along as agent text, bounded. */
export function toTurnError(evidence: FailureEvidence): BridgeError {
  const text = evidence.message || cleanStderr(evidence.stderr);
  return toError(classify(evidence, text), text, evidence.threadId);
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

/** The error that a notice of Codex speaks of, with which it told that it tries again; undefined where the cause is not known. */
export function readRetryNotice(notice: string): BridgeError | undefined {
  const reading = readText(notice);
  return reading === undefined ? undefined : toError(reading, notice, undefined);
}

function classify(evidence: FailureEvidence, text: string): Reading {
  const known = evidence.errorInfo === undefined ? undefined : BY_INFO[evidence.errorInfo];
  const read = known === undefined ? readText(text) : (readText(text, known.code) ?? known);
  if (read !== undefined) return read;
  if (evidence.message !== "") return { code: "TURN_FAILED", summary: "The turn failed." };
  if (evidence.signal !== undefined) {
    return { code: "CODEX_EXITED", summary: `Codex was ended by ${evidence.signal} before the turn was done.` };
  }
  if (evidence.hasGarbage) {
    return { code: "PROTOCOL_ERROR", summary: "Codex printed something else than its events and no finished turn." };
  }
  const exit = evidence.exitCode ?? "unknown";
  return { code: "CODEX_EXITED", summary: `Codex ended with exit code ${exit} before the turn was done.` };
}

// Where Codex's class is known, the text may only say more of the same.
function readText(text: string, code?: ErrorCode): Reading | undefined {
  const row = BY_TEXT.find(([pattern, rowCode]) => (code === undefined || code === rowCode) && pattern.test(text));
  if (row === undefined) return undefined;
  return { code: row[1], summary: row[2], ...(row[3] === undefined ? {} : { nextStep: row[3] }) };
}

const WAITS: ReadonlySet<ErrorCode> = new Set(["USAGE_LIMIT", "RATE_LIMITED"]);

// "Try again at Mar 17th, 2030 5:46 PM." (this machine's time), "in 1212 days 7 hours", "in 1.5s"; in no other letters, since it stands in our own sentence.
function findWhen(text: string): string | undefined {
  const [, word, time] =
    /try again (at|in) ([A-Za-z0-9][A-Za-z0-9 ,:.]{0,40}?)\.?(?:\s*$|\.\s|[^A-Za-z0-9 ,:.])/i.exec(text) ?? [];
  if (word === undefined || time === undefined) return undefined;
  return word.toLowerCase() === "at" ? `until ${time}` : time;
}

// Lines that Codex always prints and that explain nothing.
function cleanStderr(stderr: string): string {
  return stderr
    .split("\n")
    .filter((line) => !/^(WARNING: proceeding, even though|Reading (prompt|additional input) from stdin)/.test(line))
    .join("\n")
    .replace(/\nStack backtrace:[\s\S]*$/, "")
    .trim();
}
