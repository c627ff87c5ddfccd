// What real providers and gateways answer when they refuse a request: their own words, from their public documentation, code and
// issue trackers. The name says who says it. Several codes: some CLIs hand on less of the answer than others.

import type { ErrorCode } from "../../src/domain/error-codes.ts";
import type { StandInAnswer } from "../../src/setup/demo/responses-standin.ts";

export interface ProviderRow {
  readonly name: string;
  readonly answer: StandInAnswer;
  readonly codes: readonly ErrorCode[];
  /** Must stand in the text, on every version. */
  readonly says?: RegExp;
}

const http = (status: number, body: unknown, headers: Record<string, string> = {}): StandInAnswer => ({
  error: { status, body, headers },
});
const page = (status: number, title: string): StandInAnswer =>
  http(status, `<!DOCTYPE html><html><head><title>${title}</title></head><body>${title}</body></html>`, {
    "content-type": "text/html",
  });
/** OpenAI's form, which most gateways share. */
const refused = (
  status: number,
  message: string,
  more: { type?: string; param?: string; code?: string | number } = {},
): StandInAnswer =>
  http(status, { error: { message, type: "invalid_request_error", param: null, code: null, ...more } });
const broken = (code: string, message: string): StandInAnswer => ({
  events: [{ type: "response.failed", response: { id: "r", status: "failed", error: { code, message } } }],
});

const row = (
  name: string,
  answer: StandInAnswer,
  codes: ErrorCode | readonly ErrorCode[],
  says?: RegExp,
): ProviderRow => ({
  name,
  answer,
  codes: typeof codes === "string" ? [codes] : codes,
  ...(says === undefined ? {} : { says }),
});

const ENCRYPTED = "The encrypted content gAAA...n-s= could not be verified.";
const HISTORY: ProviderRow[] = [
  row(
    "OpenAI: encrypted content",
    refused(400, ENCRYPTED, { code: "invalid_encrypted_content" }),
    "THREAD_BROKEN",
    /rebuild/,
  ),
  row("OpenAI: encrypted content, in the stream", broken("invalid_encrypted_content", ENCRYPTED), "THREAD_BROKEN"),
  row(
    "OpenAI: encrypted content of an item",
    refused(
      400,
      "The encrypted content for item rs_34 could not be verified. Reason: Encrypted content could not be decrypted or parsed.",
    ),
    "THREAD_BROKEN",
  ),
  row(
    "LiteLLM: encrypted content",
    refused(
      400,
      `litellm.BadRequestError: OpenAIException - {\n  "error": {\n    "message": "${ENCRYPTED}"\n  }\n}. Received Model Group=gpt-5.1`,
      { code: "400" },
    ),
    "THREAD_BROKEN",
  ),
  row(
    "OpenAI: id of an item",
    http(400, {
      type: "error",
      error: {
        type: "invalid_request_error",
        message: "Invalid 'input[3].id': 'x'. Expected an ID that begins with 'msg'.",
      },
      status: 400,
    }),
    "THREAD_BROKEN",
  ),
  row(
    "OpenAI: no tool output",
    refused(400, "No tool output found for function call call_k20FunjGZouIu7PaUIAHz2G6.", { param: "input" }),
    "THREAD_BROKEN",
  ),
  row(
    "OpenAI: no tool call",
    refused(400, "No tool call found for function call output with call_id call_1.", { param: "input" }),
    "THREAD_BROKEN",
  ),
  row(
    "OpenAI: item not stored",
    refused(
      404,
      "Item with id 'rs_0496' not found. Items are not persisted when `store` is set to false. Try again with `store` set to true, or remove this item from your input.",
      { param: "input" },
    ),
    "THREAD_BROKEN",
  ),
  row(
    "Azure OpenAI: reasoning without its item",
    refused(400, "Item 'rs_1' of type 'reasoning' was provided without its required following item.", {
      param: "input",
    }),
    "THREAD_BROKEN",
  ),
  row(
    "OpenAI: kind of a web search",
    refused(400, "Invalid value: 'other'. Supported values are: 'search', 'open_page', and 'find_in_page'.", {
      param: "input[33].action.type",
      code: "invalid_value",
    }),
    "THREAD_BROKEN",
  ),
  row(
    "a gateway to Chat Completions: tool calls",
    refused(
      400,
      "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: call_1",
    ),
    "THREAD_BROKEN",
  ),
  row(
    "OpenAI: image",
    refused(
      400,
      "The image data you provided does not represent a valid image. Please check your input and try again with one of the supported image formats: ['image/jpeg', 'image/png', 'image/gif', 'image/webp'].",
      { param: "input", code: "invalid_value" },
    ),
    "THREAD_BROKEN",
    /image/,
  ),
  row(
    "OpenAI: empty image",
    refused(
      400,
      "Invalid 'input[12].content[1].image_url'. Expected a base64-encoded data URL with an image MIME type (e.g. 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU='), but got empty base64-encoded bytes.",
      { param: "input[12].content[1].image_url", code: "invalid_value" },
    ),
    "THREAD_BROKEN",
    /image/,
  ),
];

