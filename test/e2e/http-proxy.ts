// Streamable HTTP in front of a stdio server, since the conformance suite speaks HTTP only: one server a session.
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Readable, Writable } from "node:stream";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import type { JSONRPCMessage, RequestId } from "@modelcontextprotocol/sdk/types.js";

/** A stdio server: what it reads, what it writes. */
export interface StdioServer {
  readonly stdin: Writable;
  readonly stdout: Readable;
  close(): void;
}

export interface HttpProxy {
  readonly url: string;
  close(): Promise<void>;
}

/** Starts the proxy; `open` is called for each session. */
export async function startHttpProxy(open: () => StdioServer): Promise<HttpProxy> {
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  const servers: StdioServer[] = [];

  async function connect(): Promise<StreamableHTTPServerTransport> {
    const server = open();
    servers.push(server);
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      enableDnsRebindingProtection: true,
      allowedHosts: [host()],
      onsessioninitialized: (id) => {
        sessions.set(id, transport);
      },
    });
    await transport.start();
    // What the server sends on its own belongs to the newest request: stdio does not say.
    let newest: RequestId | undefined;
    transport.onmessage = (message) => {
      if ("id" in message && "method" in message) newest = message.id;
      server.stdin.write(`${JSON.stringify(message)}\n`);
    };
    readLines(server.stdout, (line) => {
      const message = JSON.parse(line) as JSONRPCMessage;
      const related = "method" in message && newest !== undefined ? { relatedRequestId: newest } : {};
      void transport.send(message, related).catch(() => {});
    });
    return transport;
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const known = sessions.get(String(request.headers["mcp-session-id"]));
    await (known ?? (await connect())).handleRequest(request, response);
  }

  const host = (): string => `127.0.0.1:${(http.address() as { port: number }).port}`;
  const http = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://${host()}/mcp`,
    close: async () => {
      for (const server of servers) server.close();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

export function readLines(stream: Readable, onLine: (line: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8").on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  });
}
