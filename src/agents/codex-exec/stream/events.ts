// The event stream of `codex exec --json`, folded into what is known of the turn. Event and item types: facts 1.
import { cutText } from "../../../domain/cut-text.ts";
import { isRecord } from "../../../domain/guards.ts";
import type { TurnEvent } from "../../../domain/turn.ts";
import { looksUnstarted } from "../../codex/program/sandbox-probe.ts";
import { toUsage } from "../../codex/rollouts/rollout-records.ts";
import { toThreadId } from "../../codex/rollouts/thread-id.ts";
import { toPlainCommand } from "./plain-command.ts";
import { toComparable } from "./refused-commands.ts";
import type { StreamState } from "./stream-state.ts";

/** A message can be megabytes long; what is told of it is a line. */
const READ_CHARACTERS = 20_000;

/** Items by which the agent does something. */
const WORK = ["command_execution", "file_change", "mcp_tool_call", "web_search", "collab_tool_call"];

/** Messages that are kept: a turn can comment on its work hundreds of times. */
const MAX_MESSAGES = 50;

/** Takes one line into the state; gives what is worth telling. A line that is no event only sets `hasGarbage`. */
export function readLine(state: StreamState, line: string): TurnEvent[] {
  if (line.trim() === "") return [];
  const event = parseEvent(line);
  if (event === undefined) {
    state.hasGarbage = true;
    return [];
  }
  const threadId = state.threadId === undefined ? toThreadId(event) : undefined;
  if (threadId !== undefined) {
    state.threadId = threadId;
    return [{ kind: "thread", threadId }];
  }
  return readEvent(state, event);
}

/** Takes what came after the last newline: an event that is whole, or one that was cut off, which is no garbage. */
export function readRest(state: StreamState, rest: string): TurnEvent[] {
  if (!rest.startsWith("{") || parseEvent(rest) !== undefined) return readLine(state, rest);
  state.isCutOff = true;
  return [];
}

function readEvent(state: StreamState, event: Record<string, unknown>): TurnEvent[] {
  switch (event["type"]) {
    case "turn.started":
      state.hasBegun = true;
      return tell(state, "Codex is thinking");
    case "turn.completed":
      state.isCompleted = true;
      state.usage = toUsage(event["usage"]);
      state.openItems.clear();
      return [];
    case "turn.failed":
      state.hasFailed = true;
      state.failure = toMessage(event["error"]) || state.notice || "The turn failed.";
      return [];
    // Also used for retries that later succeed, so on its own it is no failure.
    case "error":
      state.notice = toMessage(event);
      return tell(state, `Codex: ${state.notice}`);
    case "item.started":
    case "item.updated":
    case "item.completed":
      state.notice = "";
      return isRecord(event["item"]) ? readItem(state, event["type"], event["item"]) : [];
    default:
      return [];
  }
}

function readItem(state: StreamState, type: string, item: Record<string, unknown>): TurnEvent[] {
  const isDone = type === "item.completed";
  // An `error` item is a warning of Codex itself, at times before the model is asked.
  if (item["type"] !== "error") state.hasItems = true;
  const id = String(item["id"]);
  if (isDone) state.openItems.delete(id);
  else state.openItems.add(id);
  if (WORK.includes(String(item["type"]))) state.hasWorked = true;
  switch (item["type"]) {
    case "agent_message":
    case "reasoning":
      return readWords(state, item);
    case "command_execution":
      return readCommand(state, item, isDone);
    case "file_change":
      return readChanges(state, item, isDone);
    case "mcp_tool_call":
      return tell(state, `${isDone ? "Used" : "Using"} ${text(item["server"])}.${text(item["tool"])}`);
    case "web_search":
      return tell(state, `Searching the web: ${text(item["query"])}`);
    case "todo_list":
      // Stays open until the turn ends without anything going on.
      state.openItems.delete(id);
      return tell(state, "Updated its plan");
    // A warning, never a failure (facts 0.6); may repeat.
    case "error": {
      const warning = text(item["message"]);
      if (state.warnings.includes(warning)) return [];
      state.warnings.push(warning);
      return [{ kind: "warning", text: warning }];
    }
    default:
      return tell(state, `Codex: ${text(item["type"])}`);
  }
}

function readWords(state: StreamState, item: Record<string, unknown>): TurnEvent[] {
  // Some CLIs drop the end of a command when the model answers at once: words mean that nothing is open (facts 1).
  state.openItems.clear();
  const words = text(item["text"]);
  if (item["type"] === "reasoning") return tell(state, `Thinking: ${words.replaceAll("**", "")}`);
  state.content = words;
  state.messages.push({ text: words, phase: undefined, isAfterWork: state.hasWorked });
  state.hasWorked = false;
  if (state.messages.length > MAX_MESSAGES) state.messages.shift();
  state.isMessageLast = true;
  return tell(state, `Codex: ${words}`);
}

function readCommand(state: StreamState, item: Record<string, unknown>, isDone: boolean): TurnEvent[] {
  const command = toPlainCommand(text(item["command"]));
  state.seenCommands.set(String(item["id"]), toComparable(text(item["command"])));
  if (!isDone) return tell(state, `Running: ${command}`);
  state.commands += 1;
  state.isMessageLast = false;
  if (item["status"] === "failed" || item["status"] === "declined") state.failedCommands += 1;
  if (item["status"] === "failed" && looksUnstarted(text(item["aggregated_output"]))) state.unstartedCommands += 1;
  const exitCode = item["exit_code"];
  return tell(state, typeof exitCode === "number" ? `Ran (exit ${exitCode}): ${command}` : `Ran: ${command}`);
}

function readChanges(state: StreamState, item: Record<string, unknown>, isDone: boolean): TurnEvent[] {
  const changes = Array.isArray(item["changes"]) ? item["changes"].filter(isRecord) : [];
  const files = changes.map((change) => ({ path: text(change["path"]), kind: text(change["kind"]) }));
  if (isDone) state.isMessageLast = false;
  if (isDone && item["status"] === "completed") for (const file of files) state.changes.set(file.path, file);
  if (isDone && item["status"] === "failed") {
    state.failedChanges += 1;
    state.warnings.push(`Codex could not change ${files.map((file) => file.path).join(", ")}.`);
  }
  return tell(state, `${isDone ? "Changed" : "Changing"} ${files.map((file) => file.path).join(", ")}`);
}

function tell(state: StreamState, words: string): TurnEvent[] {
  // Bounded here already: a message can be megabytes long.
  state.lastSeen = cutText(state.redact(words.slice(0, READ_CHARACTERS)), 300)
    .replace(/\s+/g, " ")
    .trim();
  return [{ kind: "activity", text: state.lastSeen }];
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
