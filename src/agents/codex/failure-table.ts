// What each failure of a turn means: by Codex's own class, and by its words, which differ between versions, and the provider's. Sources: facts 4a to 4c; `npm run test:versions` shows every row on every version.
import type { ErrorCode } from "../../domain/errors.ts";

/** What Codex's words or class mean: the code, a sentence, and a next step where the code's own one would mislead. */
export interface Reading {
  readonly code: ErrorCode;
  readonly summary: string;
  readonly nextStep?: string;
}

/** A pattern and what it means. */
export type Row = readonly [pattern: RegExp, code: ErrorCode, summary: string, nextStep?: string];

/** By `codex_error_info` of the rollout: 0.150 and later write it. */
export const BY_INFO: Readonly<Record<string, Reading>> = {
  unauthorized: { code: "CODEX_UNAUTHENTICATED", summary: "The model provider refused Codex's credential." },
  usage_limit_exceeded: { code: "USAGE_LIMIT", summary: "The Codex account has reached its usage limit." },
  rate_limit_exceeded: { code: "RATE_LIMITED", summary: "The model provider limits the rate of requests." },
  server_overloaded: { code: "MODEL_OVERLOADED", summary: "The model is at capacity." },
  internal_server_error: { code: "MODEL_OVERLOADED", summary: "The model provider has an error of its own." },
  context_window_exceeded: {
    code: "CONTEXT_OVERFLOW",
    summary: "The thread no longer fits into the model's context window.",
  },
  model_not_found: { code: "MODEL_NOT_FOUND", summary: "The model is not available to this account." },
  invalid_prompt: { code: "TURN_FAILED", summary: "The model provider refused the prompt." },
  cyber_policy: { code: "TURN_FAILED", summary: "The model provider's policy refused the prompt." },
};

const LOST = "Codex lost its connection to the model provider.";
const BROKEN_OFF = "The model provider broke off its answer with an error of its own.";
const ASK_FOR_QUOTA = "Ask the user to look at the account's plan and billing, or do the work without Codex.";

/** By what Codex says of itself on stderr, before a turn: first match wins. Apostrophes differ between versions, so none stands in a pattern. */
export const BY_START: readonly Row[] = [
  [
    /required MCP servers failed/i,
    "CONFIG_INVALID",
    "An MCP server that Codex's config requires did not start.",
    "Ask the user to mend that server in Codex's config.toml, or to set BRIDGE_CHILD_MCP=none, which starts Codex without them.",
  ],
  [
    /Error loading config|parsing -c overrides|finding codex home|config profile .{0,200} not found|Model provider .{0,200} not found|^error: invalid value/im,
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
  [
    /empty session file|failed to parse (conversation|thread) ID|failed to (load rollout|read thread|read session)/i,
    "THREAD_NOT_FOUND",
    "Codex cannot read its file of the thread, which is damaged.",
  ],
  [/Not inside a trusted directory/i, "NOT_A_GIT_REPO", "The directory is not inside a git repository."],
  [/exceeds the maximum length/i, "INVALID_ARGUMENT", "The prompt is longer than Codex takes."],
  [
    /unexpected argument|unrecognized subcommand/i,
    "CODEX_UNSUPPORTED",
    "This Codex CLI does not take an option that the bridge needs.",
  ],
  [/No such file or directory/i, "INVALID_ARGUMENT", "Codex did not find the directory or a file that it was given."],
];

const QUOTA: Row = [
  /quota exceeded|insufficient_quota|exceeded your current quota|insufficient balance|credit balance is too low|status:? 402\b/i,
  "USAGE_LIMIT",
  "The quota of the model provider's account is used up.",
  ASK_FOR_QUOTA,
];
const OVERFLOW: Row = [
  /ran out of room|context_length_exceeded|maximum context length/i,
  "CONTEXT_OVERFLOW",
  "The thread no longer fits into the model's context window.",
];
const NO_MODEL: Row = [
  /model_not_found|\bmodel\b[^.:{}]{0,80}(?:does not exist|not found|is not supported|not available)/i,
  "MODEL_NOT_FOUND",
  "The model is not available to this account.",
];
const BAD_PROMPT: Row = [/invalid.prompt/i, "TURN_FAILED", "The model provider refused the prompt."];

/** A request that the provider refused: its words are about the request, and may speak of anything. */
export const BAD_REQUEST = /^\s*\{\s*"error"|unexpected status 4(?:00|04|22)\b/i;

/** By the provider's words on such a request: first match wins, and the last one always does. */
export const BY_REQUEST: readonly Row[] = [
  OVERFLOW,
  NO_MODEL,
  QUOTA,
  BAD_PROMPT,
  [
    /unexpected status 404\b/i,
    "CONFIG_INVALID",
    "The model provider has nothing at the address that Codex asked, or not for this model.",
    "Ask the user to check `base_url` and `wire_api` of the model provider in Codex's config, and the model.",
  ],
  [/^/, "TURN_FAILED", "The model provider refused the request."],
];

/** By what it says of a turn, the provider's words among it: first match wins. */
export const BY_TURN: readonly Row[] = [
  [/Missing environment variable/i, "CODEX_UNAUTHENTICATED", "The API key of the model provider is not set."],
  [
    /upgrade to plus/i,
    "USAGE_LIMIT",
    "The plan of the Codex account does not include this.",
    "Ask the user to change the plan or to use another account; waiting does not help.",
  ],
  QUOTA,
  [/usage limit/i, "USAGE_LIMIT", "The Codex account has reached its usage limit."],
  // 0.50 to 0.150 say the same of a quota that is used up.
  [
    /last status: 429/i,
    "RATE_LIMITED",
    "The model provider refused the request for now: too many requests, or a quota that is used up.",
    "Wait a minute, then continue the thread with codex-reply; if it fails again, ask the user to look at the account's quota.",
  ],
  [/status:? 429|rate limit|too many requests/i, "RATE_LIMITED", "The model provider limits the rate of requests."],
  [/status:? 401\b/i, "CODEX_UNAUTHENTICATED", "The model provider refused Codex's credential."],
  [
    /status:? 403\b/i,
    "CODEX_UNAUTHENTICATED",
    "The model provider forbids this account the request.",
    "Ask the user whether the account, its plan and its region may use this model; `codex login` changes the account.",
  ],
  OVERFLOW,
  [
    /at capacity|experiencing high demand|status:? 5\d\d|overloaded/i,
    "MODEL_OVERLOADED",
    "The model provider is overloaded or has an error of its own.",
  ],
  NO_MODEL,
  [
    /reason: max_output_tokens/i,
    "TURN_FAILED",
    "The model's answer reached its output limit.",
    "Continue the thread with codex-reply and ask for a smaller step or a shorter answer.",
  ],
  [/Incomplete response returned/i, "TURN_FAILED", "The model provider cut the answer off."],
  BAD_PROMPT,
  // 0.50 says so too of an answer that reached its output limit.
  [
    /stream closed before response\.completed/i,
    "NETWORK",
    "The model's answer broke off: the connection was lost, or the answer reached its output limit.",
  ],
  [
    /connection failed|waiting for network|idle timeout|error sending request|transport error|network error/i,
    "NETWORK",
    LOST,
  ],
  [/stream disconnected before completion: \S/i, "MODEL_OVERLOADED", BROKEN_OFF],
  [/stream disconnected/i, "NETWORK", LOST],
  [/status:? 4\d\d\b/i, "TURN_FAILED", "The model provider refused the request."],
];
