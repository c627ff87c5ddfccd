// Whether Claude Code says that it keeps to the frame. It says so before it asks a model.
import { BridgeError } from "../../../domain/errors.ts";
import { isRecord } from "../../../domain/guards.ts";
import { findRealPath } from "../../../files/real-path.ts";
import type { ClaudeLaunch } from "../launch/claude-launch.ts";
import type { Greeting } from "./read-line.ts";

/** What it has besides the tools that it was given: the tool of a JSON Schema's answer. */
const ADDED = ["StructuredOutput"];

/** The error of a Claude Code that has more than it was given; undefined if it has not. What it does not tell counts as more. */
export function findWiderFrame({ flags, cwd }: ClaudeLaunch, greeting: Greeting): BridgeError | undefined {
  const more = greeting.tools.filter((tool) => ![...flags.tools, ...ADDED].some((known) => known === tool));
  const servers = greeting.servers.map((server) => (isRecord(server) ? server["name"] : server));
  const problems = [
    ...(greeting.tools.length === 0 ? ["it does not tell its tools"] : []),
    ...(more.length === 0 ? [] : [`it has the tools ${more.join(", ")}`]),
    ...(servers.length === 0 ? [] : [`it has the MCP servers ${servers.join(", ")}`]),
    ...(greeting.permissionMode === flags.permissionMode
      ? []
      : [`its permission mode is ${String(greeting.permissionMode)}, not ${flags.permissionMode}`]),
    ...(isSame(greeting.cwd, cwd) ? [] : [`it works in ${String(greeting.cwd)}`]),
  ];
  if (problems.length === 0) return undefined;
  const message = `Claude Code does not keep to the limits that it was started with: ${problems.join("; ")}.`;
  return new BridgeError("SANDBOX_NOT_HELD", message, {
    nextStep: "Ask the user to look at the machine's managed settings, or to install another version of Claude Code.",
  });
}

/** The error of a Claude Code that works on another session than `wanted`; undefined if it does not. */
export function findOtherThread(wanted: string, threadId: string | undefined): BridgeError | undefined {
  if (threadId === wanted) return undefined;
  return new BridgeError("PROTOCOL_ERROR", `Claude Code works on the session ${threadId}, not on ${wanted}.`);
}

function isSame(told: unknown, cwd: string): boolean {
  return typeof told === "string" && (told === cwd || findRealPath(told) === cwd);
}