const TOO_LONG: ProviderRow[] = [
  row("nginx: 413", page(413, "413 Request Entity Too Large"), "CONTEXT_OVERFLOW"),
  row("a gateway: 413", refused(413, "too large"), "CONTEXT_OVERFLOW"),
  row(
    "Anthropic: input and answer together",
    refused(
      400,
      "input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000, decrease input length or `max_tokens` and try again",
    ),
    "CONTEXT_OVERFLOW",
  ),
  row(
    "Groq: more than a minute's tokens",
    refused(
      413,
      "Request too large for model `openai/gpt-oss-120b` in organization `org_1` service tier `on_demand` on tokens per minute (TPM): Limit 8000, Requested 12000, please reduce your message size and try again.",
    ),
    "CONTEXT_OVERFLOW",
  ),
  row(
    "OpenAI: more than a minute's tokens",
    broken(
      "rate_limit_exceeded",
      "Request too large for gpt-5.5 in organization org-1 on tokens per min (TPM): Limit 30000, Requested 40000. The input or output tokens must be reduced in order to run successfully.",
    ),
    "CONTEXT_OVERFLOW",
  ),
  row(
    "OpenAI: context",
    refused(400, "Your input exceeds the context window of this model. Please adjust your input and try again.", {
      param: "input",
      code: "context_length_exceeded",
    }),
    "CONTEXT_OVERFLOW",
  ),
  row(
    "OpenAI: one long string",
    refused(
      400,
      "Invalid 'input': string too long. Expected a string with maximum length 10485760, but got a string with length 12000000 instead.",
      { param: "input", code: "string_above_max_length" },
    ),
    "CONTEXT_OVERFLOW",
  ),
  row(
    "Anthropic: prompt too long",
    http(400, {
      type: "error",
      error: { type: "invalid_request_error", message: "prompt is too long: 204958 tokens > 200000 maximum" },
    }),
    "CONTEXT_OVERFLOW",
  ),
  row("Bedrock: input too long", http(400, { message: "Input is too long for requested model." }), "CONTEXT_OVERFLOW"),
  row(
    "LiteLLM: context",
    refused(
      400,
      "litellm.ContextWindowExceededError: litellm.BadRequestError: ContextWindowExceededError: OpenAIException - This model's maximum context length is 272000 tokens.",
    ),
    "CONTEXT_OVERFLOW",
  ),
  row(
    "llama.cpp: context",
    http(400, {
      error: {
        code: 400,
        message: "request (26528 tokens) exceeds the available context size (16384 tokens), try increasing it",
        type: "exceed_context_size_error",
      },
    }),
    "CONTEXT_OVERFLOW",
  ),
  row(
    "OpenRouter: context",
    http(400, {
      error: {
        message: "This endpoint's maximum context length is 131072 tokens. However, you requested about 140000 tokens.",
        code: 400,
      },
    }),
    "CONTEXT_OVERFLOW",
  ),
  row(
    "vLLM: context",
    http(400, {
      error: {
        message: "The decoder prompt (length 40000) is longer than the maximum model length of 32768.",
        type: "BadRequestError",
        code: 400,
      },
    }),
    "CONTEXT_OVERFLOW",
  ),
  row(
    "Gemini: context",
    http(400, {
      error: {
        code: 400,
        message: "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
        status: "INVALID_ARGUMENT",
      },
    }),
    "CONTEXT_OVERFLOW",
  ),
];

