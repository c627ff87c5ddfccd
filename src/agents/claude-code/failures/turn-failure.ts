// Why a turn of Claude Code failed. Its `subtype` says "success" for every failed request, and its exit code is that of the last turn
// (docs/claude-code.md#failures-of-a-callee).
import { cutText } from "../../../domain/cut-text.ts";
import type { ErrorCode } from "../../../domain/error-codes.ts";
import { BridgeError } from "../../../domain/errors.ts";
import { isRecord } from "../../../domain/guards.ts";
import type { Redact } from "../../../domain/redact.ts";
import { toResetTime } from "../../../domain/usage-limits.ts";
import type { ProgramEnd } from "../../../process/program.ts";
import { INSTALL } from "../launch/claude-launch.ts";
import type { TurnState } from "../turn/turn-state.ts";

const MAX_WORDS = 1_000;

interface Kind {
  readonly code: ErrorCode;
  readonly message: string;
  readonly nextStep?: string;
}

const LOGIN: Kind = {
  code: "AGENT_UNAUTHENTICATED",
  message: "The provider did not accept Claude Code's login.",
  nextStep: "Ask the user to log in (`claude`, then /login), or to set ANTHROPIC_API_KEY.",
};
const USAGE: Kind = { code: "USAGE_LIMIT", message: "The account's usage limit is reached, or its credit is used." };
const RATE: Kind = { code: "RATE_LIMITED", message: "The provider refuses further requests for a while." };
const OVERLOADED: Kind = { code: "MODEL_OVERLOADED", message: "The provider cannot answer just now." };
const NO_MODEL: Kind = { code: "MODEL_NOT_FOUND", message: "The provider does not have this model for this account." };
const TOO_LONG: Kind = { code: "CONTEXT_OVERFLOW", message: "The thread no longer fits into the model's context." };
const NETWORK: Kind = { code: "NETWORK", message: "Claude Code lost its connection to the provider, or found none." };
const FAILED: Kind = { code: "TURN_FAILED", message: "The turn failed." };

/** Reads the failure from the line that ended the turn; undefined if it is no failure. */
export function findResultFailure(state: TurnState, redact: Redact): BridgeError | undefined {
  const { result } = state;
  if (result === undefined) return undefined;
  const words = toWords(result);
  if (result["is_error"] === false) return isUnasked(state, result) ? toUnasked(words, redact) : undefined;
  if (isUnknownThread(words)) return toUnknownThread();
  const { code, message, nextStep } = judgeResult(result, state.requestError, words);
  const until = code === "USAGE_LIMIT" ? toResetTime({ resetsAt: state.limits?.refusedUntil }) : undefined;
  const details = until === undefined ? {} : { resetsAt: new Date(until).toISOString() };
  return new BridgeError(code, message, { nextStep, agentText: toAgentText(words, redact), details });
}

function judgeResult(result: Readonly<Record<string, unknown>>, requestError: string | undefined, words: string): Kind {
  const status = result["api_error_status"];
  if (result["terminal_reason"] === "prompt_too_long") return TOO_LONG;
  if (requestError === "billing_error") return USAGE;
  if (requestError === "model_not_found" || status === 404) return NO_MODEL;
  if (requestError === "authentication_failed" || status === 401 || status === 403) return LOGIN;
  if (requestError === "rate_limit" || status === 429) return USAGE_WORDS.test(words) ? USAGE : RATE;
  if (typeof status === "number") return status >= 500 ? OVERLOADED : FAILED;
  return result["terminal_reason"] === "api_error" ? NETWORK : FAILED;
}

// "You've hit your 5-hour limit · resets 9:44am (UTC)" (2.1.329); the others are from its program text.
const USAGE_WORDS = /usage limit|limit reached|hit your [\w -]*limit/i;

/** The failure of a process that ended without saying how its turn ended. */
export function toExitFailure(end: ProgramEnd, state: TurnState, file: string, redact: Redact): BridgeError {
  const agentText = toAgentText(end.stderr, redact);
  const [, code, message, nextStep] = EXITS.find(([words]) => words.test(end.stderr)) ?? [];
  if (code !== undefined && message !== undefined) return new BridgeError(code, message, { nextStep, agentText });
  if (end.spawnError !== undefined) {
    const words = `${file} could not be started.`;
    return new BridgeError("AGENT_BROKEN", words, { agentText: end.spawnError.message, nextStep: INSTALL });
  }
  const how = end.signal === undefined ? `with code ${end.exitCode}` : `by the signal ${end.signal}`;
  if (state.hasGarbage && state.threadId === undefined) {
    return new BridgeError("PROTOCOL_ERROR", `Claude Code ended ${how}, and said nothing that can be read.`, {
      agentText,
    });
  }
  return new BridgeError("AGENT_EXITED", `Claude Code ended ${how} before its turn was over.`, { agentText });
}

const EXITS: readonly [words: RegExp, code: ErrorCode, message: string, nextStep?: string][] = [
  [/No conversation found/, "THREAD_NOT_FOUND", "Claude Code has no such session."],
  [/is already in use/, "SESSION_BUSY", "Claude Code has a session with this id already."],
  [/--json-schema is not a valid/, "INVALID_ARGUMENT", "Claude Code does not take the JSON Schema."],
  [
    /cannot be used with root/,
    "AGENT_UNSUPPORTED",
    "Claude Code does not run with full access as root.",
    "Use a narrower sandbox. In a container that is a sandbox by itself, the user can set IS_SANDBOX=1.",
  ],
  [
    /unknown option/,
    "AGENT_UNSUPPORTED",
    "This Claude Code does not have a flag that holds it to its limits.",
    "Ask the user to install a current Claude Code.",
  ],
];

// Claude Code can answer by itself and call that a success. Older versions do not tell which models answered.
function isUnasked({ hasWorked }: TurnState, result: Readonly<Record<string, unknown>>): boolean {
  const models = result["model_usage_since_last_result"];
  return !hasWorked && isRecord(models) && Object.keys(models).length === 0;
}

function toUnasked(words: string, redact: Redact): BridgeError {
  const message = "Claude Code answered by itself, without asking its model.";
  return new BridgeError("TURN_FAILED", message, { agentText: toAgentText(words, redact) });
}

function isUnknownThread(words: string): boolean {
  return words.includes("No conversation found");
}

function toUnknownThread(): BridgeError {
  return new BridgeError("THREAD_NOT_FOUND", "Claude Code has no such session.");
}

function toWords(result: Readonly<Record<string, unknown>>): string {
  const { result: said, errors } = result;
  return [said, ...(Array.isArray(errors) ? errors : [])].filter((part) => typeof part === "string").join("\n");
}

function toAgentText(words: string, redact: Redact): string | undefined {
  const text = cutText(redact(words.trim()), MAX_WORDS);
  return text === "" ? undefined : text;
}
