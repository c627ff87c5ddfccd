// How a request to an app server fails.
import type { JsonValue } from "../../../domain/json.ts";

/** How a server ended. */
export interface ServerEnd {
  readonly exitCode: number | undefined;
  /** Signal that ended it, the bridge's own included. */
  readonly signal: string | undefined;
  /** The last 16 KiB of its stderr. */
  readonly stderr: string;
  /** Whether the bridge ended it. */
  readonly isOurs: boolean;
}

/** The server refused a request, or a listener refuses a question of the server's. */
export class RpcError extends Error {
  readonly code: number;
  readonly data: JsonValue | undefined;

  constructor(code: number, message: string, data?: JsonValue) {
    super(message);
    this.name = "RpcError";
    this.code = code;
    this.data = data;
  }
}

/** The server ended before it answered. */
export class ServerEnded extends Error {
  readonly end: ServerEnd;

  constructor(end: ServerEnd) {
    super(`the app server ended (${end.signal ?? `exit code ${end.exitCode ?? "unknown"}`})`);
    this.name = "ServerEnded";
    this.end = end;
  }
}

/** The server did not answer in time. */
export class RequestTimedOut extends Error {
  constructor(method: string, timeoutMs: number) {
    super(`the app server did not answer ${method} within ${timeoutMs} ms`);
    this.name = "RequestTimedOut";
  }
}

/** The server answered with something else than a JSON object, or with more than can be read. */
export class UnreadableAnswer extends Error {
  constructor(method: string, why: string) {
    super(`the app server's answer to ${method} cannot be read: ${why}`);
    this.name = "UnreadableAnswer";
  }
}