const CLOUDFLARE =
  "<!DOCTYPE html><html><head><title>Attention Required! | Cloudflare</title></head><body>Sorry, you have been blocked. You are unable to access chatgpt.com</body></html>";
const NETWORK: ProviderRow[] = [
  row("a redirect that moves the address", http(301, "", { location: "/v1/responses" }), "CONFIG_INVALID", /base_url/),
  row("a redirect to a sign-in page", http(302, "", { location: "/login" }), "CONFIG_INVALID", /base_url/),
  row(
    "a redirect that leads in a circle",
    http(307, "", { location: "/v1/responses" }),
    "CONFIG_INVALID",
    /circle.*base_url/,
  ),
  row("a redirect without an address", http(308, "moved"), "CONFIG_INVALID", /base_url/),
  row("Cloudflare: a challenge", page(403, "Just a moment..."), "NETWORK", /proxy.*firewall/),
  row("Cloudflare: blocked", http(403, CLOUDFLARE, { "content-type": "text/html" }), "NETWORK", /proxy.*firewall/),
  row("a company's filter", page(403, "Access Denied"), "NETWORK", /proxy.*firewall/),
  row(
    "Azure OpenAI: firewall",
    http(403, { error: { code: "AccessDenied", message: "Access denied due to Virtual Network/Firewall rules." } }),
    "NETWORK",
  ),
  row("a proxy that wants credentials", http(407, "Proxy Authentication Required"), "NETWORK", /proxy.*credentials/),
  row("a network that wants a sign-in", page(511, "Network Authentication Required"), "NETWORK", /sign in/),
  row("nginx: 405", page(405, "405 Not Allowed"), "CONFIG_INVALID", /base_url/),
  row("a gateway: 405", http(405, "Method Not Allowed"), "CONFIG_INVALID", /base_url/),
  row(
    "nginx: http to https",
    page(400, "400 The plain HTTP request was sent to HTTPS port"),
    "CONFIG_INVALID",
    /https/,
  ),
  row("a gateway: 408", refused(408, "timeout"), "NETWORK"),
  row("a gateway: 409", refused(409, "conflict"), "MODEL_OVERLOADED"),
  row("a gateway: 425", http(425, "Too Early"), "MODEL_OVERLOADED"),
  row("nginx: 499", http(499, "client closed request"), "NETWORK"),
  row("a gateway: 501", http(501, "Not Implemented"), "CONFIG_INVALID", /base_url/),
  row("nginx: 504", page(504, "504 Gateway Time-out"), "MODEL_OVERLOADED"),
  row("Cloudflare: 520", page(520, "520: Web server is returning an unknown error"), "MODEL_OVERLOADED"),
  row("Cloudflare: 524", http(524, "error code: 524"), "MODEL_OVERLOADED"),
  row(
    "Anthropic: 529",
    http(529, { type: "error", error: { type: "overloaded_error", message: "Overloaded" } }),
    "MODEL_OVERLOADED",
  ),
];

