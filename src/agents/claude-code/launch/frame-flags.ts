// What Claude Code may do under a frame. A mode of its own is no sandbox: what it cannot do, it must not have a tool for
// (docs/claude-code.md#as-a-callee).
import { BridgeError } from "../../../domain/errors.ts";
import { READ_ONLY, type SandboxPolicy } from "../../../domain/sandbox.ts";
import type { ThreadFrame } from "../../../domain/thread.ts";

/** What Claude Code is started with for a sandbox, and must say that it has. */
export interface FrameFlags {
  readonly tools: readonly string[];
  readonly permissionMode: string;
  /** Whether its file tools stay in the working directories. */
  readonly isRestricted: boolean;
  /** Directories that it may work in besides its own. */
  readonly addedDirectories: readonly string[];
  /** What the sandbox then is. */
  readonly inForce: SandboxPolicy;
}

const READING = ["Read", "Grep", "Glob"];
const WRITING = [...READING, "Edit", "Write", "Bash"];
// Named one by one: the default set has tools that act after the turn, such as timers and messages to other sessions.
const EVERYTHING = [...WRITING, "NotebookEdit", "WebFetch", "WebSearch"];

/** Chooses them. Throws AGENT_UNSUPPORTED for a frame that Claude Code cannot keep. */
export function toFrameFlags({ sandbox, permissions }: Pick<ThreadFrame, "sandbox" | "permissions">): FrameFlags {
  if (permissions !== undefined) {
    throw new BridgeError(
      "AGENT_UNSUPPORTED",
      "Claude Code has no permission profiles, so it cannot keep the thread's.",
    );
  }
  switch (sandbox.mode) {
    case "read-only":
      return {
        tools: READING,
        permissionMode: "dontAsk",
        isRestricted: true,
        addedDirectories: [],
        inForce: READ_ONLY,
      };
    case "workspace-write":
      return {
        tools: WRITING,
        permissionMode: "acceptEdits",
        isRestricted: true,
        addedDirectories: sandbox.writableRoots,
        // Its rules allow no command that uses the network, and nothing in a temporary folder.
        inForce: { ...sandbox, networkAccess: false, excludeSlashTmp: true, excludeTmpdir: true },
      };
    case "danger-full-access":
      return {
        tools: EVERYTHING,
        permissionMode: "bypassPermissions",
        isRestricted: false,
        addedDirectories: [],
        inForce: sandbox,
      };
  }
}
