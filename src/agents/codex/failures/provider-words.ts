// Explains a refused request by the provider's words. The patterns are words of real providers and gateways, taken from their public
// documentation, code and issue trackers. A comment names the provider of each row; a new row needs one too.
// The first match wins. The words may quote anything, also the prompt, so a pattern has to be a sentence that only an error contains.

import { ASK_FOR_QUOTA, type Explanation, NO_SUCH_MODEL, type Row, readRows } from "./codex-failures.ts";
import type { ProviderAnswer } from "./provider-answer.ts";

const NEW_MODEL = "Name a model that this provider has and the account may use, or leave `model` out.";
const ASK_FOR_ADDRESS =
  "Ask the user to check `base_url`, `query_params` and `wire_api` of the model provider in Codex's config.";
const CHECK_NETWORK =
  "Ask the user to check the proxy, the VPN or the firewall between this machine and the provider. Then continue the thread with codex-reply.";

/** The network refused the request, not the provider. */
export const EDGE: Explanation = {
  code: "NETWORK",
  summary:
    "Something between this machine and the model provider (a proxy, a firewall, Cloudflare) refused the request.",
  nextStep: CHECK_NETWORK,
};

const TOO_LONG: readonly Row[] = [
  // OpenAI and Groq: one request is above the limit for a whole minute. Waiting does not help.
  [
    /Request too large for .{0,300}tokens per min/is,
    "CONTEXT_OVERFLOW",
    "The request is larger than the account's limit for one minute.",
  ],
  [
    new RegExp(
      [
        "ran out of room|context_length_exceeded|exceeds the context window|maximum context length", // OpenAI, OpenRouter, vLLM
        "prompt is too long|prompt too long|request_too_large|max_tokens`? exceed context limit", // Anthropic
        "input is too long", // Bedrock
        "exceeds the available context size|exceed_context_size", // llama.cpp, Ollama
        "longer than the maximum model length", // vLLM
        "input token count .{0,80}exceeds the maximum", // Gemini
        "maximum prompt length is \\d", // xAI
        "string_above_max_length", // OpenAI
        "ContextWindowExceeded", // LiteLLM
      ].join("|"),
      "i",
    ),
    "CONTEXT_OVERFLOW",
    "The thread no longer fits into the model's context window.",
  ],
];

