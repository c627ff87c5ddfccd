// Logs a server in with an API key. A server passes over CODEX_API_KEY and would use the account of `codex login` instead
// (docs/codex-cli.md#app-server-credentials).
import { BridgeError } from "../../../domain/errors.ts";
import { toRpcError } from "../../codex/failures/rpc-failure.ts";
import { readFields, readText } from "../protocol/fields.ts";
import { RpcError, UnreadableAnswer } from "./server-errors.ts";
import type { RequestLimits, ServerConnection } from "./server-types.ts";

/** The config with which a login stays in the server's memory. Without it the key would replace the login in `auth.json`. */
export const LOGIN_IN_MEMORY = ["cli_auth_credentials_store", "ephemeral"] as const;

/**
 * Logs in a server that was started with LOGIN_IN_MEMORY. Rejects as a request does, or with a BridgeError that does not contain the key:
 * AGENT_UNAUTHENTICATED if Codex refuses the key, AGENT_UNSUPPORTED if it would store the key, or an error of `toRpcError`.
 */
export async function logIn(
  connection: Pick<ServerConnection, "request">,
  apiKey: string,
  limits: RequestLimits,
): Promise<void> {
  await checkStore(connection, limits);
  const method = "account/login/start";
  const answer = await connection.request(method, { type: "apiKey", apiKey }, limits).catch((error: unknown) => {
    throw error instanceof RpcError ? toRefusal(error.message.replaceAll(apiKey, "[redacted]")) : error;
  });
  if (readText(answer, "type") !== "apiKey") throw new UnreadableAnswer(method, "it is not that of an API key");
}

// A layer above the options of the command line may choose another store, such as the machine's managed config.
async function checkStore(connection: Pick<ServerConnection, "request">, limits: RequestLimits): Promise<void> {
  const method = "config/read";
  const answer = await connection.request(method, {}, limits).catch((error: unknown) => {
    throw error instanceof RpcError ? toRpcError({ method, code: error.code, message: error.message }) : error;
  });
  const [name, store] = LOGIN_IN_MEMORY;
  if (readText(readFields(answer, "config"), name) === store) return;
  throw new BridgeError("AGENT_UNSUPPORTED", `The app server would store the API key: ${name} is not ${store}.`, {
    nextStep: "Ask the user to run `codex login` instead of setting CODEX_API_KEY, or to set BRIDGE_BACKEND=exec.",
  });
}

function toRefusal(agentText: string): BridgeError {
  return new BridgeError("AGENT_UNAUTHENTICATED", "Codex's app server refused the API key. No turn was started.", {
    agentText,
    nextStep: "Ask the user to correct CODEX_API_KEY or OPENAI_API_KEY, or what their Codex config says of logins.",
  });
}
