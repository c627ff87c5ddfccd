// Finds a thread's id: in the event stream first, then in an MCP result from upstream, then in the rollout's file name.
import { isRecord } from "../../../domain/guards.ts";
import { findNewRollout, isThreadId, type RolloutQuery } from "./rollout-files.ts";

/** Thread id in one event line: `thread.started`, or `structuredContent.threadId` of an MCP result. undefined for any other line. */
export function toThreadId(event: Readonly<Record<string, unknown>>): string | undefined {
  if (event["type"] === "thread.started") return toValidId(event["thread_id"]);
  const result = isRecord(event["result"]) ? event["result"] : event;
  const structured = result["structuredContent"];
  return isRecord(structured) ? toValidId(structured["threadId"]) : undefined;
}

/** The id in a run's output, otherwise the id of the rollout that it made, otherwise undefined. */
export function findThreadId(
  fromOutput: string | undefined,
  codexHome: string,
  query: RolloutQuery,
): string | undefined {
  return fromOutput ?? findNewRollout(codexHome, query);
}

function toValidId(value: unknown): string | undefined {
  return typeof value === "string" && isThreadId(value) ? value : undefined;
}
