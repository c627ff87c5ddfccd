// Lines of the app server's JSON-RPC. It leaves out the `jsonrpc` field (docs/codex-cli.md#app-server).
import type { JsonObject, JsonValue } from "../../../domain/json.ts";
import { isJsonObject } from "../../../domain/json.ts";

/** Id of a request. Each side counts its own. */
export type RpcId = string | number;

/** What a line says. */
export type RpcMessage =
  | { readonly kind: "result"; readonly id: RpcId; readonly result: JsonValue }
  | {
      readonly kind: "error";
      readonly id: RpcId;
      readonly code: number;
      readonly message: string;
      readonly data: JsonValue | undefined;
    }
  | { readonly kind: "request"; readonly id: RpcId; readonly method: string; readonly params: JsonObject }
  | { readonly kind: "notification"; readonly method: string; readonly params: JsonObject };

/** JSON-RPC's code for a failure of the one who was asked. */
export const INTERNAL_ERROR = -32_603;
/** JSON-RPC's code for a method that does not exist. */
export const METHOD_NOT_FOUND = -32_601;

/** Reads a line; undefined if it is no message. */
export function readMessage(line: string): RpcMessage | undefined {
  const value = parseJson(line);
  if (!isJsonObject(value)) return undefined;
  const { id, method, params, error } = value;
  if (typeof method === "string") {
    const known = isJsonObject(params) ? params : {};
    if (id === undefined) return { kind: "notification", method, params: known };
    return isId(id) ? { kind: "request", id, method, params: known } : undefined;
  }
  if (!isId(id)) return undefined;
  if (isJsonObject(error)) return { kind: "error", id, ...readError(error) };
  return "result" in value ? { kind: "result", id, result: value["result"] ?? null } : undefined;
}

/** The thread that a message is about, if it is about one. */
export function readThreadId(params: JsonObject): string | undefined {
  const { threadId, thread } = params;
  if (typeof threadId === "string") return threadId;
  // `thread/started` names it only inside the thread.
  return isJsonObject(thread) && typeof thread["id"] === "string" ? thread["id"] : undefined;
}

/** What the beginning of a line that is too long to read tells of it. */
export type LongLine =
  | { readonly kind: "answer"; readonly id: number }
  | { readonly kind: "request"; readonly id: RpcId }
  | undefined;

/** Reads the beginning of a line. Answers begin with their id, requests with their method and then the id (0.120 to 0.169). */
export function readLongLine(head: string): LongLine {
  const answer = /^\{"id":(\d{1,15}),"result":/.exec(head);
  if (answer?.[1] !== undefined) return { kind: "answer", id: Number(answer[1]) };
  const request = /^\{"method":"[^"\\]{1,200}","id":(?:(\d{1,15})|"([^"\\]{1,200})"),/.exec(head);
  if (request === null) return undefined;
  const [, number, text] = request;
  return { kind: "request", id: text ?? Number(number) };
}

function readError(error: JsonObject): { code: number; message: string; data: JsonValue | undefined } {
  const { code, message, data } = error;
  return {
    code: typeof code === "number" ? code : INTERNAL_ERROR,
    message: typeof message === "string" ? message : "",
    data,
  };
}

function isId(id: JsonValue | undefined): id is RpcId {
  return typeof id === "string" || typeof id === "number";
}

function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