const USED_UP = "Billing hard limit has been reached";
const QUOTA_OR_RATE = ["RATE_LIMITED", "USAGE_LIMIT"] as const;
const MONEY: ProviderRow[] = [
  row(
    "OpenAI: no credits, in the stream",
    broken("x", "You have no credits remaining. Add credits to continue using the API."),
    "USAGE_LIMIT",
    /credits/,
  ),
  row(
    "OpenAI: no credits",
    refused(429, "You have no credits remaining. Add credits to continue using the API.", {
      type: "insufficient_quota",
      code: "insufficient_quota",
    }),
    QUOTA_OR_RATE,
    /quota|credits/,
  ),
  row(
    "OpenAI: billing hard limit",
    refused(400, USED_UP, { code: "billing_hard_limit_reached" }),
    "USAGE_LIMIT",
    /billing/,
  ),
  row(
    "OpenAI: billing hard limit, 429",
    refused(429, USED_UP, { type: "insufficient_quota", code: "billing_hard_limit_reached" }),
    QUOTA_OR_RATE,
    /quota|billing/,
  ),
  row(
    "OpenAI: account not active",
    refused(429, "Your account is not active, please check your billing details on our website.", {
      type: "billing_not_active",
      code: "billing_not_active",
    }),
    QUOTA_OR_RATE,
    /quota/,
  ),
  row(
    "OpenAI: account not active, in the stream",
    broken("billing_not_active", "Your account is not active, please check your billing details on our website."),
    "USAGE_LIMIT",
  ),
  row(
    "ChatGPT: usage limit without a reset",
    http(429, {
      error: { type: "usage_limit_reached", message: "The usage limit has been reached", plan_type: "plus" },
    }),
    "USAGE_LIMIT",
    /^(?!.*(reset time|Wait until))/,
  ),
  row(
    "ChatGPT: workspace without credits",
    http(
      429,
      { error: { type: "usage_limit_reached", message: "x", plan_type: "team" } },
      { "x-codex-rate-limit-reached-type": "workspace_owner_credits_depleted" },
    ),
    "USAGE_LIMIT",
  ),
  row(
    "OpenRouter: no credits",
    http(402, { error: { message: "Insufficient credits. This account never purchased credits.", code: 402 } }),
    "USAGE_LIMIT",
  ),
  row(
    "OpenRouter: more credits",
    http(402, {
      error: {
        message:
          "This request requires more credits, or fewer max_tokens. You requested up to 225702 tokens, but can only afford 92985.",
        code: 402,
      },
    }),
    "USAGE_LIMIT",
  ),
  row(
    "OpenRouter: limit of the key",
    http(403, {
      error: {
        message: "Key limit exceeded (total limit). Manage it using https://openrouter.ai/settings/keys",
        code: 403,
      },
    }),
    "USAGE_LIMIT",
  ),
  row("DeepSeek: no balance", refused(402, "Insufficient Balance"), "USAGE_LIMIT"),
  row(
    "Anthropic: no credits",
    http(400, {
      type: "error",
      error: {
        type: "invalid_request_error",
        message:
          "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.",
      },
    }),
    "USAGE_LIMIT",
  ),
  row(
    "LiteLLM: budget",
    refused(400, "Budget has been exceeded! Current cost: 5.0, Max budget: 1.0", {
      type: "budget_exceeded",
      code: "400",
    }),
    "USAGE_LIMIT",
  ),
  row(
    "Azure OpenAI: rate",
    http(429, {
      error: {
        code: "429",
        message:
          "Requests to the Responses_Create Operation under Azure OpenAI API version 2025-04-01-preview have exceeded token rate limit of your current OpenAI S0 pricing tier. Please retry after 52 seconds.",
      },
    }),
    "RATE_LIMITED",
  ),
  row("OpenRouter: rate", http(429, { error: { message: "Provider returned error", code: 429 } }), "RATE_LIMITED"),
  row(
    "LiteLLM: no deployment free",
    refused(429, "No deployments available for selected model, Try again in 60 seconds. Passed model=gpt-5.5."),
    "RATE_LIMITED",
  ),
  row(
    "Bedrock: throttled",
    http(400, { message: "ThrottlingException: Too many requests, please wait before trying again." }),
    "RATE_LIMITED",
  ),
  row("Azure OpenAI: rate, in the stream", broken("too_many_requests", "Too Many Requests"), "RATE_LIMITED"),
  row(
    "OpenAI: overloaded, in the stream",
    broken("slow_down", "The engine is currently overloaded, please try again later"),
    "MODEL_OVERLOADED",
  ),
];

