// Refuses messages before the SDK sees them: invalid JSON-RPC, and params that the SDK would drop or answer wrongly.
import {
  InitializeRequestSchema,
  type JSONRPCMessage,
  ListToolsRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";
import type * as z from "zod";
import { isRecord } from "../../domain/guards.ts";
import { isModern } from "../eras/modern/envelope.ts";

/** Error code for a message that is not a request. */
export const INVALID_REQUEST = -32_600;
const INVALID_PARAMS = -32_602;
const MEMBERS: readonly string[] = ["jsonrpc", "id", "method", "params", "result", "error"];
const RELATED_TASK = "io.modelcontextprotocol/related-task";
// The SDK checks these too, but answers a mistake with -32603, as if it were its own, and with the whole of zod's text.
const REQUESTS = new Map<string, z.ZodType>([
  ["initialize", InitializeRequestSchema],
  ["tools/list", ListToolsRequestSchema],
]);

/** Why a message is refused. */
export interface Refusal {
  readonly code: number;
  readonly message: string;
}

/** Why a message is refused, or undefined. Responses are never refused: the SDK ignores those that nobody waits for. */
export function findRefusal(value: unknown): Refusal | undefined {
  if (isRecord(value) && !("method" in value) && ("result" in value || "error" in value)) return undefined;
  const envelopeFault = findEnvelopeFault(value);
  if (envelopeFault !== undefined) return { code: INVALID_REQUEST, message: `Invalid request: ${envelopeFault}` };
  // A notification gets no answer, and the SDK ignores what it cannot read.
  const paramsFault = isRecord(value) && "id" in value ? findParamsFault(value) : undefined;
  return paramsFault === undefined ? undefined : { code: INVALID_PARAMS, message: `Invalid params: ${paramsFault}` };
}

function findEnvelopeFault(value: unknown): string | undefined {
  if (Array.isArray(value)) return "batches are not supported";
  if (!isRecord(value)) return "not an object";
  if (value["jsonrpc"] !== "2.0") return 'jsonrpc must be "2.0"';
  if (!("method" in value)) return "method is missing";
  if (typeof value["method"] !== "string") return "method must be a string";
  if ("result" in value || "error" in value) return "neither a request nor a response";
  if ("id" in value && toUsableId(value) === null) return "id must be a string or an integer";
  if ("params" in value && !isRecord(value["params"])) return "params must be an object";
  return undefined;
}

function findParamsFault(request: Record<string, unknown>): string | undefined {
  const { method, params } = request;
  // The SDK drops a request whose `_meta` it cannot read, and its caller would wait for ever.
  if (isRecord(params) && "_meta" in params && !isUsableMeta(params["_meta"])) {
    return "_meta must be an object with usable members";
  }
  // The new era has no `initialize`, whatever its params are.
  const schema = method === "initialize" && isModern(params) ? undefined : REQUESTS.get(String(method));
  if (schema === undefined || schema.safeParse(request).success) return undefined;
  return `they do not fit ${method}`;
}

/** Whether a message gets an answer, if it is not refused. */
export function isRequest(value: unknown): boolean {
  return isRecord(value) && "method" in value && "id" in value;
}

/** The id of the request that a message cancels, or undefined. */
export function toCancelledId(message: JSONRPCMessage): unknown {
  const isCancel = "method" in message && !("id" in message) && message.method === "notifications/cancelled";
  return isCancel ? message.params?.["requestId"] : undefined;
}

function isUsableMeta(meta: unknown): boolean {
  if (!isRecord(meta)) return false;
  const task = meta[RELATED_TASK];
  if (task !== undefined && !(isRecord(task) && typeof task["taskId"] === "string")) return false;
  return meta["progressToken"] === undefined || isId(meta["progressToken"]);
}

/** The id to answer with, or null if there is none. */
export function toUsableId(value: unknown): string | number | null {
  const id = isRecord(value) ? value["id"] : undefined;
  return isId(id) ? id : null;
}

function isId(value: unknown): value is string | number {
  return typeof value === "string" || (typeof value === "number" && Number.isSafeInteger(value));
}

/** A message without members that JSON-RPC does not know: it allows them, but the SDK drops the whole message for one. */
export function toBareMessage(message: JSONRPCMessage): JSONRPCMessage {
  const members = Object.entries(message);
  const known = members.filter(([name]) => MEMBERS.includes(name));
  if (known.length === members.length) return message;
  const bare: unknown = Object.fromEntries(known);
  return isMessage(bare) ? bare : message;
}

/** Whether a value that is not refused is a message. The rest is checked by method. */
export function isMessage(value: unknown): value is JSONRPCMessage {
  return isRecord(value);
}
