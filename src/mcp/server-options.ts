import type { Logger } from "../domain/logger.ts";
import type { Role } from "../domain/role.ts";
import type { ToolCaller } from "./call-tool.ts";
import type { TaskMethods } from "./tasks/task-methods.ts";
import type { ToolListing } from "./tool-list.ts";

/** What a server needs. */
export interface McpServerOptions {
  readonly version: string;
  /** Default: `claude`. */
  readonly role?: Role;
  /** The answer to tools/list. */
  readonly listing: readonly ToolListing[];
  readonly callTool: ToolCaller;
  /** Answers tasks/get, tasks/cancel and tasks/update. */
  readonly answerTask: TaskMethods;
  readonly logger: Logger;
}
