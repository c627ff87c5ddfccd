// The agent that makes a call of the bridge.
import type { AgentId } from "./agents.ts";
import type { SandboxMode } from "./sandbox.ts";

/** What the program of a calling agent says of its turn. Its model chooses none of it. */
export interface Caller {
  readonly agent: AgentId;
  readonly threadId?: string | undefined;
  readonly turnId?: string | undefined;
  /** Sandbox of the turn; undefined where it does not say. What cannot be read is `read-only`. */
  readonly sandbox?: SandboxMode | undefined;
}
