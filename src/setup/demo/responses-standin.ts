// A small stand-in for the Responses API on 127.0.0.1. It lets the real Codex CLI run a turn without an account or a network. The demo uses
// it, and so do the tests.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

/** One request that Codex made: its body, and the parts that a script usually needs. */
export interface StandInRequest {
  /** Position of this request among all, from 0. */
  readonly index: number;
  /** `Authorization` header as sent, or "". */
  readonly authorization: string;
  /** Whole JSON body. */
  readonly body: Record<string, unknown>;
  /** Texts of the user's messages in the history, oldest first (Codex's own context blocks included). */
  readonly userTexts: readonly string[];
  /** Texts of the model's messages in the history, oldest first. */
  readonly modelTexts: readonly string[];
  /** Outputs of tool calls that came after the newest user message. */
  readonly toolOutputs: readonly string[];
  /** Aborted once Codex closes the connection. */
  readonly signal: AbortSignal;
}

/** What the model does in one answer; several steps make one answer. */
export type StandInStep =
  | { readonly say: string /** E.g. `commentary`, `final_answer`. */; readonly phase?: string }
  | { readonly think: string }
  | { readonly run: string; readonly workdir?: string }
  | { readonly call: McpCall };

/** A call of a tool of an MCP server that Codex has. */
export interface McpCall {
  readonly server: string;
  /** The tool's own name. */
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** How the stand-in answers one request. */
export interface StandInAnswer {
  /** Steps of a good answer. */
  readonly steps?: readonly StandInStep[];
  /** Milliseconds before the first byte. */
  readonly delayMs?: number;
  /** An HTTP error instead: status, body (JSON, or a text as it is), headers. */
  readonly error?: { status: number; body?: unknown; headers?: Record<string, string> };
  /** Raw server-sent events instead of steps. */
  readonly events?: readonly Record<string, unknown>[];
  /** How the stream continues after its events: `hang` stays open and silent, `cut` closes the socket, `refuse` closes it before the first byte. Default: a completed answer. */
  readonly ending?: "hang" | "cut" | "refuse";
  /** Tokens that the answer reports; default 100 in, 20 out. */
  readonly usage?: { input: number; output: number };
  /** Headers of a good answer. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A running stand-in. */
export interface ResponsesStandIn {
  /** Base URL for a Codex provider, ends in `/v1`. */
  readonly baseUrl: string;
  /** Every request so far, oldest first. */
  readonly requests: readonly StandInRequest[];
  close(): Promise<void>;
}

/** Starts the stand-in on a free port of 127.0.0.1; `respond` decides each answer. */
export async function startResponsesStandIn(
  respond: (request: StandInRequest) => StandInAnswer | Promise<StandInAnswer>,
): Promise<ResponsesStandIn> {
  const requests: StandInRequest[] = [];
  const server = createServer((incoming, response) => {
    response.on("error", () => {});
    void answerOne(incoming, response, requests, respond).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A Codex config whose only model provider is the stand-in at `baseUrl`, with the key in STANDIN_KEY. */
export function toCodexConfig(baseUrl: string): string {
  return `model = "gpt-5.5"
model_provider = "standin"

[model_providers.standin]
name = "stand-in"
base_url = "${baseUrl}"
wire_api = "responses"
env_key = "STANDIN_KEY"
`;
}

async function answerOne(
  incoming: IncomingMessage,
  response: ServerResponse,
  requests: StandInRequest[],
  respond: (request: StandInRequest) => StandInAnswer | Promise<StandInAnswer>,
): Promise<void> {
  const text = await readBody(incoming);
  const isResponses = (incoming.url ?? "").endsWith("/responses");
  if (incoming.method !== "POST" || !isResponses) {
    // Codex tries a WebSocket with OpenAI's own provider. After this status it goes on without one at once.
    response.writeHead(isResponses ? 426 : 404, { "content-type": "application/json" }).end("{}");
    return;
  }
  const request = toRequest(requests.length, incoming, response, JSON.parse(text));
  requests.push(request);
  const answer = await respond(request);
  if (answer.delayMs !== undefined) await delay(answer.delayMs, request.signal);
  if (answer.ending === "refuse") response.destroy();
  if (response.destroyed) return;
  if (answer.error !== undefined) {
    response
      .writeHead(answer.error.status, { "content-type": "application/json", ...answer.error.headers })
      .end(toErrorBody(answer.error.body ?? { error: { message: "stand-in error" } }));
    return;
  }
  writeStream(response, request, answer);
}

function toErrorBody(body: unknown): string {
  return typeof body === "string" ? body : JSON.stringify(body);
}

function writeStream(response: ServerResponse, { index, body }: StandInRequest, answer: StandInAnswer): void {
  const headers = { "content-type": "text/event-stream", "cache-control": "no-cache", ...answer.headers };
  response.writeHead(200, headers);
  const send = (event: Record<string, unknown>): void => {
    response.write(`event: ${String(event["type"])}\ndata: ${JSON.stringify(event)}\n\n`);
  };
  const id = `resp_${index}`;
  send({ type: "response.created", response: { id } });
  for (const event of answer.events ?? []) send(event);
  for (const [at, step] of (answer.steps ?? []).entries()) send(toItemEvent(`${index}_${at}`, at, step, body));
  if (answer.ending === "hang") return;
  if (answer.ending === "cut") {
    // Let the bytes out first, so that this is a cut in the middle, not a refused connection.
    setTimeout(() => response.destroy(), 30);
    return;
  }
  if (answer.events === undefined) send(toCompleted(id, answer.usage ?? { input: 100, output: 20 }));
  response.end();
}

function toItemEvent(
  id: string,
  at: number,
  step: StandInStep,
  body: Record<string, unknown>,
): Record<string, unknown> {
  return { type: "response.output_item.done", output_index: at, item: toItem(id, step, body) };
}

function toItem(id: string, step: StandInStep, body: Record<string, unknown>): Record<string, unknown> {
  if ("say" in step) {
    const phase = step.phase === undefined ? {} : { phase: step.phase };
    const content = [{ type: "output_text", text: step.say }];
    return { type: "message", role: "assistant", id: `msg_${id}`, content, ...phase };
  }
  if ("think" in step) {
    return { type: "reasoning", id: `rs_${id}`, summary: [{ type: "summary_text", text: step.think }] };
  }
  const called = "call" in step ? toToolCall(step.call, body) : toCommand(step, body);
  return { type: "function_call", id: `fc_${id}`, call_id: `call_${id}`, ...called };
}

// Older CLIs offer an MCP tool by one name for server and tool; newer ones have a namespace, and need not offer it before it is called.
function toToolCall({ server, tool, args }: McpCall, body: Record<string, unknown>): Record<string, unknown> {
  const called = { arguments: JSON.stringify(args) };
  const tools = Array.isArray(body["tools"]) ? body["tools"].filter(isRecord) : [];
  const names = [tool, tool.replaceAll("-", "_")].map((name) => `mcp__${server}__${name}`);
  const offered = tools.find((one) => names.includes(String(one["name"])));
  if (offered !== undefined) return { name: offered["name"], ...called };
  return { namespace: `mcp__${server}`, name: tool.replaceAll("-", "_"), ...called };
}

// Older CLIs offer the tool `shell` for commands, newer ones `exec_command`.
function toCommand(
  { run, workdir }: Extract<StandInStep, { run: string }>,
  body: Record<string, unknown>,
): { name: string; arguments: string } {
  const place = workdir === undefined ? {} : { workdir };
  const tools = Array.isArray(body["tools"]) ? body["tools"].filter(isRecord) : [];
  if (tools.some((tool) => tool["name"] === "shell") && !tools.some((tool) => tool["name"] === "exec_command")) {
    const command = ["bash", "-lc", run];
    return { name: "shell", arguments: JSON.stringify({ command, timeout_ms: 30_000, ...place }) };
  }
  return { name: "exec_command", arguments: JSON.stringify({ cmd: run, yield_time_ms: 30_000, ...place }) };
}

function toCompleted(id: string, usage: { input: number; output: number }): Record<string, unknown> {
  return {
    type: "response.completed",
    response: {
      id,
      usage: {
        input_tokens: usage.input,
        input_tokens_details: { cached_tokens: Math.floor(usage.input / 10) },
        output_tokens: usage.output,
        output_tokens_details: { reasoning_tokens: Math.floor(usage.output / 4) },
        total_tokens: usage.input + usage.output,
      },
    },
  };
}

function toRequest(
  index: number,
  incoming: IncomingMessage,
  response: ServerResponse,
  body: Record<string, unknown>,
): StandInRequest {
  const closed = new AbortController();
  response.on("close", () => closed.abort());
  const items = Array.isArray(body["input"]) ? body["input"].filter(isRecord) : [];
  const lastUser = items.findLastIndex((item) => item["role"] === "user");
  return {
    index,
    authorization: incoming.headers.authorization ?? "",
    body,
    userTexts: items.filter((item) => item["role"] === "user").map(toText),
    modelTexts: items.filter((item) => item["role"] === "assistant").map(toText),
    toolOutputs: items.slice(lastUser + 1).flatMap(toToolOutput),
    signal: closed.signal,
  };
}

function toToolOutput(item: Record<string, unknown>): string[] {
  if (item["type"] !== "function_call_output" && item["type"] !== "custom_tool_call_output") return [];
  const output = item["output"];
  return [typeof output === "string" ? output : JSON.stringify(output)];
}

function toText(item: Record<string, unknown>): string {
  const content = Array.isArray(item["content"]) ? item["content"].filter(isRecord) : [];
  return content.map((part) => (typeof part["text"] === "string" ? part["text"] : "")).join("");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString("utf8");
}

function delay(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
