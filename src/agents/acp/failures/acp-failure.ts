// Why a turn failed. ACP has no errors for what a provider refuses: each agent puts its own words into a JSON-RPC error
// (docs/other-agents.md#failures).
import { cutText } from "../../../domain/cut-text.ts";
import type { ErrorCode } from "../../../domain/error-codes.ts";
import { BridgeError } from "../../../domain/errors.ts";
import { isRecord } from "../../../domain/guards.ts";
import type { Redact } from "../../../domain/redact.ts";
import type { ProgramEnd } from "../../../process/program.ts";
import type { AcpAgent } from "../acp-agent.ts";

const MAX_WORDS = 1_000;

interface Kind {
  readonly code: ErrorCode;
  readonly message: (name: string) => string;
  readonly nextStep?: string;
}

const LOGIN: Kind = {
  code: "AGENT_UNAUTHENTICATED",
  message: (name) => `${name} is not logged in, or the provider did not accept its login.`,
  nextStep: "Ask the user to start the agent in a terminal and to log in, or to correct its API key.",
};
const USAGE: Kind = { code: "USAGE_LIMIT", message: (name) => `The usage limit of the account of ${name} is reached.` };
const RATE: Kind = { code: "RATE_LIMITED", message: () => "The provider refuses further requests for a while." };
const OVERLOADED: Kind = { code: "MODEL_OVERLOADED", message: () => "The provider cannot answer just now." };
const NO_MODEL: Kind = {
  code: "MODEL_NOT_FOUND",
  message: () => "The provider does not have this model for this account.",
};
const TOO_LONG: Kind = {
  code: "CONTEXT_OVERFLOW",
  message: () => "The thread no longer fits into the model's context.",
};
const NETWORK: Kind = {
  code: "NETWORK",
  message: (name) => `${name} lost its connection to the provider, or found none.`,
};
const PROTOCOL: Kind = { code: "PROTOCOL_ERROR", message: (name) => `${name} broke the Agent Client Protocol.` };
const FAILED: Kind = { code: "TURN_FAILED", message: () => "The turn failed." };

/** The first that fits counts. Words come first: agents report a model that is not there as 500, and a text that is too long as 400. */
const WORDS: readonly (readonly [RegExp, Kind])[] = [
  [
    /token count.{0,80}exceeds|ContextOverflow|context.{0,20}(?:length|window|limit)|prompt is too long|maximum context/is,
    TOO_LONG,
  ],
  [
    /API[ _]key not valid|invalid api key|incorrect api key|UNAUTHENTICATED|unauthorized|authentication required|not logged in|please log ?in/i,
    LOGIN,
  ],
  [
    /daily quota|exhausted your .{0,40}quota|insufficient_quota|exceeded your current quota|usage limit|credit balance/i,
    USAGE,
  ],
  [/\bmodels?\b.{0,80}(?:not found|does not exist|not supported|unknown)|unknown model|ModelNotFound/is, NO_MODEL],
  [/RESOURCE_EXHAUSTED|rate.?limit|too many requests/i, RATE],
  [/overloaded|UNAVAILABLE/i, OVERLOADED],
  [/ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|fetch failed|socket hang up|premature close/i, NETWORK],
];

const STATUS: Readonly<Record<number, Kind>> = { 401: LOGIN, 403: LOGIN, 404: NO_MODEL, 413: TOO_LONG, 429: RATE };

/** `auth_required` of the protocol. */
const AUTH_REQUIRED = -32_000;
/** From "parse error" to "invalid params" of JSON-RPC. */
const BROKEN_CODES = [-32_700, -32_600, -32_601, -32_602];

/** The error of a request that the agent refused. A BridgeError stays as it is. */
export function toAcpFailure(error: unknown, { name }: AcpAgent, redact: Redact): BridgeError {
  if (error instanceof BridgeError) return error;
  const code = isRecord(error) && typeof error["code"] === "number" ? error["code"] : undefined;
  const words = toWords(error);
  const { code: ours, message, nextStep } = judge(code, words);
  return new BridgeError(ours, message(name), { nextStep, agentText: toAgentText(words, redact), cause: error });
}

