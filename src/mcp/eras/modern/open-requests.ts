// Requests of the new era, from their coming to their answer. Nothing is sent for one after its cancel or its answer.
import type { JSONRPCMessage, JSONRPCRequest, RequestId } from "@modelcontextprotocol/sdk/types.js";
import type { Logger } from "../../../domain/logger.ts";
import type { MessageTaker } from "../era-split.ts";
import { isModern } from "./envelope.ts";
import type { RpcError } from "./rpc-error.ts";

/** A request while it is open. */
export interface OpenRequest {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** Aborts when the client cancels the request, or with the connection. */
  readonly signal: AbortSignal;
  /** Sends a notification that belongs to it. Resolves once it is written. Never rejects. */
  readonly notify: (method: string, params: Record<string, unknown>) => Promise<void>;
}

/** What a request is answered with. */
export type RpcAnswer = { readonly result: Record<string, unknown> } | { readonly error: RpcError };

/** What the requests of a connection need. */
export interface OpenRequestsOptions {
  readonly send: (message: JSONRPCMessage) => Promise<void>;
  readonly answer: (request: OpenRequest) => RpcAnswer | Promise<RpcAnswer>;
  readonly logger: Logger;
}

const INTERNAL_ERROR = -32_603;

/** Takes the requests of the new era, and the cancels of those that are open. */
export function createOpenRequests({ send, answer, logger }: OpenRequestsOptions): MessageTaker {
  const open = new Map<RequestId, AbortController>();

  async function run({ id, method, params = {} }: JSONRPCRequest): Promise<void> {
    const controller = new AbortController();
    open.set(id, controller);
    const { signal } = controller;
    const isOpen = (): boolean => open.get(id) === controller;
    const notify = async (name: string, its: Record<string, unknown>): Promise<void> => {
      if (isOpen()) await send({ jsonrpc: "2.0", method: name, params: its });
    };
    const told = await settle(() => answer({ method, params, signal, notify }), logger);
    if (!isOpen()) return;
    open.delete(id);
    const message: JSONRPCMessage =
      "error" in told ? { jsonrpc: "2.0", id, error: told.error } : { jsonrpc: "2.0", id, result: told.result };
    await send(message);
  }

  function cancel(id: RequestId): boolean {
    const controller = open.get(id);
    open.delete(id);
    controller?.abort();
    return controller !== undefined;
  }

  return {
    take: (message) => {
      if (!("method" in message)) return false;
      if ("id" in message) {
        if (!isModern(message.params)) return false;
        run(message).catch((error: unknown) => logger.error({ err: error }, "an answer was not sent"));
        return true;
      }
      const id = message.method === "notifications/cancelled" ? message.params?.["requestId"] : undefined;
      return (typeof id === "string" || typeof id === "number") && cancel(id);
    },
    close: () => {
      for (const id of [...open.keys()]) cancel(id);
    },
  };
}

// A fault of ours is an answer too: otherwise its caller would wait for ever.
async function settle(act: () => RpcAnswer | Promise<RpcAnswer>, logger: Logger): Promise<RpcAnswer> {
  try {
    return await act();
  } catch (error) {
    logger.error({ err: error }, "a request failed");
    return { error: { code: INTERNAL_ERROR, message: "Internal error" } };
  }
}
