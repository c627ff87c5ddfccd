// Reads the event stream of `codex exec --json` (docs/codex-cli.md#event-stream): updates what is known of the turn, and passes events on.
import { isRecord } from "../../domain/guards.ts";
import type { FileChange, TurnEvent, TurnItem } from "../../domain/turn-events.ts";
import { toUsage } from "../codex/rollouts/rollout-records.ts";
import { toThreadId } from "../codex/rollouts/thread-id.ts";
import { foldChanges, foldCommand, foldMessage, type ToldCommand } from "../codex/turn/fold-items.ts";
import type { StreamState } from "../codex/turn/stream-state.ts";
import { toSubagentAction } from "../codex/turn/subagent-actions.ts";

/** Items with which the agent does something. */
const WORK = ["command_execution", "file_change", "mcp_tool_call", "web_search", "collab_tool_call"];

/** Takes one line into the state. Returns the event to tell, if there is one. A line that is not an event only sets `hasGarbage`. */
export function readLine(state: StreamState, line: string): TurnEvent | undefined {
  if (line.trim() === "") return undefined;
  const event = parseEvent(line);
  if (event === undefined) {
    state.hasGarbage = true;
    return undefined;
  }
  const threadId = state.threadId === undefined ? toThreadId(event) : undefined;
  if (threadId !== undefined) {
    state.threadId = threadId;
    return { kind: "thread", threadId };
  }
  const told = readEvent(state, event);
  if (told !== undefined) state.hasTold = true;
  return told;
}

/** Takes the text after the last newline: a whole event, or one that was cut off, which does not count as garbage. */
export function readRest(state: StreamState, rest: string): TurnEvent | undefined {
  if (!rest.startsWith("{") || parseEvent(rest) !== undefined) return readLine(state, rest);
  state.isCutOff = true;
  return undefined;
}

function readEvent(state: StreamState, event: Record<string, unknown>): TurnEvent | undefined {
  switch (event["type"]) {
    case "turn.started":
      state.hasBegun = true;
      return { kind: "begun" };
    case "turn.completed":
      state.isCompleted = true;
      state.usage = toUsage(event["usage"]);
      state.openItems.clear();
      return undefined;
    case "turn.failed":
      state.hasFailed = true;
      state.failure = toMessage(event["error"]) || state.notice || "The turn failed.";
      return undefined;
    // Also printed for retries that later succeed, so on its own it is not a failure.
    case "error":
      state.notice = toMessage(event);
      return { kind: "notice", text: state.notice };
    case "item.started":
    case "item.updated":
    case "item.completed":
      state.notice = "";
      return isRecord(event["item"]) ? readItem(state, PHASES[event["type"]], event["item"]) : undefined;
    default:
      return undefined;
  }
}

const PHASES = { "item.started": "started", "item.updated": "changed", "item.completed": "finished" } as const;
type Phase = (typeof PHASES)[keyof typeof PHASES];

function readItem(state: StreamState, phase: Phase, item: Record<string, unknown>): TurnEvent | undefined {
  const isDone = phase === "finished";
  const id = String(item["id"]);
  if (isDone) state.openItems.delete(id);
  else state.openItems.add(id);
  // An `error` item is a warning, never a failure. It may come before the model is asked, and may repeat (docs/codex-cli.md#event-stream).
  if (item["type"] === "error") {
    const warning = text(item["message"]);
    if (!state.warnings.includes(warning)) state.warnings.push(warning);
    return undefined;
  }
  state.hasItems = true;
  if (WORK.includes(String(item["type"]))) state.hasWorked = true;
  return { kind: "item", phase, id, item: foldItem(state, id, item, isDone) };
}

function foldItem(state: StreamState, id: string, item: Record<string, unknown>, isDone: boolean): TurnItem {
  switch (item["type"]) {
    case "agent_message":
      return foldMessage(state, text(item["text"]));
    case "reasoning":
      state.openItems.clear();
      return { type: "reasoning", text: text(item["text"]) };
    case "command_execution":
      return foldCommand(state, toCommand(id, item), isDone);
    case "file_change":
      return foldChanges(state, toRecords(item["changes"]).map(toChange), item["status"], isDone);
    case "mcp_tool_call": {
      const hasFailed = isDone ? item["status"] === "failed" : undefined;
      return { type: "tool_call", server: text(item["server"]), tool: text(item["tool"]), hasFailed };
    }
    case "web_search":
      return { type: "search", query: text(item["query"]) };
    case "collab_tool_call":
      return { type: "subagent", action: toSubagentAction(text(item["tool"])) };
    case "todo_list":
      // A plan stays open until the turn ends, but nothing is going on.
      state.openItems.delete(id);
      return { type: "plan", steps: toRecords(item["items"]).map(toStep) };
    default:
      return { type: "other", name: text(item["type"]) };
  }
}

function toCommand(id: string, item: Record<string, unknown>): ToldCommand {
  const exitCode = typeof item["exit_code"] === "number" ? item["exit_code"] : undefined;
  const output = text(item["aggregated_output"]);
  return { id, command: text(item["command"]), status: item["status"], output, exitCode };
}

function toChange(change: Record<string, unknown>): FileChange {
  return { path: text(change["path"]), kind: text(change["kind"]) };
}

function toStep(step: Record<string, unknown>): { text: string; isDone: boolean } {
  return { text: text(step["text"]), isDone: step["completed"] === true };
}

function toRecords(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function parseEvent(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function toMessage(value: unknown): string {
  return isRecord(value) ? text(value["message"]) : "";
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