function judge(code: number | undefined, words: string): Kind {
  if (code === AUTH_REQUIRED) return LOGIN;
  const found = WORDS.find(([pattern]) => pattern.test(words))?.[1];
  if (found !== undefined) return found;
  // Where the agent has no field for the status, its words begin with it.
  const status = code !== undefined && code > 0 ? code : Number(/^\s*(?:HTTP )?([45]\d\d)\b/.exec(words)?.[1] ?? 0);
  if (status >= 500) return OVERLOADED;
  if (code !== undefined && BROKEN_CODES.includes(code)) return PROTOCOL;
  return STATUS[status] ?? FAILED;
}

/** Why a turn that the agent calls ended is no success; undefined if it is one. */
export function findStopFailure(stopReason: unknown, hasWorked: boolean, { name }: AcpAgent): BridgeError | undefined {
  switch (stopReason) {
    case "end_turn":
      // An adapter was seen to answer a refused request so.
      return hasWorked
        ? undefined
        : new BridgeError(
            "TURN_FAILED",
            `${name} ended its turn without a word. Its provider may have refused the request.`,
          );
    case "max_tokens":
      return new BridgeError("TURN_FAILED", "The model reached its limit of tokens, so its answer is cut.");
    case "max_turn_requests":
      return new BridgeError("TURN_FAILED", `${name} reached its own limit of requests in a turn.`);
    case "refusal":
      return new BridgeError("TURN_FAILED", "The model refused to go on.");
    case "cancelled":
      return new BridgeError("TURN_FAILED", `${name} cancelled its turn by itself.`);
    default:
      return new BridgeError("PROTOCOL_ERROR", `${name} ended its turn without saying how.`);
  }
}

/** The failure of a process that ended in a turn. `hasSpoken`: it said something that could be read. */
export function toExitFailure(
  end: ProgramEnd,
  { name, install }: AcpAgent,
  hasSpoken: boolean,
  redact: Redact,
): BridgeError {
  const agentText = toAgentText(end.stderr, redact);
  if (end.spawnError !== undefined) {
    return new BridgeError("AGENT_BROKEN", `${name} could not be started.`, {
      agentText: end.spawnError.message,
      nextStep: install,
    });
  }
  const how = end.signal === undefined ? `with code ${end.exitCode}` : `by the signal ${end.signal}`;
  if (hasSpoken)
    return new BridgeError("AGENT_EXITED", `${name} ended ${how} before its turn was over.`, { agentText });
  const known = WORDS.find(([pattern]) => pattern.test(end.stderr))?.[1];
  if (known !== undefined)
    return new BridgeError(known.code, known.message(name), { nextStep: known.nextStep, agentText });
  return new BridgeError(
    "AGENT_BROKEN",
    `${name} ended ${how} before it answered. Its command may not speak the Agent Client Protocol.`,
    { agentText, nextStep: install },
  );
}

/** The error of an agent that asks a person to log in where its protocol should be; undefined for any other line (docs/other-agents.md#gemini-cli). */
export function findLoginQuestion(line: string, { name }: AcpAgent): BridgeError | undefined {
  const [words] = /visit the following URL to authorize|enter the authorization code/i.exec(line) ?? [];
  if (words === undefined) return undefined;
  return new BridgeError(LOGIN.code, LOGIN.message(name), { nextStep: LOGIN.nextStep, agentText: words });
}

// The message, and what agents put beside it: `details`, `errorName`.
function toWords(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const data = isRecord(error) ? error["data"] : undefined;
  const more = isRecord(data) ? Object.values(data).filter((value) => typeof value === "string") : [];
  return [...more, message].join("\n");
}

function toAgentText(words: string, redact: Redact): string | undefined {
  const text = cutText(redact(words.trim()), MAX_WORDS);
  return text === "" ? undefined : text;
}
