// Gives each of the client's requests an id of our own. With the client's ids the SDK misses some cancels and mixes up some answers
// (docs/mcp.md#request-ids-of-the-sdk). It also logs the whole of a stray answer, and drops a malformed one, so that its question would
// wait for ever.
import {
  isJSONRPCErrorResponse,
  isJSONRPCResultResponse,
  type JSONRPCMessage,
  type RequestId,
} from "@modelcontextprotocol/sdk/types.js";
import { INVALID_REQUEST } from "./envelope.ts";

type Answer = Exclude<JSONRPCMessage, { method: string }>;

/** Translates ids on their way in and out. */
export interface RequestIds {
  /** A client's message as the SDK gets it: a request with our own id, one cancel for each request that it names, or an answer to a question. */
  takeIn(message: JSONRPCMessage): readonly JSONRPCMessage[];
  /** A message as the client gets it; undefined for the answer to a cancelled request. */
  giveOut(message: JSONRPCMessage): JSONRPCMessage | undefined;
}

/** Makes the translation for one connection. Answered and cancelled requests are forgotten. */
export function createRequestIds(): RequestIds {
  const open = new Map<RequestId | undefined, RequestId>();
  const asked = new Set<RequestId>();
  let last = 0;

  function takeCancelled(clientId: unknown): JSONRPCMessage[] {
    const cancelled = [...open].filter(([, id]) => id === clientId);
    return cancelled.map(([requestId]) => {
      open.delete(requestId);
      return { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId } };
    });
  }

  // Some clients return a number as text.
  function takeAnswer(message: Answer): JSONRPCMessage[] {
    const id = [...asked].find((known) => known === message.id || String(known) === message.id);
    if (id === undefined) return [];
    asked.delete(id);
    return [toAnswer(message, id)];
  }

  return {
    takeIn: (message) => {
      if (!("method" in message)) return takeAnswer(message);
      if ("id" in message) {
        last += 1;
        open.set(last, message.id);
        return [{ ...message, id: last }];
      }
      return message.method === "notifications/cancelled" ? takeCancelled(message.params?.["requestId"]) : [message];
    },
    giveOut: (message) => {
      if ("method" in message) {
        if ("id" in message) asked.add(message.id);
        else if (message.method === "notifications/cancelled") asked.delete(message.params?.["requestId"] as RequestId);
        return message;
      }
      const id = open.get(message.id);
      open.delete(message.id);
      return id === undefined ? undefined : { ...message, id };
    },
  };
}

function toAnswer(message: Answer, id: RequestId): JSONRPCMessage {
  if (isJSONRPCErrorResponse(message)) return { ...message, id };
  if (!isJSONRPCResultResponse(message)) {
    const error = { code: INVALID_REQUEST, message: "The answer is neither a result nor an error" };
    return { jsonrpc: "2.0", id, error };
  }
  // The SDK keeps the name of a task as long as it is connected. The bridge asks for no tasks.
  const { task: _task, ...result } = message.result;
  return { ...message, id, result };
}
