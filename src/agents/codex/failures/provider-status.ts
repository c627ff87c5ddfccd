// Explains a refused request by its HTTP status, if the provider's words are not known.
import { ASK_FOR_QUOTA, type Explanation } from "./codex-failures.ts";
import type { ProviderAnswer } from "./provider-answer.ts";
import { EDGE } from "./provider-words.ts";

const ADDRESS =
  "Ask the user to check `base_url` and `wire_api` of the model provider in Codex's config, and the model.";
const REFUSED: Explanation = { code: "TURN_FAILED", summary: "The model provider refused the request." };
const WRONG_ADDRESS: Explanation = {
  code: "CONFIG_INVALID",
  summary: "The address of the model provider does not accept Codex's requests.",
  nextStep: ADDRESS,
};
const MOVED: Explanation = {
  code: "CONFIG_INVALID",
  summary: "The address of the model provider redirects to another one.",
  nextStep: ADDRESS,
};
const PASSING: Explanation = {
  code: "MODEL_OVERLOADED",
  summary: "The model provider could not take the request at the moment.",
};
const FORBIDDEN: Explanation = {
  code: "AGENT_UNAUTHENTICATED",
  summary: "The model provider does not allow this account to make the request.",
  nextStep:
    "Ask the user whether the account, its plan and its region may use this model. `codex login` changes the account.",
};

const BY_STATUS: Readonly<Record<number, Explanation>> = {
  401: { code: "AGENT_UNAUTHENTICATED", summary: "The model provider refused Codex's credential." },
  402: {
    code: "USAGE_LIMIT",
    summary: "The quota of the model provider's account is used up.",
    nextStep: ASK_FOR_QUOTA,
  },
  403: FORBIDDEN,
  404: {
    code: "CONFIG_INVALID",
    summary: "The model provider has nothing at the address that Codex called, or does not have this model there.",
    nextStep: ADDRESS,
  },
  405: WRONG_ADDRESS,
  406: WRONG_ADDRESS,
  407: {
    code: "NETWORK",
    summary: "The proxy between this machine and the model provider requires credentials.",
    nextStep:
      "Ask the user to correct the proxy's credentials (HTTPS_PROXY in the environment that starts the bridge).",
  },
  408: { code: "NETWORK", summary: "The request took too long to reach the model provider." },
  409: PASSING,
  410: WRONG_ADDRESS,
  411: WRONG_ADDRESS,
  413: {
    code: "CONTEXT_OVERFLOW",
    summary: "The request is too large for the model provider, or for a gateway in front of it.",
  },
  415: WRONG_ADDRESS,
  421: WRONG_ADDRESS,
  // Bedrock: the model could not be asked.
  424: PASSING,
  425: PASSING,
  426: WRONG_ADDRESS,
  429: {
    code: "RATE_LIMITED",
    // For a 429 the CLIs report only the status, even if a quota is used up.
    summary: "The model provider refused the request for now: too many requests, or a quota that is used up.",
    nextStep:
      "Wait a minute, then continue the thread with codex-reply. If it fails again, ask the user to check the account's quota.",
  },
  431: {
    code: "CONFIG_INVALID",
    summary: "The headers of Codex's request are too large for the model provider.",
    nextStep: "Ask the user to check `http_headers` and `env_http_headers` of the model provider in Codex's config.",
  },
  451: FORBIDDEN,
  // nginx: the gateway gave up.
  499: { code: "NETWORK", summary: "A gateway in front of the model provider gave up the request." },
  501: WRONG_ADDRESS,
  505: WRONG_ADDRESS,
  511: {
    code: "NETWORK",
    summary: "The network requires a sign-in before it lets requests through.",
    nextStep: "Ask the user to sign in to the network, then continue the thread with codex-reply.",
  },
};

/** Explains the status; undefined for a failure inside the stream. */
export function readStatus({ status, isPage }: ProviderAnswer): Explanation | undefined {
  if (status === undefined) return undefined;
  // An API never answers with an HTML page.
  if (isPage && (status === 400 || status === 403 || status === 406)) return EDGE;
  const known = BY_STATUS[status];
  if (known !== undefined) return known;
  if (status >= 500) {
    return { code: "MODEL_OVERLOADED", summary: "The model provider is overloaded or has an internal error." };
  }
  return status < 400 ? MOVED : REFUSED;
}
