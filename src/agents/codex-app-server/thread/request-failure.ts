// Explains why a request to the app server brought nothing.
import { BridgeError } from "../../../domain/errors.ts";
import { toRpcError } from "../../codex/failures/rpc-failure.ts";
import { RequestTimedOut, RpcError, ServerEnded, UnreadableAnswer } from "../server/server-errors.ts";

/** How much of its stderr is told. */
const LINES = 4;

/** The error for the caller. An error that does not come from the request is passed on as it is. */
export function toRequestFailure(error: unknown, method: string): unknown {
  if (error instanceof RpcError) return toRpcError({ method, code: error.code, message: error.message });
  if (error instanceof ServerEnded) {
    const message = `Codex's app server ended (${describeEnd(error)}) before it had answered ${method}.`;
    return new BridgeError("AGENT_EXITED", message, { agentText: lastLines(error.end.stderr) });
  }
  if (error instanceof RequestTimedOut || error instanceof UnreadableAnswer) {
    return new BridgeError("AGENT_NOT_ANSWERING", `Codex's app server does not answer as it must: ${error.message}.`);
  }
  return error;
}

// Whole lines, since half a secret would not be recognised as one.
function lastLines(text: string): string | undefined {
  return text.trim().split("\n").slice(-LINES).join("\n") || undefined;
}

function describeEnd({ end }: ServerEnded): string {
  return end.signal ?? `exit code ${end.exitCode ?? "unknown"}`;
}
