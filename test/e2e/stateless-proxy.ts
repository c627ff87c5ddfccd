// HTTP as revision 2026-07-28 has it, in front of a stdio server: one POST a request, nothing kept between them.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { isRecord } from "../../src/domain/guards.ts";
import { type HttpProxy, readLines, type StdioServer } from "./http-proxy.ts";

type Wire = Record<string, unknown>;

interface Open {
  readonly id: unknown;
  readonly token: unknown;
  readonly response: ServerResponse;
}

/** Starts the proxy in front of one server. */
export async function startStatelessProxy(open: () => StdioServer): Promise<HttpProxy> {
  const server = open();
  const waiting = new Map<number, Open>();
  let last = 0;

  readLines(server.stdout, (line) => {
    const message = JSON.parse(line) as Wire;
    const progress = isRecord(message["params"]) ? message["params"]["progressToken"] : undefined;
    const to = "method" in message ? Number(progress) : Number(message["id"]);
    const found = waiting.get(to);
    if (found === undefined) return;
    const { id, token, response } = found;
    if ("method" in message) {
      const params = { ...(message["params"] as Wire), progressToken: token };
      writeEvent(response, { ...message, params });
      return;
    }
    waiting.delete(to);
    const answer = { ...message, id };
    if (response.headersSent) {
      writeEvent(response, answer);
      response.end();
    } else response.writeHead(toStatus(answer), { "content-type": "application/json" }).end(JSON.stringify(answer));
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== "POST" || request.headers.host !== host()) {
      response.writeHead(request.method === "POST" ? 403 : 405).end();
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const message = JSON.parse(Buffer.concat(chunks).toString("utf8")) as Wire;
    if (!("id" in message)) {
      server.stdin.write(`${JSON.stringify(message)}\n`);
      response.writeHead(202).end();
      return;
    }
    last += 1;
    const own = last;
    const params = isRecord(message["params"]) ? message["params"] : {};
    const meta = isRecord(params["_meta"]) ? params["_meta"] : {};
    waiting.set(own, { id: message["id"], token: meta["progressToken"], response });
    response.on("close", () => {
      if (!waiting.delete(own)) return;
      server.stdin.write(`${JSON.stringify(cancelOf(own))}\n`);
    });
    // A number of our own is the token too: two requests may have the same.
    const told = "progressToken" in meta ? { ...params, _meta: { ...meta, progressToken: own } } : message["params"];
    server.stdin.write(`${JSON.stringify({ ...message, id: own, ...(told === undefined ? {} : { params: told }) })}\n`);
  }

  const http = createServer((request, response) => {
    handle(request, response).catch(() => response.writeHead(400).end());
  });
  const host = (): string => `127.0.0.1:${(http.address() as { port: number }).port}`;
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://${host()}/mcp`,
    close: async () => {
      server.close();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

const cancelOf = (requestId: number) => ({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId } });

function writeEvent(response: ServerResponse, message: unknown): void {
  if (!response.headersSent) response.writeHead(200, { "content-type": "text/event-stream" });
  response.write(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
}

function toStatus({ error }: Wire): number {
  const code = isRecord(error) ? error["code"] : undefined;
  if (code === -32_601) return 404;
  return code === -32_021 || code === -32_022 || code === -32_602 ? 400 : 200;
}
