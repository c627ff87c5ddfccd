// A server on a connection of plain messages, so that a test says and sees exactly what travels.
import type { CallContext } from "../../src/delegation/requests.ts";
import { SILENT_LOGGER } from "../../src/domain/logger.ts";
import type { CalledTool, ToolCaller } from "../../src/mcp/call-tool.ts";
import { createMcpServer } from "../../src/mcp/server.ts";
import type { TaskMethods } from "../../src/mcp/tasks/task-methods.ts";
import type { WireResult } from "../../src/mcp/tool-result.ts";
import { until } from "./lab.ts";
import { type Message, toEnvelope } from "./stdio-bridge.ts";

/** A connection to a server of its own. */
export interface Wire {
  /** What the server sent, in order. */
  readonly sent: Message[];
  /** Sends a message of any kind. */
  receive(message: Record<string, unknown>): void;
  /** Sends a request with the envelope of the new era. */
  ask(
    id: string | number,
    method: string,
    params?: Record<string, unknown>,
    capabilities?: object,
    meta?: object,
  ): void;
  /** Waits for the answer to an id. */
  answer(id: string | number): Promise<Message>;
  /** Ends the connection. */
  end(): void;
}

/** A result that says one thing. */
export const say = (text: string): WireResult => ({ content: [{ type: "text", text }], structuredContent: {} });

/** A server without jobs. */
export const NO_TASKS: TaskMethods = async () => ({ error: { code: -32_602, message: "no job" } });

/** Starts a server whose one tool, `t`, does `act`. */
export async function openWire(
  act: (call: CallContext) => Promise<WireResult | CalledTool>,
  answerTask: TaskMethods = NO_TASKS,
): Promise<Wire> {
  const sent: Message[] = [];
  const transport = {
    onmessage: (_message: unknown): void => {},
    onclose: (): void => {},
    start: async () => {},
    close: async () => {},
    send: async (message: unknown) => void sent.push(message as Message),
  };
  const callTool: ToolCaller = async (name, _args, call) => {
    if (name !== "t") return undefined;
    const end = await act(call);
    return "result" in end ? (end as CalledTool) : { result: end };
  };
  const options = { version: "0", listing: [], logger: SILENT_LOGGER, callTool, answerTask };
  await createMcpServer(options).connect(transport);
  const receive: Wire["receive"] = (message) => transport.onmessage({ jsonrpc: "2.0", ...message });
  const find = (id: string | number) => sent.find((message) => message.id === id && message.method === undefined);
  return {
    sent,
    receive,
    ask: (id, method, params = {}, capabilities = {}, meta = {}) =>
      receive({ id, method, params: { ...params, _meta: { ...toEnvelope(capabilities), ...meta } } }),
    answer: async (id) => {
      await until(`request ${id} is answered`, () => find(id) !== undefined, 5_000);
      return find(id)!;
    },
    end: () => transport.onclose(),
  };
}
