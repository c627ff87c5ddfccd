// Explains a failed turn by Codex's own class of the failure and its own sentences, which differ between versions. `npm run test:versions` shows
// every row on every version. For the words of providers see provider-words.ts, for a failed start failure-start.ts.
import type { ErrorCode } from "../../../domain/error-codes.ts";

/** The meaning of Codex's words or class: the code, a sentence, and a next step if the code's own would mislead. */
export interface Explanation {
  readonly code: ErrorCode;
  readonly summary: string;
  readonly nextStep?: string | undefined;
  /** Further fields for programs, such as the argument that was refused. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** A pattern and what it means. */
export type Row = readonly [pattern: RegExp, code: ErrorCode, summary: string, nextStep?: string | undefined];

/** Number of characters that are searched. The important part is at the beginning, and a provider's message may have megabytes. */
const READ_CHARACTERS = 4_096;

/** The first row whose pattern matches the beginning of a text, as an explanation. */
export function readRows(text: string, rows: readonly Row[]): Explanation | undefined {
  const beginning = text.slice(0, READ_CHARACTERS);
  const row = rows.find(([pattern]) => pattern.test(beginning));
  if (row === undefined) return undefined;
  const [, code, summary, nextStep] = row;
  return { code, summary, nextStep };
}

const POLICY = "The model provider's policy refused the prompt.";

/** Explanations by Codex's class of the failure, which the rollout has since 0.150 and the app server since 0.120. */
export const BY_INFO: Readonly<Record<string, Explanation>> = {
  unauthorized: { code: "AGENT_UNAUTHENTICATED", summary: "The model provider refused Codex's credential." },
  usage_limit_exceeded: { code: "USAGE_LIMIT", summary: "The Codex account has reached its usage limit." },
  rate_limit_exceeded: { code: "RATE_LIMITED", summary: "The model provider limits the rate of requests." },
  server_overloaded: { code: "MODEL_OVERLOADED", summary: "The model is at capacity." },
  flex_unavailable: { code: "MODEL_OVERLOADED", summary: "The model has no capacity for this service tier." },
  policy_capacity_unavailable: { code: "MODEL_OVERLOADED", summary: "The model is at capacity." },
  internal_server_error: { code: "MODEL_OVERLOADED", summary: "The model provider has an internal error." },
  context_window_exceeded: {
    code: "CONTEXT_OVERFLOW",
    summary: "The thread no longer fits into the model's context window.",
  },
  session_budget_exceeded: { code: "USAGE_LIMIT", summary: "The thread has used up its budget." },
  model_not_found: { code: "MODEL_NOT_FOUND", summary: "The model is not available to this account." },
  invalid_prompt: { code: "TURN_FAILED", summary: "The model provider refused the prompt." },
  cyber_policy: { code: "TURN_FAILED", summary: POLICY },
  bio_policy: { code: "TURN_FAILED", summary: POLICY },
  misalignment_policy_violation: { code: "TURN_FAILED", summary: POLICY },
  too_many_denials: {
    code: "APPROVAL_DENIED",
    summary: "Codex ended the turn because too many of its actions were denied.",
  },
  inference_hook_denied: {
    code: "APPROVAL_DENIED",
    summary: "A hook in Codex's config does not let this request reach the model.",
    nextStep: "Tell the user what the hook says. Only the user can change the hook.",
  },
};

/** A model that does not exist, within one sentence. Its name may contain a dot or a colon (`gpt-5.5`, `gemma:2b`). */
export const NO_SUCH_MODEL = String.raw`model_not_found|\bmodel\b(?:[^.:{}]|[.:](?!\s)){0,80}(?:does not exist|not found|is not supported|not available)`;

const LOST = "Codex lost its connection to the model provider.";
const LOST_ANSWER: Explanation = { code: "NETWORK", summary: LOST };
const LOGIN_SERVICE = "The login service could not renew Codex's login at the moment.";

/** Explanations by a class that several causes share. They count only if neither the words nor a status say more. */
export const BY_VAGUE_INFO: Readonly<Record<string, Explanation>> = {
  http_connection_failed: LOST_ANSWER,
  response_stream_connection_failed: LOST_ANSWER,
  response_stream_disconnected: LOST_ANSWER,
  response_too_many_failed_attempts: {
    code: "MODEL_OVERLOADED",
    summary: "The model provider refused the request several times, and Codex gave up.",
  },
  bad_request: { code: "TURN_FAILED", summary: "The model provider refused the request." },
  sandbox_error: { code: "SANDBOX_UNAVAILABLE", summary: "Codex's sandbox failed." },
};

/** Next step if a quota is used up and no time for a retry is known. */
export const ASK_FOR_QUOTA =
  "Ask the user to check the account's plan, credits and billing, or do the work without Codex.";

/** Explanations by Codex's own sentences about a turn. The first match wins. Apostrophes differ between versions, so no pattern contains one. */
export const BY_TURN: readonly Row[] = [
  [/Missing environment variable/i, "AGENT_UNAUTHENTICATED", "The API key of the model provider is not set."],
  // OpenAI's service could not renew the login. Only a 5xx, a timeout or a lost connection may go away without the user.
  [
    /Failed to refresh token: (?:5\d\d|408|429)\b/i,
    "MODEL_OVERLOADED",
    LOGIN_SERVICE,
    "Try again in a few minutes. If it fails again, ask the user to run `codex login`.",
  ],
  [/Failed to refresh token: (?:error sending|.{0,60}(?:timed out|connect))/i, "NETWORK", LOGIN_SERVICE],
  [
    /access token could not be refreshed|Failed to refresh token|(?:log out and |please )(?:try )?sign(?:ing)? in again|token data is not available/i,
    "AGENT_UNAUTHENTICATED",
    "Codex's login is no longer valid.",
    "Ask the user to run `codex login`.",
  ],
  [
    /upgrade to plus/i,
    "USAGE_LIMIT",
    "The plan of the Codex account does not include this.",
    "Ask the user to change the plan or to use another account. Waiting does not help.",
  ],
  [
    /out of credits|hit your spend cap|workspace credit limit/i,
    "USAGE_LIMIT",
    "The credits of the Codex account are used up.",
    ASK_FOR_QUOTA,
  ],
  [/Quota exceeded/i, "USAGE_LIMIT", "The quota of the model provider's account is used up.", ASK_FOR_QUOTA],
  [/usage limit/i, "USAGE_LIMIT", "The Codex account has reached its usage limit."],
  [
    /ran out of room|context_length_exceeded|exceeds the context window/i,
    "CONTEXT_OVERFLOW",
    "The thread no longer fits into the model's context window.",
  ],
  [
    /at capacity|capacity is unavailable|experiencing high demand|overloaded/i,
    "MODEL_OVERLOADED",
    "The model provider is overloaded or has an internal error.",
  ],
  [new RegExp(NO_SUCH_MODEL, "i"), "MODEL_NOT_FOUND", "The model is not available to this account."],
  [
    /reason: max_output_tokens/i,
    "TURN_FAILED",
    "The model's answer reached its output limit.",
    "Continue the thread with codex-reply and ask for a smaller step or a shorter answer.",
  ],
  [/Incomplete response returned/i, "TURN_FAILED", "The model provider cut the answer off."],
  [/invalid.prompt|has been flagged for/i, "TURN_FAILED", "The model provider refused the prompt."],
  [
    /following redirect|too many redirects/i,
    "CONFIG_INVALID",
    "The address of the model provider redirects in a circle.",
    "Ask the user to correct `base_url` of the model provider in Codex's config.",
  ],
  [/connection failed|waiting for network|error sending request/i, "NETWORK", LOST],
  [/stream disconnected/i, "NETWORK", LOST],
];

/** Explanations by Codex's sentences about a stream that broke off without a message from the provider. */
export const BY_STREAM: readonly Row[] = [
  // 0.50 says the same about an answer that reached its output limit.
  [
    /stream closed before response\.completed/i,
    "NETWORK",
    "The model's answer broke off: the connection was lost, or the answer reached its output limit.",
  ],
  [
    /following redirect|too many redirects/i,
    "CONFIG_INVALID",
    "The address of the model provider redirects in a circle.",
    "Ask the user to correct `base_url` of the model provider in Codex's config.",
  ],
  [/Incomplete response returned, reason: max_output_tokens/i, ...outputLimit()],
  [/Incomplete response returned/i, "TURN_FAILED", "The model provider cut the answer off."],
  [
    /connection failed|connection closed|connection reset|idle timeout|error sending request|transport error|network error|error decoding response|websocket/i,
    "NETWORK",
    LOST,
  ],
  [/^\s*$/, "NETWORK", LOST],
  [/^/, "MODEL_OVERLOADED", "The model provider broke off its answer with an internal error."],
];

function outputLimit(): [ErrorCode, string, string] {
  return [
    "TURN_FAILED",
    "The model's answer reached its output limit.",
    "Continue the thread with codex-reply and ask for a smaller step or a shorter answer.",
  ];
}
