// What a failed turn was: Codex's words, its exit and its rollout, turned into a code of our table. Sources: facts 4a to 4c.
import { BridgeError, type ErrorCode } from "../../domain/errors.ts";

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

type Row = readonly [pattern: RegExp, code: ErrorCode, summary: string];

// By Codex's own class, where the rollout names one.
const BY_INFO: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  unauthorized: ["CODEX_UNAUTHENTICATED", "The model provider refused Codex's credential."],
  usage_limit_exceeded: ["USAGE_LIMIT", "The Codex account has reached its usage limit."],
  rate_limit_exceeded: ["RATE_LIMITED", "The model provider limits the rate of requests."],
  server_overloaded: ["MODEL_OVERLOADED", "The model is at capacity."],
  internal_server_error: ["MODEL_OVERLOADED", "The model provider has an error of its own."],
  context_window_exceeded: ["CONTEXT_OVERFLOW", "The thread no longer fits into the model's context window."],
  model_not_found: ["MODEL_NOT_FOUND", "The model is not available to this account."],
};

// By text, first match wins. Apostrophes differ between versions, so none stands in a pattern.
const BY_TEXT: readonly Row[] = [
  [
    /Error loading config|parsing -c overrides|finding codex home|Model provider .* not found|^error: invalid value/im,
    "CONFIG_INVALID",
    "Codex did not accept its configuration.",
  ],
  [/no rollout found|thread not found/i, "THREAD_NOT_FOUND", "Codex does not know this thread."],
  [/is archived\. Run/i, "THREAD_NOT_FOUND", "The thread is archived; `codex unarchive` brings it back."],
  [/already has an active writer/i, "SESSION_BUSY", "Another program has this thread open."],
  [
    /missing an ordinal/i,
    "THREAD_NOT_FOUND",
    "The thread was last written by an older Codex CLI and cannot be resumed.",
  ],
  [/Not inside a trusted directory/i, "NOT_A_GIT_REPO", "The directory is not inside a git repository."],
  [/Missing environment variable/i, "CODEX_UNAUTHENTICATED", "The API key of the model provider is not set."],
  [
    /usage limit|quota exceeded|insufficient_quota|upgrade to plus/i,
    "USAGE_LIMIT",
    "The Codex account has reached its usage limit.",
  ],
  [/status:? 429|rate limit|too many requests/i, "RATE_LIMITED", "The model provider limits the rate of requests."],
  [/status:? 40[13]\b/i, "CODEX_UNAUTHENTICATED", "The model provider refused Codex's credential."],
  [
    /ran out of room|context_length_exceeded/i,
    "CONTEXT_OVERFLOW",
    "The thread no longer fits into the model's context window.",
  ],
  [
    /at capacity|experiencing high demand|status:? 5\d\d|overloaded/i,
    "MODEL_OVERLOADED",
    "The model provider is overloaded or has an error of its own.",
  ],
  [
    /model.{0,80}(does not exist|not found|not supported)|model_not_found/i,
    "MODEL_NOT_FOUND",
    "The model is not available to this account.",
  ],
  [
    /stream disconnected|connection failed|waiting for network|idle timeout|error sending request/i,
    "NETWORK",
    "Codex lost its connection to the model provider.",
  ],
  [/exceeds the maximum length/i, "INVALID_ARGUMENT", "The prompt is longer than Codex takes."],
  [/required MCP servers failed/i, "CONFIG_INVALID", "An MCP server that Codex's config requires did not start."],
  [
    /unexpected argument|unrecognized subcommand/i,
    "CODEX_UNSUPPORTED",
    "This Codex CLI does not take an option that the bridge needs.",
  ],
  [/No such file or directory/i, "INVALID_ARGUMENT", "Codex did not find the directory or a file that it was given."],
];

const EXCERPT_CHARACTERS = 600;

/** The error of a turn that did not complete. Codex's own words go along as agent text, bounded. */
export function toTurnError(evidence: FailureEvidence): BridgeError {
  const extras = { threadId: evidence.threadId, agentText: excerpt(evidence.message || cleanStderr(evidence.stderr)) };
  const [code, summary] = classify(evidence);
  return new BridgeError(code, summary, {
    ...extras,
    agentText: extras.agentText === "" ? undefined : extras.agentText,
  });
}

function classify(evidence: FailureEvidence): readonly [ErrorCode, string] {
  const known = evidence.errorInfo === undefined ? undefined : BY_INFO[evidence.errorInfo];
  if (known !== undefined) return known;
  const text = evidence.message || cleanStderr(evidence.stderr);
  const row = BY_TEXT.find(([pattern]) => pattern.test(text));
  if (row !== undefined) return [row[1], row[2]];
  if (evidence.message !== "") return ["TURN_FAILED", "The turn failed."];
  if (evidence.signal !== undefined)
    return ["CODEX_EXITED", `Codex was ended by ${evidence.signal} before the turn was done.`];
  if (evidence.hasGarbage)
    return ["PROTOCOL_ERROR", "Codex printed something else than its events and no finished turn."];
  return ["CODEX_EXITED", `Codex ended with exit code ${evidence.exitCode ?? "unknown"} before the turn was done.`];
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

function excerpt(text: string): string {
  const one = text.trim();
  return one.length <= EXCERPT_CHARACTERS ? one : `${one.slice(0, EXCERPT_CHARACTERS).toWellFormed()}…`;
}
