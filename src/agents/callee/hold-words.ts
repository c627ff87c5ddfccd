// What is said of a frame that the operating system does not hold.
import { READ_ONLY, type SandboxPolicy } from "../../domain/sandbox.ts";

/** The sandbox that a callee then has: its tools read, and that is all. */
export const BY_TOOLS = READ_ONLY;

/** A warning for the result. `agent` is its name in sentences. */
export function toHoldWarning(agent: string, reason: string, { mode }: SandboxPolicy): string {
  const narrowed =
    mode === "read-only"
      ? `${agent} was kept read-only by its tools alone`
      : `${agent} had tools for reading alone, although the thread may write`;
  return `${narrowed}: the operating system cannot hold it to a sandbox here, because ${reason}. To change that, ask the user to install Codex CLI 0.142 or later where \`codex sandbox -- true\` succeeds.`;
}
