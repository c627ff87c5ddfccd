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

/** Changes ids on their way in and out. */
export interface RequestIds {
  /** What a client's message is for the SDK: a request under an id of its own, a cancel once for each request that it names, an answer to what we asked. */
  takeIn(message: JSONRPCMessage): readonly JSONRPCMessage[];
  /** What the client gets; undefined for an answer to a request that was cancelled. */
  giveOut(message: JSONRPCMessage): JSONRPCMessage | undefined;
}

/** Makes ids for one connection; an answered or cancelled request is forgotten. */
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

  // Some clients give a number back as a text.
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
  // The SDK keeps the name of a task for as long as it is connected; the bridge asks for no tasks.
  const { task: _task, ...result } = message.result;
  return { ...message, id, result };
}
