import type { Logger } from "../domain/logger.ts";
import type { ToolCaller } from "./call-tool.ts";
import type { ToolListing } from "./tool-list.ts";

/** What a server needs. */
export interface McpServerOptions {
  readonly version: string;
  /** The answer to tools/list. */
  readonly listing: readonly ToolListing[];
  readonly callTool: ToolCaller;
  readonly logger: Logger;
}
