// What the open items of a turn tell while they run: a message that is being written, thoughts, a command's newest line.
import type { TurnItem } from "../../../domain/turn-events.ts";
import { toMessageItem } from "../../codex/turn/fold-items.ts";
import { type Fields, readNumber, readText } from "../protocol/fields.ts";
import { toFileChanges } from "./items.ts";

/** A longer text is not told again, since only its beginning is shown. */
const TEXT_CHARACTERS = 400;
/** A longer line of output is not told. */
const LINE_CHARACTERS = 4_000;

interface LiveItem {
  /** What was told when it started. */
  readonly item: TurnItem | undefined;
  readonly phase: string | undefined;
  /** What has come so far, or since the last whole line. */
  text: string;
  /** How much of `text` was told. */
  toldLength: number;
  /** Which part of the thoughts `text` is. */
  part: number | undefined;
}

/** The open items of one turn. */
export class LiveItems {
  readonly #items = new Map<string, LiveItem>();

  /** How many commands have started and not ended. */
  get openCommands(): number {
    return [...this.#items.values()].filter(({ item }) => item?.type === "command").length;
  }

  /** Remembers an item that started; `item` is what was told of it. */
  open(id: string, fields: Fields, item: TurnItem | undefined): void {
    this.#items.set(id, { item, phase: readText(fields, "phase"), text: "", toldLength: 0, part: undefined });
  }

  /** Forgets an item that ended. */
  close(id: string): void {
    this.#items.delete(id);
  }

  /** Takes a notification about an open item. Returns the item as it is now, if a person would see something new. */
  read(method: string, id: string, params: Fields): TurnItem | undefined {
    const live = this.#items.get(id);
    if (live === undefined) return undefined;
    switch (method) {
      case "item/agentMessage/delta":
        return growMessage(live, params);
      case "item/reasoning/summaryTextDelta":
        return growThoughts(live, params);
      case "item/commandExecution/outputDelta":
        return toRunningCommand(live, params);
      case "item/mcpToolCall/progress": {
        const note = readText(params, "message");
        return live.item?.type === "tool_call" && note !== undefined ? { ...live.item, note } : undefined;
      }
      case "item/fileChange/patchUpdated":
        return { type: "file_change", changes: toFileChanges(params) };
      default:
        return undefined;
    }
  }
}

function growMessage(live: LiveItem, params: Fields): TurnItem | undefined {
  const text = grow(live, params);
  return text === undefined ? undefined : toMessageItem(text, live.phase);
}

function growThoughts(live: LiveItem, params: Fields): TurnItem | undefined {
  const part = readNumber(params, "summaryIndex");
  if (part !== live.part) Object.assign(live, { part, text: "", toldLength: 0 });
  const text = grow(live, params);
  return text === undefined ? undefined : { type: "reasoning", text };
}

// The text so far, if a sentence or a line has become whole. It ends with a whole word: half a secret would not be recognised as one.
function grow(live: LiveItem, params: Fields): string | undefined {
  const delta = readText(params, "delta");
  if (delta === undefined || live.text.length > TEXT_CHARACTERS) return undefined;
  live.text = (live.text + delta).slice(0, LINE_CHARACTERS);
  const end = live.text.search(/\s\S*$/);
  const added = live.text.slice(live.toldLength, end + 1);
  if (!/[.!?:*]\s|\n/.test(added)) return undefined;
  live.toldLength = end + 1;
  return live.text.slice(0, end).trimEnd();
}

// Only whole lines, since the rest of one may come with the next piece. A progress bar ends its lines with a carriage return.
function toRunningCommand(live: LiveItem, params: Fields): TurnItem | undefined {
  const delta = readText(params, "delta");
  if (delta === undefined || live.item?.type !== "command") return undefined;
  const lines = (live.text + delta).slice(-4 * LINE_CHARACTERS).split(/[\r\n]/);
  // The first one may have lost its beginning.
  if (live.text.length + delta.length > 4 * LINE_CHARACTERS && lines.length > 1) lines.shift();
  live.text = (lines.pop() ?? "").slice(0, LINE_CHARACTERS);
  const lastLine = lines.findLast((line) => line.trim() !== "")?.trim();
  const isShort = lastLine !== undefined && lastLine.length < LINE_CHARACTERS;
  return isShort ? { ...live.item, lastLine } : undefined;
}
