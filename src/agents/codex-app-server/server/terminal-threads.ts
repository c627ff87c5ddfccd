// Whether a server that terminals can open is in use by one: the bridge has no lease for a thread that the user has begun there.
import { RequestTimedOut, ServerEnded } from "./server-errors.ts";
import type { ServerConnection } from "./server-types.ts";

/** The server answers within a few milliseconds, also while turns run. */
const ANSWER_MS = 10_000;

/** Whether the server has threads loaded. In doubt it has; one that does not answer in time serves no terminal either. Never rejects. */
export async function hasThreads(connection: ServerConnection): Promise<boolean> {
  try {
    const { data } = await connection.request("thread/loaded/list", {}, { timeoutMs: ANSWER_MS });
    return !Array.isArray(data) || data.length > 0;
  } catch (error) {
    return !(error instanceof RequestTimedOut || error instanceof ServerEnded);
  }
}
