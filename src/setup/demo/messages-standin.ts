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

/** A tool result as the model is shown it. */
export interface ModelToolResult {
  readonly text: string;
  readonly isError: boolean;
}

/** One request of the main conversation. */
export interface ModelRequest {
  readonly index: number;
  readonly body: Body;
  readonly toolNames: readonly string[];
  /** The key or token that it came with. */
  readonly credential: string;
  /** What the model was shown as the newest tool result; undefined before the first. */
  readonly toolResult: ModelToolResult | undefined;
  /** The tool results of the newest message that has any. */
  readonly toolResults: readonly ModelToolResult[];
}

/** A call of a tool. */
export interface ModelCall {
  readonly tool: string;
  readonly input: Record<string, unknown>;
}

/** What the model does next. Several calls are made in one message. */
export type ModelStep =
  | { readonly text: string; readonly delayMs?: number }
  | ModelCall
  | { readonly calls: readonly ModelCall[] };

/** What the API does in place of an answer: it fails, or says nothing. */
export type ModelFault = { readonly status: number; readonly message: string } | { readonly isSilent: true };

export interface MessagesStandIn {
  readonly baseUrl: string;
  /** Requests of the main conversation. */
  readonly requests: readonly ModelRequest[];
  /** Headers of every answer, such as those of a subscription's limits. */
  readonly headers: Record<string, string>;
  close(): Promise<void>;
}

/** Requests that offer a tool whose name starts with `mcp__`. */
const OF_THE_BRIDGE = (toolNames: readonly string[]): boolean => toolNames.some((name) => name.startsWith("mcp__"));

/**
 * Starts the stand-in. `isMainCall` says by the tools that are offered which requests are those of the main conversation: others (titles,
 * summaries, token counts) are answered harmlessly beside the script.
 */
export async function startMessagesStandIn(
  respond: (request: ModelRequest) => ModelStep | ModelFault,
  isMainCall = OF_THE_BRIDGE,
): Promise<MessagesStandIn> {
  const requests: ModelRequest[] = [];
  const headers: Record<string, string> = {};
  const server = createServer((incoming, response) => {
    void answer(incoming, response).catch(() => response.destroy());
  });

  // Node drops an idle connection after 5 s, which a kept Claude Code takes for a failure of the network.
  server.keepAliveTimeout = 120_000;

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const path = incoming.url ?? "";
    if (!path.startsWith("/v1/messages") || path.includes("count_tokens")) {
      sendJson(response, { input_tokens: 10 });
      return;
    }
    const body = JSON.parse(Buffer.concat(chunks).toString("utf8")) as Body;
    const toolNames = (body.tools ?? []).map((tool) => tool.name);
    const isMain = isMainCall(toolNames);
    const toolResults = findToolResults(body);
    const { "x-api-key": key, authorization = "" } = incoming.headers;
    const credential = key === undefined ? authorization.replace(/^Bearer /, "") : String(key);
    const request = {
      index: requests.length,
      body,
      toolNames,
      credential,
      toolResults,
      toolResult: toolResults.at(-1),
    };
    if (isMain) requests.push(request);
    const step = isMain ? respond(request) : { text: "ok" };
    if ("isSilent" in step) return;
    if ("delayMs" in step) await new Promise((resolve) => setTimeout(resolve, step.delayMs));
    if ("status" in step)
      sendJson(response, { type: "error", error: { type: "e", message: step.message } }, step.status);
    else send(response, body, step);
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return {
    baseUrl: `http://127.0.0.1:${port}`,
    requests,
    headers,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function findToolResults(body: Body): ModelToolResult[] {
  const perMessage = (body.messages ?? []).map(({ content }) =>
    typeof content === "string" ? [] : content.filter(({ type }) => type === "tool_result"),
  );
  return (perMessage.findLast((results) => results.length > 0) ?? []).map(({ content, is_error }) => ({
    text: typeof content === "string" ? content : (content ?? []).map((block) => block.text ?? "").join("\n"),
    isError: is_error === true,
  }));
}

function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}

function send(response: ServerResponse, body: Body, step: ModelStep): void {
  const blocks = toBlocks(step);
  const usage = { input_tokens: 10, output_tokens: 5 };
  const message = {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: body.model ?? "m",
    content: blocks,
    usage,
  };
  const stopReason = "text" in step ? "end_turn" : "tool_use";
  if (body.stream !== true) {
    sendJson(response, { ...message, stop_reason: stopReason, stop_sequence: null });
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream" });
  const event = (value: { type: string; [key: string]: unknown }): void => {
    response.write(`event: ${value.type}\ndata: ${JSON.stringify(value)}\n\n`);
  };
  event({ type: "message_start", message: { ...message, content: [], stop_reason: null, stop_sequence: null } });
  for (const [index, block] of blocks.entries()) {
    const [begun, delta] =
      "input" in block
        ? [
            { ...block, input: {} },
            { type: "input_json_delta", partial_json: JSON.stringify(block.input) },
          ]
        : [
            { ...block, text: "" },
            { type: "text_delta", text: block.text },
          ];
    event({ type: "content_block_start", index, content_block: begun });
    event({ type: "content_block_delta", index, delta });
    event({ type: "content_block_stop", index });
  }
  event({ type: "message_delta", delta: { stop_reason: stopReason, stop_sequence: null }, usage });
  event({ type: "message_stop" });
  response.end();
}

function toBlocks(step: ModelStep) {
  if ("text" in step) return [{ type: "text", text: step.text }];
  const calls = "calls" in step ? step.calls : [step];
  return calls.map(({ tool, input }) => ({
    type: "tool_use",
    id: `toolu_${Math.random().toString(36).slice(2)}`,
    name: tool,
    input,
  }));
}
