// The Agent Client Protocol over the lines of a process. The SDK pairs requests with their answers; what the agent tells of a turn is read
// here, in the order of the lines: the SDK would hand it on after the answer that follows it.
import type { AnyMessage } from "@agentclientprotocol/sdk";
import { isRecord } from "../../../domain/guards.ts";
import type { JsonObject } from "../../../domain/json.ts";

/** What an agent says and asks by itself. */
export interface AcpPeer {
  /** The `update` of a `session/update`. */
  onUpdate(update: Readonly<Record<string, unknown>>): void;
  /** Answers `session/request_permission`. Never rejects. */
  onPermission(params: Readonly<Record<string, unknown>>): Promise<JsonObject>;
}

/** One connection. */
export interface AcpWire {
  /** Takes a line of the agent's. False for one that is no message of the protocol. */
  take(line: string): boolean;
  /** Asks the agent. Rejects with its error (`code`, `message`, `data`), or with that of `close`. */
  request(method: string, params: JsonObject): Promise<unknown>;
  notify(method: string, params: JsonObject): void;
  /** Who listens from now on; nobody without one: then no permission is given. */
  serve(peer: AcpPeer | undefined): void;
  /** Rejects all open requests. */
  close(reason: Error): void;
  /** How many lines could not be read. */
  readonly garbage: number;
}

const CANCELLED: JsonObject = { outcome: { outcome: "cancelled" } };

/** Opens one. `send` writes a line. Terminals and files are not offered: the agent works by itself, within its own sandbox. */
export async function openAcpWire(send: (line: string) => void): Promise<AcpWire> {
  const { client, methods } = await import("@agentclientprotocol/sdk");
  /** Ids of our requests that are not answered. */
  const open = new Set<unknown>();
  let peer: AcpPeer | undefined;
  let garbage = 0;
  let deliver: (message: AnyMessage) => void = () => {};
  const readable = new ReadableStream<AnyMessage>({
    start: (controller) => {
      deliver = (message) => controller.enqueue(message);
    },
  });
  const writable = new WritableStream<AnyMessage>({
    write: (message) => {
      if ("method" in message && "id" in message) open.add(message.id);
      send(JSON.stringify(message));
    },
  });
  const connection = client({ name: "codex-bridge" })
    .onRequest(methods.client.session.requestPermission, toRecord, ({ params }) =>
      peer === undefined ? CANCELLED : peer.onPermission(params),
    )
    .connect({ readable, writable });

  function take(line: string): boolean {
    if (line.trim() === "" || connection.signal.aborted) return true;
    const message = parseMessage(line);
    if (message === undefined) {
      garbage += 1;
      return false;
    }
    if (message["method"] === methods.client.session.update) {
      const { update } = toRecord(message["params"]);
      if (isRecord(update)) peer?.onUpdate(update);
    } else if (isRequest(message) || open.delete(message["id"])) {
      deliver(message as unknown as AnyMessage);
    } else if (typeof message["method"] !== "string") {
      garbage += 1;
    }
    return true;
  }

  return {
    take,
    request: (method, params) => connection.agent.request(method, params),
    notify: (method, params) => void connection.agent.notify(method, params).catch(() => {}),
    serve: (next) => {
      peer = next;
    },
    close: (reason) => connection.close(reason),
    get garbage() {
      return garbage;
    },
  };
}

function isRequest(message: Readonly<Record<string, unknown>>): boolean {
  return (
    typeof message["method"] === "string" && (typeof message["id"] === "string" || typeof message["id"] === "number")
  );
}

function parseMessage(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) && value["jsonrpc"] === "2.0" ? value : undefined;
  } catch {
    return undefined;
  }
}

function toRecord(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}
