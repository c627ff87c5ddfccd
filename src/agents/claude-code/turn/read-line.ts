// Reads the lines of `claude -p --output-format stream-json` (docs/claude-code.md#as-a-callee).
import { isRecord } from "../../../domain/guards.ts";
import type { TurnEvent, TurnItem } from "../../../domain/turn-events.ts";
import { readLimits } from "./read-limits.ts";
import { endToolItem, toToolItem } from "./tool-items.ts";
import type { TurnState } from "./turn-state.ts";

type Line = Readonly<Record<string, unknown>>;

/** What Claude Code says of itself before each turn. */
export interface Greeting {
  readonly cwd: unknown;
  readonly permissionMode: unknown;
  readonly tools: readonly unknown[];
  readonly servers: readonly unknown[];
}

/** What a line says. */
export interface LineNews {
  readonly events: readonly TurnEvent[];
  readonly greeting?: Greeting | undefined;
}

const NOTHING: LineNews = { events: [] };

/** Takes a line into the state. Lines of an unknown kind say nothing. */
export function readLine(state: TurnState, text: string): LineNews {
  if (text.trim() === "") return NOTHING;
  const line = parseLine(text);
  if (line === undefined) {
    state.hasGarbage = true;
    return NOTHING;
  }
  switch (line["type"]) {
    case "system":
      return readSystemLine(state, line);
    case "assistant":
      return { events: readAnswer(state, line) };
    case "user":
      return { events: readToolResults(state, line) };
    case "rate_limit_event":
      state.limits = readLimits(line) ?? state.limits;
      return NOTHING;
    case "result":
      // A finished task in the background has a turn and a result of its own.
      if (line["origin"] === undefined) state.result = line;
      return NOTHING;
    default:
      return NOTHING;
  }
}

function readSystemLine(state: TurnState, line: Line): LineNews {
  switch (line["subtype"]) {
    case "init": {
      const threadId = toText(line["session_id"]);
      if (threadId === undefined || state.threadId !== undefined) return NOTHING;
      state.threadId = threadId;
      state.model = toText(line["model"]);
      const { cwd, permissionMode, tools, mcp_servers: servers } = line;
      const greeting = { cwd, permissionMode, tools: toList(tools), servers: toList(servers) };
      return { events: [{ kind: "thread", threadId }, { kind: "begun" }], greeting };
    }
    case "api_retry":
      return {
        events: [{ kind: "notice", text: `The model is asked again: ${toText(line["error"]) ?? "no answer"}.` }],
      };
    case "permission_denied":
      return { events: readRefusal(state, line) };
    default:
      return NOTHING;
  }
}

function readRefusal(state: TurnState, line: Line): TurnEvent[] {
  const item = state.open.get(toText(line["tool_use_id"]) ?? "");
  if (item?.type !== "command") return [];
  return state.refused.add(item.command);
}

function readAnswer(state: TurnState, line: Line): TurnEvent[] {
  const { message } = line;
  state.requestError = toText(line["error"]);
  if (!isRecord(message)) return [];
  // Claude Code words a failed request as an answer of this model.
  if (message["model"] === "<synthetic>") return [];
  state.model = toText(message["model"]) ?? state.model;
  const id = toText(line["uuid"]) ?? "";
  return toRecords(message["content"]).flatMap((block) => readBlock(state, id, block));
}

function readBlock(state: TurnState, lineId: string, block: Line): TurnEvent[] {
  switch (block["type"]) {
    case "text": {
      const text = toText(block["text"]) ?? "";
      if (text === "") return [];
      state.content = text;
      state.hasWorked = true;
      state.open.clear();
      return [{ kind: "item", phase: "finished", id: lineId, item: { type: "message", text } }];
    }
    case "thinking":
      state.hasWorked = true;
      return [
        {
          kind: "item",
          phase: "finished",
          id: lineId,
          item: { type: "reasoning", text: toText(block["thinking"]) ?? "" },
        },
      ];
    case "tool_use":
      return startTool(state, block);
    default:
      return [];
  }
}

function startTool(state: TurnState, block: Line): TurnEvent[] {
  const id = toText(block["id"]) ?? "";
  const { input } = block;
  const item = toToolItem(toText(block["name"]) ?? "", isRecord(input) ? input : {});
  state.hasWorked = true;
  if (item === undefined) return [];
  state.open.set(id, item);
  return [{ kind: "item", phase: "started", id, item }];
}

function readToolResults(state: TurnState, line: Line): TurnEvent[] {
  const { message } = line;
  if (!isRecord(message)) return [];
  return toRecords(message["content"]).flatMap((block) => {
    const id = toText(block["tool_use_id"]) ?? "";
    const open = state.open.get(id);
    if (block["type"] !== "tool_result" || open === undefined) return [];
    state.open.delete(id);
    const item = endToolItem(open, block["is_error"] === true, block["content"], line["tool_use_result"]);
    countItem(state, item);
    return [{ kind: "item", phase: "finished", id, item } as const];
  });
}

function countItem(state: TurnState, item: TurnItem): void {
  if (item.type === "command") {
    state.commands += 1;
    if (item.hasFailed === true) state.failedCommands += 1;
  }
  if (item.type === "file_change" && item.hasFailed !== true) {
    for (const change of item.changes) state.changes.set(change.path, { ...change, ...keepAdded(state, change.path) });
  }
}

// A file that this turn has made stays a new one, however often it is changed.
function keepAdded({ changes }: TurnState, path: string): { kind?: string } {
  return changes.get(path)?.kind === "add" ? { kind: "add" } : {};
}

function parseLine(text: string): Line | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const toText = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
const toList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const toRecords = (value: unknown): Line[] => toList(value).filter(isRecord);
