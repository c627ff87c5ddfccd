// The MCP server: both eras of the protocol on one connection. Each request says which one it belongs to (docs/mcp.md#two-eras).
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { splitByEra } from "./eras/era-split.ts";
import { createLegacyServer } from "./eras/legacy/legacy-server.ts";
import { createModernServer } from "./eras/modern/modern-server.ts";
import type { McpServerOptions } from "./server-options.ts";

/** A server that is not connected yet. */
export interface McpServer {
  /** Serves on a transport until that is closed. To be called once. */
  connect(transport: Transport): Promise<void>;
}

/** Makes a server. */
export function createMcpServer(options: McpServerOptions): McpServer {
  return {
    connect: async (transport) => {
      const modern = createModernServer(options, (message) => transport.send(message));
      await createLegacyServer(options).connect(splitByEra(transport, modern));
    },
  };
}
