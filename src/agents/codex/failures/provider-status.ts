// Reads the HTTP status of a refused request, for cases in which the provider's words say nothing more.
import { ASK_FOR_QUOTA, type Reading } from "./codex-failures.ts";
import type { ProviderAnswer } from "./provider-answer.ts";
import { EDGE } from "./provider-words.ts";

const ADDRESS =
  "Ask the user to check `base_url` and `wire_api` of the model provider in Codex's config, and the model.";
const REFUSED: Reading = { code: "TURN_FAILED", summary: "The model provider refused the request." };
const WRONG_ADDRESS: Reading = {
  code: "CONFIG_INVALID",
  summary: "The address of the model provider does not take what Codex sends there.",
  nextStep: ADDRESS,
};
const MOVED: Reading = {
  code: "CONFIG_INVALID",
  summary: "The address of the model provider leads to another one.",
  nextStep: ADDRESS,
};
const PASSING: Reading = {
  code: "MODEL_OVERLOADED",
  summary: "The model provider could not take the request just now.",
};
const FORBIDDEN: Reading = {
  code: "AGENT_UNAUTHENTICATED",
  summary: "The model provider forbids this account the request.",
  nextStep:
    "Ask the user whether the account, its plan and its region may use this model; `codex login` changes the account.",
};

const BY_STATUS: Readonly<Record<number, Reading>> = {
  401: { code: "AGENT_UNAUTHENTICATED", summary: "The model provider refused Codex's credential." },
  402: {
    code: "USAGE_LIMIT",
    summary: "The quota of the model provider's account is used up.",
    nextStep: ASK_FOR_QUOTA,
  },
  403: FORBIDDEN,
  404: {
    code: "CONFIG_INVALID",
    summary: "The model provider has nothing at the address that Codex asked, or not for this model.",
    nextStep: ADDRESS,
  },
  405: WRONG_ADDRESS,
  406: WRONG_ADDRESS,
  407: {
    code: "NETWORK",
    summary: "The proxy between this machine and the model provider wants credentials.",
    nextStep:
      "Ask the user to correct the proxy's credentials (HTTPS_PROXY of the environment that starts the bridge).",
  },
  408: { code: "NETWORK", summary: "The request took too long to reach the model provider." },
  409: PASSING,
  410: WRONG_ADDRESS,
  411: WRONG_ADDRESS,
  413: {
    code: "CONTEXT_OVERFLOW",
    summary: "The request is too large for the model provider, or for a gateway before it.",
  },
  415: WRONG_ADDRESS,
  421: WRONG_ADDRESS,
  // Bedrock: the model could not be asked.
  424: PASSING,
  425: PASSING,
  426: WRONG_ADDRESS,
  429: {
    code: "RATE_LIMITED",
    // For a 429 the CLIs report nothing else, not even that a quota is used up.
    summary: "The model provider refused the request for now: too many requests, or a quota that is used up.",
    nextStep:
      "Wait a minute, then continue the thread with codex-reply; if it fails again, ask the user to look at the account's quota.",
  },
  431: {
    code: "CONFIG_INVALID",
    summary: "The headers of Codex's request are too large for the model provider.",
    nextStep: "Ask the user to look at `http_headers` and `env_http_headers` of the model provider in Codex's config.",
  },
  451: FORBIDDEN,
  // nginx: a gateway gave up.
  499: { code: "NETWORK", summary: "A gateway before the model provider gave up the request." },
  501: WRONG_ADDRESS,
  505: WRONG_ADDRESS,
  511: {
    code: "NETWORK",
    summary: "The network wants a sign-in before it lets anything through.",
    nextStep: "Ask the user to sign in to the network, then continue the thread with codex-reply.",
  },
};

/** Reads the status; undefined for a failure inside the stream. */
export function readStatus({ status, isPage }: ProviderAnswer): Reading | undefined {
  if (status === undefined) return undefined;
  // An API never answers with a page for people.
  if (isPage && (status === 400 || status === 403 || status === 406)) return EDGE;
  const known = BY_STATUS[status];
  if (known !== undefined) return known;
  if (status >= 500) {
    return { code: "MODEL_OVERLOADED", summary: "The model provider is overloaded or has an error of its own." };
  }
  return status < 400 ? MOVED : REFUSED;
}
