// Two engines on one connection: the requests of the new era go to ours, everything else to the SDK's.
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";

/** An engine that takes its share of a connection's messages. */
export interface MessageTaker {
  /** Takes a message, if it is one of its own. */
  take(message: JSONRPCMessage): boolean;
  /** The connection has ended. */
  close(): void;
}

/** Gives `modern` the first look at what comes; the result is the connection as everybody else sees it. */
export function splitByEra(transport: Transport, modern: MessageTaker): Transport {
  const rest: Transport = {
    start: () => {
      transport.onmessage = (message, extra) => {
        if (!modern.take(message)) rest.onmessage?.(message, extra);
      };
      transport.onclose = () => {
        modern.close();
        rest.onclose?.();
      };
      transport.onerror = (error) => rest.onerror?.(error);
      return transport.start();
    },
    send: (message, options) => transport.send(message, options),
    close: () => transport.close(),
  };
  return rest;
}
