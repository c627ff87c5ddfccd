// A stand-in for the Gemini API on 127.0.0.1: lets the real Gemini CLI run a scripted session without an account.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

interface Part {
  readonly text?: string;
  readonly functionResponse?: unknown;
}

interface Body {
  readonly contents?: readonly { readonly role?: string; readonly parts?: readonly Part[] }[];
  readonly tools?: readonly unknown[];
}

/** One request of the main conversation. */
export interface GeminiRequest {
  readonly body: Body;
  /** Whether the newest message has the result of a call. */
  readonly endsWithResult: boolean;
}

/** What the model does next: it answers, or calls a tool. */
export type GeminiStep = { readonly text: string } | { readonly tool: string; readonly args: Record<string, unknown> };

/** What the API does in place of an answer: it fails, or says nothing. */
export type GeminiFault =
  | { readonly status: number; readonly error: Record<string, unknown> }
  | { readonly isSilent: true };

export interface GeminiStandIn {
  readonly baseUrl: string;
  readonly requests: readonly GeminiRequest[];
  close(): Promise<void>;
}

/** Starts it. Requests without tools (which model to use, summaries) are answered harmlessly beside the script. */
export async function startGeminiStandIn(
  respond: (request: GeminiRequest) => GeminiStep | GeminiFault | Promise<GeminiStep | GeminiFault>,
): Promise<GeminiStandIn> {
  const requests: GeminiRequest[] = [];
  const server = createServer((incoming, response) => {
    void answer(incoming, response).catch(() => response.destroy());
  });

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const path = incoming.url ?? "";
    if (!path.includes("enerateContent")) {
      sendJson(response, path.includes("countTokens") ? { totalTokens: 10 } : {});
      return;
    }
    const body = JSON.parse(Buffer.concat(chunks).toString("utf8")) as Body;
    const model = /models\/([^:]+)/.exec(path)?.[1];
    const isMain = (body.tools ?? []).length > 0;
    const endsWithResult = body.contents?.at(-1)?.parts?.some((part) => part.functionResponse !== undefined) === true;
    const request = { body, endsWithResult };
    if (isMain) requests.push(request);
    const step = isMain ? await respond(request) : { text: "{}" };
    if ("isSilent" in step) return;
    if ("status" in step) {
      sendJson(response, { error: step.error }, step.status);
      return;
    }
    const message = toMessage(step, model, `c${requests.length}`);
    if (!path.includes("stream")) sendJson(response, message);
    else response.writeHead(200, { "content-type": "text/event-stream" }).end(`data: ${JSON.stringify(message)}\n\n`);
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

function toMessage(step: GeminiStep, modelVersion: string | undefined, id: string) {
  const part = "text" in step ? { text: step.text } : { functionCall: { name: step.tool, args: step.args, id } };
  return {
    candidates: [{ content: { role: "model", parts: [part] }, index: 0, finishReason: "STOP" }],
    usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 20, totalTokenCount: 30 },
    modelVersion,
    responseId: id,
  };
}

function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}