const ACCOUNT: ProviderRow[] = [
  row(
    "OpenAI: wrong key",
    refused(401, "Incorrect API key provided: sk-dummy.", { code: "invalid_api_key" }),
    "AGENT_UNAUTHENTICATED",
    /codex login/,
  ),
  row(
    "ChatGPT: login ended",
    refused(401, "Your authentication token has been invalidated. Please try signing in again.", {
      code: "token_invalidated",
    }),
    "AGENT_UNAUTHENTICATED",
    /codex login/,
  ),
  row(
    "Azure OpenAI: wrong key",
    http(401, {
      error: { code: "401", message: "Access denied due to invalid subscription key or wrong API endpoint." },
    }),
    "AGENT_UNAUTHENTICATED",
  ),
  row(
    "LiteLLM: wrong key",
    refused(401, "Authentication Error, Invalid proxy server token passed.", {
      type: "token_not_found_in_db",
      code: "401",
    }),
    "AGENT_UNAUTHENTICATED",
  ),
  row(
    "OpenRouter: wrong key",
    http(401, { error: { message: "User not found.", code: 401 } }),
    "AGENT_UNAUTHENTICATED",
  ),
  row(
    "AWS: token expired",
    http(403, { message: "The security token included in the request is expired" }),
    "AGENT_UNAUTHENTICATED",
  ),
  row(
    "Gemini: wrong key",
    http(400, {
      error: { code: 400, message: "API key not valid. Please pass a valid API key.", status: "INVALID_ARGUMENT" },
    }),
    "AGENT_UNAUTHENTICATED",
  ),
  row(
    "ChatGPT: workspace deactivated",
    http(402, { detail: { code: "deactivated_workspace" } }),
    "AGENT_UNAUTHENTICATED",
    /deactivated/,
  ),
  row(
    "OpenAI: region",
    refused(403, "Country, region, or territory not supported", {
      type: "request_forbidden",
      code: "unsupported_country_region_territory",
    }),
    "AGENT_UNAUTHENTICATED",
    /region/,
  ),
  row(
    "OpenAI: organization not verified",
    refused(
      400,
      "Your organization must be verified to generate reasoning summaries. Please go to: https://platform.openai.com/settings/organization/general and click on Verify Organization.",
      { param: "reasoning.summary", code: "unsupported_value" },
    ),
    "AGENT_UNAUTHENTICATED",
    /verif/,
  ),
  row(
    "OpenAI: newer CLI",
    refused(
      400,
      "The 'gpt-6-astra' model requires a newer version of Codex. Please upgrade to the latest app or CLI and try again.",
    ),
    "AGENT_UNSUPPORTED",
    /update the Codex CLI/,
  ),
  row(
    "ChatGPT: newer CLI",
    http(400, {
      detail:
        "The 'gpt-5.6-sol' model requires a newer version of Codex. Please upgrade to the latest app or CLI and try again.",
    }),
    "AGENT_UNSUPPORTED",
    /update the Codex CLI/,
  ),
  row(
    "ChatGPT: model of API keys only",
    http(400, { detail: "The 'gpt-5.1-codex' model is not supported when using Codex with a ChatGPT account." }),
    "MODEL_NOT_FOUND",
  ),
];

const MODEL: ProviderRow[] = [
  row(
    "Azure OpenAI: deployment",
    http(404, {
      error: {
        code: "DeploymentNotFound",
        message:
          "The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again.",
      },
    }),
    "MODEL_NOT_FOUND",
  ),
  row(
    "Azure OpenAI: address",
    http(404, { error: { code: "404", message: "Resource not found" } }),
    "CONFIG_INVALID",
    /base_url/,
  ),
  row(
    "Azure OpenAI: API version",
    http(400, {
      error: {
        code: "BadRequest",
        message: "Azure OpenAI Responses API is enabled only for api-version 2025-03-01-preview and later",
      },
    }),
    "CONFIG_INVALID",
    /query_params/,
  ),
  row(
    "Ollama: model",
    http(404, { error: { message: 'model "gpt-5.5" not found, try pulling it first', type: "api_error" } }),
    "MODEL_NOT_FOUND",
  ),
  row("Ollama: address", http(404, "404 page not found"), "CONFIG_INVALID", /base_url/),
  row(
    "Ollama: no tools",
    http(400, { error: { message: "registry.ollama.ai/library/gemma:2b does not support tools", type: "api_error" } }),
    "MODEL_NOT_FOUND",
    /tools/,
  ),
  row(
    "vLLM: model",
    http(404, {
      error: { message: "The model `gpt-5.5` does not exist.", type: "NotFoundError", param: "model", code: 404 },
    }),
    "MODEL_NOT_FOUND",
  ),
  row("vLLM: address", http(404, { detail: "Not Found" }), "CONFIG_INVALID", /base_url/),
  row(
    "LiteLLM: model",
    refused(
      400,
      "{'error': '/responses: Invalid model name passed in model=gpt-5.5. Call `/v1/models` to view available models for your key.'}",
    ),
    "MODEL_NOT_FOUND",
  ),
  row(
    "LiteLLM: model of the key",
    refused(
      403,
      "key not allowed to access model. This key can only access models=['gpt-4o']. Tried to access gpt-5.5",
      { type: "key_model_access_denied" },
    ),
    "MODEL_NOT_FOUND",
  ),
  row(
    "LiteLLM: no deployment",
    refused(
      400,
      "litellm.BadRequestError: You passed in model=gpt-5.5. There are no healthy deployments for this model.",
    ),
    "MODEL_NOT_FOUND",
  ),
  row(
    "OpenRouter: model",
    http(400, { error: { message: "openai/gpt-55 is not a valid model ID", code: 400 } }),
    "MODEL_NOT_FOUND",
  ),
  row(
    "OpenRouter: no endpoint",
    http(404, { error: { message: "No endpoints found for openai/gpt-9.", code: 404 } }),
    "MODEL_NOT_FOUND",
  ),
  row(
    "OpenRouter: no endpoint with tools",
    http(404, { error: { message: "No endpoints found that support tool use.", code: 404 } }),
    "MODEL_NOT_FOUND",
    /tools/,
  ),
  row(
    "OpenRouter: privacy settings",
    http(404, {
      error: { message: "No endpoints found matching your data policy (Free model publication).", code: 404 },
    }),
    "CONFIG_INVALID",
    /privacy/,
  ),
  row("Bedrock: model", http(400, { message: "The provided model identifier is invalid." }), "MODEL_NOT_FOUND"),
  row(
    "Bedrock: access to the model",
    http(403, { message: "You don't have access to the model with the specified model ID." }),
    "MODEL_NOT_FOUND",
  ),
  row(
    "new-api: model",
    http(503, {
      error: {
        message: "No available channel for model gpt-5.5 under group default (distributor)",
        type: "new_api_error",
        code: "model_not_found",
      },
    }),
    ["MODEL_NOT_FOUND", "MODEL_OVERLOADED"],
  ),
];

