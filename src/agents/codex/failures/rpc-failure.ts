// Explains why Codex's app server refused a request (docs/codex-cli.md#app-server-events).
import type { BridgeError } from "../../../domain/errors.ts";
import { type Row, readRows } from "./codex-failures.ts";
import { toError } from "./failure.ts";
import { CANNOT_RESUME, readStartWords } from "./failure-start.ts";
import { readSandboxWords } from "./sandbox-words.ts";

/** A request that the app server refused. */
export interface RefusedRequest {
  readonly method: string;
  /** JSON-RPC code: -32600 to -32602 for a request that it does not accept, -32603 for a failure of its own. */
  readonly code: number;
  readonly message: string;
}

// The server's words for a request of another shape: an unknown method and an unknown value read alike.
const BY_REQUEST: readonly Row[] = [
  [
    /^Invalid request: unknown (?:variant|field)|^Method not found/i,
    "AGENT_UNSUPPORTED",
    "This Codex CLI does not have a request or a value that the bridge needs.",
    "Ask the user to install another version of the Codex CLI, or to set BRIDGE_BACKEND=exec.",
  ],
  // `codex exec` narrows the sandbox instead, and says so in the rollout.
  [
    /invalid value for `(?:sandbox_mode|approval_policy)`: .{0,100} is not in the allowed set/i,
    "SANDBOX_DENIED",
    "The requirements that Codex has on this machine do not allow this sandbox or approval policy.",
    "Use one of those that Codex's words name.",
  ],
  [/^Invalid request: |^(?:Not|Already) initialized/i, "PROTOCOL_ERROR", "Codex did not understand the bridge."],
];

/** Makes the error of a refused request. Its agent text is what the server said, shortened. */
export function toRpcError({ method, code, message }: RefusedRequest): BridgeError {
  const isResume = method === "thread/resume" || method === "thread/fork";
  const known = readSandboxWords(message) ?? readRows(message, BY_REQUEST) ?? readStartWords(message, isResume);
  if (known !== undefined) return toError(known, message);
  if (isResume) return toError(CANNOT_RESUME, message);
  const isOurs = code <= -32_600 && code >= -32_602;
  return isOurs
    ? toError({ code: "PROTOCOL_ERROR", summary: `Codex did not accept the request ${method}.` }, message)
    : toError({ code: "AGENT_BROKEN", summary: `Codex failed at the request ${method}.` }, message);
}
