// A stand-in for the Messages API on 127.0.0.1: lets the real Claude Code run a scripted session without an account.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

interface Block {
  readonly type: string;
  readonly text?: string;
  readonly is_error?: boolean;
  readonly content?: string | readonly Block[];
}

interface Body {
  readonly stream?: boolean;
  readonly model?: string;
  readonly system?: unknown;
  readonly tools?: readonly { readonly name: string }[];
  readonly messages?: readonly { readonly role: string; readonly content: string | readonly Block[] }[];
}

/** One request of the main conversation. */
export interface ModelRequest {
  readonly index: number;
  readonly body: Body;
  readonly toolNames: readonly string[];
  /** What the model was shown as the newest tool result; undefined before the first. */
  readonly toolResult: { readonly text: string; readonly isError: boolean } | undefined;
}

/** What the model does next. */
export type ModelStep = { readonly text: string } | { readonly tool: string; readonly input: Record<string, unknown> };

export interface MessagesStandIn {
  readonly baseUrl: string;
  /** Requests of the main conversation: those that offer a tool whose name starts with `mcp__`. */
  readonly requests: readonly ModelRequest[];
  close(): Promise<void>;
}

/** Starts the stand-in; calls without MCP tools (titles, summaries, token counts) are answered harmlessly beside the script. */
export async function startMessagesStandIn(respond: (request: ModelRequest) => ModelStep): Promise<MessagesStandIn> {
  const requests: ModelRequest[] = [];
  const server = createServer((incoming, response) => {
    void answer(incoming, response).catch(() => response.destroy());
  });

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const path = incoming.url ?? "";
    if (!path.startsWith("/v1/messages") || path.includes("count_tokens")) {
      sendJson(response, { input_tokens: 10 });
      return;
    }
    const body = JSON.parse(Buffer.concat(chunks).toString("utf8")) as Body;
    const toolNames = (body.tools ?? []).map((tool) => tool.name);
    const isMain = toolNames.some((name) => name.startsWith("mcp__"));
    const request = { index: requests.length, body, toolNames, toolResult: findToolResult(body) };
    if (isMain) requests.push(request);
    send(response, body, isMain ? respond(request) : { text: "ok" });
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function findToolResult(body: Body): ModelRequest["toolResult"] {
  const blocks = (body.messages ?? []).flatMap((message) =>
    typeof message.content === "string" ? [] : message.content,
  );
  const result = blocks.findLast((block) => block.type === "tool_result");
  if (result === undefined) return undefined;
  const { content } = result;
  const text = typeof content === "string" ? content : (content ?? []).map((block) => block.text ?? "").join("\n");
  return { text, isError: result.is_error === true };
}

function sendJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
}

function send(response: ServerResponse, body: Body, step: ModelStep): void {
  const isTool = "tool" in step;
  const block = isTool
    ? { type: "tool_use", id: `toolu_${Math.random().toString(36).slice(2)}`, name: step.tool, input: step.input }
    : { type: "text", text: step.text };
  const usage = { input_tokens: 10, output_tokens: 5 };
  const message = {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: body.model ?? "m",
    content: [block],
    usage,
  };
  const stopReason = isTool ? "tool_use" : "end_turn";
  if (body.stream !== true) {
    sendJson(response, { ...message, stop_reason: stopReason, stop_sequence: null });
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream" });
  const event = (value: { type: string; [key: string]: unknown }): void => {
    response.write(`event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`);
  };
  event({ type: "message_start", message: { ...message, content: [], stop_reason: null, stop_sequence: null } });
  event({
    type: "content_block_start",
    index: 0,
    content_block: isTool ? { ...block, input: {} } : { type: "text", text: "" },
  });
  const delta = isTool
    ? { type: "input_json_delta", partial_json: JSON.stringify(step.input) }
    : { type: "text_delta", text: step.text };
  event({ type: "content_block_delta", index: 0, delta });
  event({ type: "content_block_stop", index: 0 });
  event({ type: "message_delta", delta: { stop_reason: stopReason, stop_sequence: null }, usage });
  event({ type: "message_stop" });
  response.end();
}
