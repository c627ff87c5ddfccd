// What the open items of a turn tell while they run: a message that is being written, thoughts, a command's newest line.
import type { TurnItem } from "../../../domain/turn-events.ts";
import { toMessageItem } from "../../codex/turn/fold-items.ts";
import { type Fields, readNumber, readText } from "../protocol/fields.ts";
import { toFileChanges } from "./items.ts";

/** A longer text is not told again: only its beginning is shown. */
const TEXT_CHARACTERS = 400;
const LINE_CHARACTERS = 300;

interface LiveItem {
  /** What was told when it started. */
  readonly item: TurnItem | undefined;
  readonly phase: string | undefined;
  text: string;
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
    this.#items.set(id, { item, phase: readText(fields, "phase"), text: "", part: undefined });
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
        return grow(live, params) ? toMessageItem(live.text, live.phase) : undefined;
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

function growThoughts(live: LiveItem, params: Fields): TurnItem | undefined {
  const part = readNumber(params, "summaryIndex");
  if (part !== live.part) live.text = "";
  live.part = part;
  return grow(live, params) ? { type: "reasoning", text: live.text } : undefined;
}

// Says whether a sentence or a line has become whole: half a word is nothing to show.
function grow(live: LiveItem, params: Fields): boolean {
  const delta = readText(params, "delta");
  if (delta === undefined || live.text.length >= TEXT_CHARACTERS) return false;
  live.text = (live.text + delta).slice(0, TEXT_CHARACTERS);
  return /[.!?:*]\s*$|\n/.test(live.text.slice(-delta.length - 1)) || live.text.length === TEXT_CHARACTERS;
}

// Only whole lines, since the rest of one may come with the next piece. A progress bar ends its lines with a carriage return.
function toRunningCommand(live: LiveItem, params: Fields): TurnItem | undefined {
  const delta = readText(params, "delta");
  if (delta === undefined || live.item?.type !== "command") return undefined;
  const lines = (live.text + delta).slice(-2 * LINE_CHARACTERS).split(/[\r\n]/);
  live.text = lines.pop() ?? "";
  const lastLine = lines.findLast((line) => line.trim() !== "")?.trim();
  return lastLine === undefined ? undefined : { ...live.item, lastLine: lastLine.slice(0, LINE_CHARACTERS) };
}
