// Turns a failed turn into an error with a code, by Codex's output, its exit code and its rollout.
import { cutText } from "../../../domain/cut-text.ts";
import type { ErrorCode } from "../../../domain/error-codes.ts";
import { BridgeError } from "../../../domain/errors.ts";
import { readCodexWords } from "../program/codex-words.ts";
import { BY_INFO, BY_STREAM, BY_TURN, BY_VAGUE_INFO, type Explanation, readRows } from "./codex-failures.ts";
import { CODEX_STEPS } from "./codex-steps.ts";
import type { ErrorInfo } from "./error-info.ts";
import { readStart } from "./failure-start.ts";
import { readProviderAnswer } from "./provider-answer.ts";
import { readStatus } from "./provider-status.ts";
import { readWords } from "./provider-words.ts";
import { type AskedFor, NOTHING_ASKED, readRefusedArgument, readRefusedImage } from "./refused-argument.ts";
import { findLimitEnd } from "./reset-time.ts";
import { readSandboxWords } from "./sandbox-words.ts";

/** What is known about a turn that did not complete. */
export interface FailureEvidence {
  /** Message of `turn.failed`, otherwise of the last `error` event; "" if there was none. */
  readonly message: string;
  /** Codex's class of the failure: `codex_error_info` of the rollout (0.150 and later), `codexErrorInfo` of the app server. */
  readonly errorInfo: ErrorInfo | undefined;
  /** The end of what the CLI wrote to stderr. */
  readonly stderr: string;
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  /** Whether the output contained lines that are not events. */
  readonly hasGarbage: boolean;
  /** Whether the output ended in the middle of an event. */
  readonly isCutOff: boolean;
  /** Whether the turn began. If not, no model was asked. */
  readonly hasBegun: boolean;
  readonly asked: AskedFor;
}

const READ_CHARACTERS = 4_096;
const EXCERPT_CHARACTERS = 600;

/** Makes the error of a turn that did not complete. Its agent text is what Codex said, shortened. `now` is epoch ms. */
export function toTurnError(evidence: FailureEvidence, now: number = Date.now()): BridgeError {
  const text = evidence.message || readCodexWords(evidence.stderr);
  return toError(classify(evidence, text), text, now);
}

/** Explains a notice in which Codex said that it tries again; undefined if the cause is not known. */
export function readRetryNotice(notice: string): BridgeError | undefined {
  const explanation = readTurn(notice, undefined, NOTHING_ASKED);
  return explanation === undefined ? undefined : toError(explanation, notice);
}

/** Makes the error of an explanation. `text` is what Codex said; it goes along shortened. `now` is epoch ms. */
export function toError(
  { code, summary, nextStep, details = {} }: Explanation,
  text: string,
  now: number = Date.now(),
): BridgeError {
  const when = WAITS.has(code) ? findLimitEnd(text.slice(0, READ_CHARACTERS), now) : undefined;
  const agentText = text === "" ? undefined : cutText(text.trim(), EXCERPT_CHARACTERS);
  if (when === undefined) {
    // The text names no time, so none is promised.
    const step = nextStep ?? CODEX_STEPS[code];
    return new BridgeError(code, summary, { agentText, nextStep: step, details });
  }
  const { words, at } = when;
  const step = `Wait ${words}, then continue the thread with codex-reply.`;
  const resetsAt = toIsoTime(at);
  return new BridgeError(code, summary, {
    agentText,
    nextStep: step,
    details: { ...details, tryAgain: words, ...(resetsAt === undefined ? {} : { resetsAt }) },
  });
}

function classify(evidence: FailureEvidence, text: string): Explanation {
  const { message, errorInfo, exitCode, signal, hasGarbage, isCutOff, hasBegun, asked } = evidence;
  if (message !== "") {
    const explanation = readTurn(text, errorInfo, asked) ?? { code: "TURN_FAILED", summary: "The turn failed." };
    return explanation.code === "THREAD_BROKEN" && !asked.isResume
      ? { ...explanation, nextStep: NEW_AND_BROKEN }
      : explanation;
  }
  if (hasGarbage && signal === undefined) {
    return { code: "PROTOCOL_ERROR", summary: "Codex printed lines that are not events, and no end of the turn." };
  }
  const isAtStart = !hasBegun && !isCutOff;
  const found = isAtStart
    ? readStart({ words: text, exitCode, signal, isResume: asked.isResume })
    : readTurn(text, errorInfo, asked);
  if (found !== undefined) return found;
  if (signal !== undefined) {
    return { code: "AGENT_EXITED", summary: `Codex was ended by ${signal} before the turn was done.` };
  }
  const exit = exitCode ?? "unknown";
  const cut = isCutOff ? ", in the middle of a line" : "";
  return { code: "AGENT_EXITED", summary: `Codex ended with exit code ${exit} before the turn was done${cut}.` };
}

// For a new thread the cause may lie with the provider. If so, another thread is refused too.
const NEW_AND_BROKEN =
  'Start another thread with codex, or call codex-reply with onLostThread: "rebuild". If that is refused too, ask the user to check the model provider.';

// The provider's own words are the most precise, then Codex's class of the failure, then the status.
function readTurn(text: string, errorInfo: ErrorInfo | undefined, asked: AskedFor): Explanation | undefined {
  return readSandboxWords(text) ?? readWordsOf(text, errorInfo, asked) ?? readVague(errorInfo);
}

// If nothing else is known: the status in Codex's class, or a class that several causes share.
function readVague(errorInfo: ErrorInfo | undefined): Explanation | undefined {
  if (errorInfo === undefined) return undefined;
  const { name, httpStatus } = errorInfo;
  return readStatus({ status: httpStatus, words: "", param: "", isPage: false }) ?? BY_VAGUE_INFO[name];
}

function readWordsOf(text: string, errorInfo: ErrorInfo | undefined, asked: AskedFor): Explanation | undefined {
  const image = readRefusedImage(text, asked);
  if (image !== undefined) return image;
  const known = errorInfo === undefined ? undefined : BY_INFO[errorInfo.name];
  const answer = readProviderAnswer(text);
  if (answer !== undefined) {
    return (
      readRefusedArgument(answer, asked) ??
      readWords(answer) ??
      known ??
      readStatus(answer) ??
      readRows(answer.words, BY_STREAM)
    );
  }
  if (known === undefined)
    return readRows(text, BY_TURN) ?? readWords({ status: undefined, words: text, param: "", isPage: false });
  // If Codex's class is known, a sentence counts only if it belongs to the same code. It is then more precise.
  return (
    readRows(
      text,
      BY_TURN.filter(([, code]) => code === known.code),
    ) ?? known
  );
}

const WAITS: ReadonlySet<ErrorCode> = new Set(["USAGE_LIMIT", "RATE_LIMITED"]);
/** The latest time that a Date can have. */
const LAST_TIME = 8.64e15;

function toIsoTime(at: number | undefined): string | undefined {
  return at === undefined || !(Math.abs(at) <= LAST_TIME) ? undefined : new Date(at).toISOString();
}
