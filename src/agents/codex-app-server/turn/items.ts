// Takes the app server's items (0.120 to 0.169) into what is known of a turn.
import type { CommandAction, FileChange, SubagentAction, TurnItem } from "../../../domain/turn-events.ts";
import { foldChanges, foldCommand, foldMessage } from "../../codex/turn/fold-items.ts";
import type { StreamState } from "../../codex/turn/stream-state.ts";
import { toSubagentAction } from "../../codex/turn/subagent-actions.ts";
import { type Fields, readFields, readList, readNumber, readText, readTexts } from "../protocol/fields.ts";

/** Items that are not the agent's: what the user or a hook said, a command that the user ran, an answer to a tool of the client's. */
export function isForeign(item: Fields): boolean {
  const type = item["type"];
  return (
    type === "userMessage" ||
    type === "hookPrompt" ||
    type === "functionCallOutput" ||
    (type === "commandExecution" && item["source"] === "userShell")
  );
}

/** Whether an item is a call of a tool that runs in another program, such as an MCP server. */
export function isOutsideCall(item: Fields | undefined): boolean {
  const type = item?.["type"];
  return type === "mcpToolCall" || type === "dynamicToolCall";
}

/** Items with which the agent does something. While one of them is open, silence means nothing. */
const WORK: ReadonlySet<unknown> = new Set([
  "commandExecution",
  "fileChange",
  "mcpToolCall",
  "dynamicToolCall",
  "collabAgentToolCall",
  "subAgentActivity",
  "webSearch",
  "imageGeneration",
]);

/** Takes an item that has started or ended. Returns what is to be told of it; undefined if there is nothing new. */
export function foldItem(state: StreamState, id: string, item: Fields, isDone: boolean): TurnItem | undefined {
  state.notice = "";
  const isWork = WORK.has(item["type"]);
  if (isDone) state.openItems.delete(id);
  else if (isWork) state.openItems.add(id);
  if (isWork) state.hasWorked = true;
  // Codex compacts a thread on its own. The model has done nothing for the prompt by that.
  if (item["type"] !== "contextCompaction") state.hasItems = true;
  return toTurnItem(state, id, item, isDone);
}

function toTurnItem(state: StreamState, id: string, item: Fields, isDone: boolean): TurnItem | undefined {
  switch (item["type"]) {
    case "agentMessage":
      // What has only started has no text yet, or not all of it.
      return isDone ? foldMessage(state, readText(item, "text") ?? "", readText(item, "phase")) : undefined;
    case "reasoning":
      return foldReasoning(state, item, isDone);
    case "commandExecution":
      return foldCommand(state, toCommand(id, item), isDone);
    case "fileChange":
      return foldChanges(state, toFileChanges(item), item["status"], isDone);
    case "mcpToolCall":
    case "dynamicToolCall":
      return toToolCall(item, isDone);
    case "collabAgentToolCall":
      return { type: "subagent", action: toSubagentAction(readText(item, "tool") ?? "") };
    case "subAgentActivity":
      return { type: "subagent", action: ACTIVITIES[readText(item, "kind") ?? ""] ?? "other" };
    case "webSearch":
      return { type: "search", query: toQuery(item) };
    case "imageView":
      return { type: "image", path: readText(item, "path") ?? "" };
    case "contextCompaction":
      return { type: "compaction" };
    case "enteredReviewMode":
    case "exitedReviewMode":
      return { type: "review", text: readText(item, "review") ?? "" };
    default:
      return { type: "other", name: readText(item, "type") ?? "" };
  }
}

/** What `multi_agent_v2` tells of its subagents. */
const ACTIVITIES: Readonly<Record<string, SubagentAction>> = {
  started: "start",
  interacted: "message",
  interrupted: "end",
  completed: "end",
};

function foldReasoning(state: StreamState, item: Fields, isDone: boolean): TurnItem | undefined {
  const text = (readTexts(item, "summary") ?? []).join("\n");
  if (!isDone) return { type: "reasoning", text };
  state.openItems.clear();
  return text === "" ? undefined : { type: "reasoning", text };
}

function toCommand(id: string, item: Fields): Parameters<typeof foldCommand>[1] {
  return {
    id,
    command: readText(item, "command") ?? "",
    status: item["status"],
    output: readText(item, "aggregatedOutput") ?? "",
    exitCode: readNumber(item, "exitCode"),
    actions: toActions(readList(item, "commandActions") ?? []),
    durationMs: readNumber(item, "durationMs"),
  };
}

// Only if Codex understands every part of the command: what else it does would be left out.
function toActions(parts: readonly Fields[]): readonly CommandAction[] | undefined {
  const actions = parts.map(toAction);
  const known = actions.filter((action) => action !== undefined);
  return known.length === 0 || known.length < actions.length ? undefined : known;
}

function toAction(part: Fields): CommandAction | undefined {
  const path = readText(part, "path");
  switch (part["type"]) {
    case "read":
      return path === undefined ? undefined : { kind: "read", path };
    case "listFiles":
      return { kind: "list", path };
    case "search":
      return { kind: "search", query: readText(part, "query"), path };
    default:
      return undefined;
  }
}

/** The changes of an item, or of `item/fileChange/patchUpdated`. A file that is moved is deleted in one place and added in another. */
export function toFileChanges(fields: Fields): readonly FileChange[] {
  return (readList(fields, "changes") ?? []).flatMap((change) => {
    const path = readText(change, "path") ?? "";
    const kind = readFields(change, "kind");
    const movedTo = readText(kind, "move_path");
    if (movedTo === undefined || movedTo === path) return [{ path, kind: readText(kind, "type") ?? "" }];
    return [
      { path, kind: "delete" },
      { path: movedTo, kind: "add" },
    ];
  });
}

function toToolCall(item: Fields, isDone: boolean): TurnItem {
  const hasFailed = isDone ? item["status"] === "failed" : undefined;
  const server = readText(item, "server") ?? readText(item, "namespace") ?? "";
  return { type: "tool_call", server, tool: readText(item, "tool") ?? "", hasFailed };
}

// What a search is about is often known at its end only, and a page that is opened has no query.
function toQuery(item: Fields): string {
  const action = readFields(item, "action");
  const told = ["query", "url", "pattern"].map((name) => readText(action, name));
  return readText(item, "query") ?? told.find((text) => text !== undefined) ?? "";
}
