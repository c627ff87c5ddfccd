// Reads what an agent tells of its turn (`session/update`).
import { isRecord } from "../../../domain/guards.ts";
import type { TurnEvent, TurnItem } from "../../../domain/turn-events.ts";
import { amendToolItem, toToolItem } from "./tool-items.ts";
import type { TurnState } from "./turn-state.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Characters of a message that are kept. A model says far less. */
const MOST_CHARACTERS = 16_777_216;
/** Calls of tools that are open at once, and files that a turn changes. A turn has a few hundred at most. */
const MOST_OPEN = 1_000;
const MOST_CHANGES = 10_000;
const MOST_ID_CHARACTERS = 1_000;

/** Takes an update into the state. Those of an unknown kind say nothing. `server` names the agent in calls of its tools. */
export function readUpdate(state: TurnState, update: Fields, server: string): TurnEvent[] {
  switch (update["sessionUpdate"]) {
    case "agent_message_chunk":
      return readChunk(state, "message", update);
    case "agent_thought_chunk":
      return readChunk(state, "reasoning", update);
    case "tool_call":
    case "tool_call_update":
      return [...endSaid(state), ...readTool(state, update, server)];
    case "plan":
      return [...endSaid(state), { kind: "item", phase: "changed", id: "plan", item: toPlan(update["entries"]) }];
    case "current_mode_update":
      state.otherMode = toText(update["currentModeId"]);
      return [];
    default:
      return [];
  }
}

/** Ends the message or thought that is being said: its end is not told. */
export function endSaid(state: TurnState): TurnEvent[] {
  const { said } = state;
  if (said === undefined) return [];
  state.said = undefined;
  state.count += 1;
  const text = said.parts.join("");
  if (said.kind === "message") state.content = text;
  return [{ kind: "item", phase: "finished", id: `${said.kind}-${state.count}`, item: { type: said.kind, text } }];
}

/** A call of a tool that the agent was not allowed. Nothing more comes of it. */
export function refuseTool(state: TurnState, call: Fields, server: string): TurnEvent[] {
  const events = readTool(state, { ...call, status: "failed" }, server);
  const [last] = events.slice(-1);
  if (last?.kind !== "item" || last.item.type !== "command") return events;
  return [...events, ...state.refused.add(last.item.command)];
}

function readChunk(state: TurnState, kind: "message" | "reasoning", { content }: Fields): TurnEvent[] {
  const text = isRecord(content) ? toText(content["text"]) : undefined;
  if (text === undefined || text === "") return [];
  state.hasWorked = true;
  const ended = state.said !== undefined && state.said.kind !== kind ? endSaid(state) : [];
  state.said ??= { kind, parts: [], length: 0 };
  const { said } = state;
  if (said.length + text.length > MOST_CHARACTERS) {
    state.warnings.add(`A message of more than ${MOST_CHARACTERS} characters was cut.`);
  } else {
    said.parts.push(text);
    said.length += text.length;
  }
  return ended;
}

function readTool(state: TurnState, call: Fields, server: string): TurnEvent[] {
  const id = toText(call["toolCallId"]);
  if (id === undefined || id.length > MOST_ID_CHARACTERS) return [];
  state.hasWorked = true;
  state.hasUsedTools = true;
  const known = state.open.get(id);
  const item = known === undefined ? toToolItem(call, server, state.redact) : amendToolItem(known, call);
  const begun: TurnEvent[] = known === undefined ? [{ kind: "item", phase: "started", id, item }] : [];
  const status = call["status"];
  if (status !== "completed" && status !== "failed") {
    if (known === undefined && state.open.size >= MOST_OPEN) return [];
    state.open.set(id, item);
    return begun;
  }
  state.open.delete(id);
  const ended = endItem(item, status === "failed");
  countItem(state, ended);
  return [...begun, { kind: "item", phase: "finished", id, item: ended }];
}

function endItem(item: TurnItem, hasFailed: boolean): TurnItem {
  return item.type === "command" || item.type === "file_change" || item.type === "tool_call"
    ? { ...item, hasFailed }
    : item;
}

function countItem(state: TurnState, item: TurnItem): void {
  if (item.type === "command") {
    state.commands += 1;
    if (item.hasFailed === true) state.failedCommands += 1;
  }
  if (item.type !== "file_change" || item.hasFailed === true) return;
  for (const change of item.changes) {
    // A file that this turn has made stays a new one, however often it is changed.
    const known = state.changes.get(change.path);
    if (known === undefined && state.changes.size >= MOST_CHANGES) {
      state.warnings.add(`It told of more than ${MOST_CHANGES} changed files; the others are not named.`);
      return;
    }
    const kind = known?.kind === "add" ? "add" : change.kind;
    state.changes.set(change.path, { ...change, kind });
  }
}

function toPlan(entries: unknown): TurnItem {
  const steps = (Array.isArray(entries) ? entries : []).filter(isRecord);
  return {
    type: "plan",
    steps: steps.map(({ content, status }) => ({ text: toText(content) ?? "", isDone: status === "completed" })),
  };
}

function toText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