const BROKEN = "The model provider refuses this thread's history, and would refuse every further turn too.";
const HISTORY: readonly Row[] = [
  // OpenAI, also behind Azure and LiteLLM.
  [
    /invalid_encrypted_content|encrypted content .{0,300}could not be (?:verified|decrypted)/is,
    "THREAD_BROKEN",
    BROKEN,
  ],
  [/Invalid '?input\[\d+\]\.(?!content)/i, "THREAD_BROKEN", BROKEN],
  [/No tool (?:output|call) found for .{0,40}call/i, "THREAD_BROKEN", BROKEN],
  [/\bItem (?:with id )?'[^']{1,200}' (?:not found|of type .{0,60} was provided without)/i, "THREAD_BROKEN", BROKEN],
  [/Duplicate item found with id|previous_response_not_found|Previous response with id/i, "THREAD_BROKEN", BROKEN],
  // Gateways that translate to the Chat Completions API.
  [/'tool_calls' must be followed by tool messages|did not have response messages/i, "THREAD_BROKEN", BROKEN],
  // Anthropic behind a gateway.
  [
    /`tool_use` ids were found without|unexpected `tool_use_id`|Invalid `signature` in `thinking`/i,
    "THREAD_BROKEN",
    BROKEN,
  ],
];

const MODEL: readonly Row[] = [
  [
    /requires a newer version of Codex/i,
    "AGENT_UNSUPPORTED",
    "The model needs a newer Codex CLI.",
    "Ask the user to update the Codex CLI (npm install -g @openai/codex@latest), or name another model.",
  ],
  // Ollama, OpenRouter.
  [
    /does not support tools|No endpoints found that support tool use/i,
    "MODEL_NOT_FOUND",
    "The model cannot use tools, which Codex needs.",
    "Name a model that can use tools, or leave `model` out.",
  ],
  // OpenRouter: the privacy settings of the account.
  [
    /No endpoints (?:found|available) matching your (?:data policy|guardrail)/i,
    "CONFIG_INVALID",
    "The settings of the provider's account exclude every endpoint of this model.",
    "Ask the user to check the privacy settings of the provider's account, or name another model.",
  ],
  [
    new RegExp(
      [
        NO_SUCH_MODEL, // OpenAI, vLLM, Ollama
        "DeploymentNotFound|API deployment for this resource does not exist", // Azure
        "Invalid model name passed in model=|key_model_access_denied|key not allowed to access model", // LiteLLM
        "no healthy deployments for this model|LLM Provider NOT provided", // LiteLLM
        "is not a valid model ID|No endpoints found for", // OpenRouter
        "model identifier is invalid|access to the model with the specified model ID|on-demand throughput", // Bedrock
        "No available channel for model|无可用渠道", // one-api, new-api
        "model_decommissioned|has been decommissioned", // Groq
      ].join("|"),
      "i",
    ),
    "MODEL_NOT_FOUND",
    "The model is not available to this account.",
    NEW_MODEL,
  ],
];

// OpenAI, Anthropic: the tools of MCP servers are part of each request.
const TOOLS: readonly Row[] = [
  [
    /Invalid schema for function|invalid_function_parameters|tools\.\d+\.custom\.input_schema|Invalid 'tools'/i,
    "CONFIG_INVALID",
    "The model provider refuses a tool of one of Codex's MCP servers, or the number of tools.",
    "Ask the user to fix or disable that server in Codex's config, or to set BRIDGE_CHILD_MCP=none, which starts Codex without them.",
  ],
];

const ACCOUNT: readonly Row[] = [
  // OpenAI.
  [
    /organization must be verified/i,
    "AGENT_UNAUTHENTICATED",
    "The model provider requires the account's organization to be verified for this.",
    "Ask the user to verify the organization in the provider's settings, or to set `model_reasoning_summary = \"none\"` in Codex's config.",
  ],
  // ChatGPT.
  [
    /deactivated_workspace|account_deactivated|(?:account|workspace) has been deactivated/i,
    "AGENT_UNAUTHENTICATED",
    "The account or its workspace is deactivated.",
    "Ask the user to check the account, or to log in with another one (`codex login`).",
  ],
  // OpenAI, Gemini.
  [
    /unsupported_country|region, or territory not supported|User location is not supported/i,
    "AGENT_UNAUTHENTICATED",
    "The model provider does not serve the country or region that the request came from.",
    "Ask the user whether a VPN or proxy makes the request come from another region, and whether the provider serves this one.",
  ],
  // Azure.
  [/due to Virtual Network\/Firewall rules|Public access is disabled/i, EDGE.code, EDGE.summary, EDGE.nextStep],
  [
    new RegExp(
      [
        "quota exceeded|insufficient_quota|exceeded your current quota|no credits remaining", // OpenAI
        "billing_hard_limit_reached|billing hard limit|billing_not_active|your account is not active", // OpenAI
        "credit balance is too low", // Anthropic
        "insufficient balance", // DeepSeek
        "insufficient credits|requires more credits|more credits are required|Key limit exceeded", // OpenRouter
        "budget_exceeded|Budget has been exceeded|ExceededBudget", // LiteLLM
        "out of credits|hit your spend cap", // ChatGPT
      ].join("|"),
      "i",
    ),
    "USAGE_LIMIT",
    "The quota of the model provider's account is used up.",
    ASK_FOR_QUOTA,
  ],
  [
    new RegExp(
      [
        "invalid_api_key|Incorrect API key|token_invalidated|authentication token has been invalidated", // OpenAI
        "API key not valid", // Gemini
        "security token included in the request is", // AWS
        "access token could not be refreshed|sign(?:ing)? in again", // Codex's own login
      ].join("|"),
      "i",
    ),
    "AGENT_UNAUTHENTICATED",
    "The model provider refused Codex's credential.",
  ],
];

const REQUEST: readonly Row[] = [
  // OpenAI, Azure, OpenRouter.
  [
    /invalid.prompt|flagged (?:as|for)\b|content management policy|(?<!reason: )content_filter|content_policy/i,
    "TURN_FAILED",
    "The model provider refused the prompt.",
  ],
  // Anthropic, OpenAI.
  [
    /overloaded_error|currently overloaded|^Overloaded\b|at capacity/i,
    "MODEL_OVERLOADED",
    "The model provider is overloaded or has an internal error.",
  ],
  // OpenAI, Azure, Bedrock, OpenRouter.
  [
    /rate_limit_exceeded|rate limit (?:reached|exceeded)|too many requests|too_many_requests|ThrottlingException|temporarily rate-limited|Too many tokens, please wait/i,
    "RATE_LIMITED",
    "The model provider limits the rate of requests.",
  ],
  // nginx, Go's HTTP server.
  [
    /HTTP request (?:was sent )?to (?:an )?HTTPS (?:port|server)/i,
    "CONFIG_INVALID",
    "The address of the model provider begins with http, but has to begin with https.",
    ASK_FOR_ADDRESS,
  ],
  // Azure.
  [
    /enabled only for api-version|API version not supported/i,
    "CONFIG_INVALID",
    "The model provider requires another API version than Codex's config names.",
    ASK_FOR_ADDRESS,
  ],
  // OpenAI, ChatGPT, LiteLLM.
  [
    /^Unsupported parameter|unknown_parameter|unsupported_parameter|Unrecognized request argument|does not support parameters/i,
    "CONFIG_INVALID",
    "The model provider does not support a parameter that Codex sends.",
    "Ask the user to check `wire_api` of the model provider in Codex's config, and whether the provider supports the Responses API.",
  ],
];

const BY_WORDS: readonly Row[] = [...TOO_LONG, ...HISTORY, ...TOOLS, ...MODEL, ...ACCOUNT, ...REQUEST];

/** Explains a provider's words; undefined if they match no row. */
export function readWords({ words, param }: ProviderAnswer): Explanation | undefined {
  const known = readRows(words, BY_WORDS);
  if (known !== undefined) return known;
  // OpenAI names the refused item. It belongs to the history, since the prompt is only checked for its length.
  return /^input\[\d+\]/.test(param) ? { code: "THREAD_BROKEN", summary: BROKEN } : undefined;
}