const PROMPT: ProviderRow[] = [
  row(
    "OpenAI: cyber policy",
    broken("cyber_policy", "This request has been flagged for possible cybersecurity risk."),
    "TURN_FAILED",
    /refused the prompt/,
  ),
  row(
    "OpenAI: bio policy",
    broken("bio_policy", "This request has been flagged for possible biological risk."),
    "TURN_FAILED",
    /refused the prompt/,
  ),
  row(
    "OpenAI: usage policy",
    refused(400, "Invalid prompt: your prompt was flagged as potentially violating our usage policy.", {
      code: "invalid_prompt",
    }),
    "TURN_FAILED",
    /refused the prompt/,
  ),
  row(
    "Azure OpenAI: content filter",
    refused(
      400,
      "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry.",
      { param: "prompt", code: "content_filter" },
    ),
    "TURN_FAILED",
    /refused the prompt/,
  ),
  row(
    "OpenRouter: moderation",
    http(403, {
      error: {
        message:
          'The model requires moderation on OpenAI. Your input was flagged for "violence". No credits were charged.',
        code: 403,
      },
    }),
    "TURN_FAILED",
    /refused the prompt/,
  ),
  // What the caller did not ask for is the user's config.
  row(
    "OpenAI: effort of the config",
    refused(
      400,
      "Unsupported value: 'xhigh' is not supported with the 'gpt-5.5' model. Supported values are: 'low', 'medium', and 'high'.",
      { param: "reasoning.effort", code: "unsupported_value" },
    ),
    "CONFIG_INVALID",
    /model_reasoning_effort.*low, medium, high/,
  ),
  row(
    "OpenAI: verbosity of the config",
    refused(
      400,
      "Unsupported value: 'low' is not supported with the 'gpt-5.1-codex' model. Supported values are: 'medium'.",
      { param: "text.verbosity", code: "unsupported_value" },
    ),
    "CONFIG_INVALID",
    /model_verbosity.*medium/,
  ),
  row(
    "ChatGPT: a parameter that Codex sends",
    http(400, { detail: "Unsupported parameter: max_output_tokens" }),
    "CONFIG_INVALID",
  ),
  row(
    "OpenAI: tool of an MCP server",
    refused(
      400,
      "Invalid schema for function 'mcp__x__y': In context=('properties', 'z'), array schema missing items.",
      { param: "tools[12].parameters", code: "invalid_function_parameters" },
    ),
    "CONFIG_INVALID",
    /MCP/,
  ),
];

export const PROVIDER_ROWS: readonly ProviderRow[] = [
  ...HISTORY,
  ...TOO_LONG,
  ...NETWORK,
  ...MONEY,
  ...ACCOUNT,
  ...MODEL,
  ...PROMPT,
];
