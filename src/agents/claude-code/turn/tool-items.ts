// The calls of Claude Code's tools as items of a turn.
import { isRecord } from "../../../domain/guards.ts";
import type { TurnItem } from "../../../domain/turn-events.ts";

/** The name under which Claude Code's own tools are told. */
const OWN_TOOLS = "claude";

/** A call as an item; undefined for one that is not worth telling. */
export function toToolItem(name: string, input: Readonly<Record<string, unknown>>): TurnItem | undefined {
  switch (name) {
    case "Bash":
      return { type: "command", command: text(input["command"]) };
    case "Edit":
    case "Write":
    case "NotebookEdit":
      return {
        type: "file_change",
        changes: [{ path: text(input["file_path"] ?? input["notebook_path"]), kind: "update" }],
      };
    case "WebSearch":
      return { type: "search", query: text(input["query"]) };
    // Its input is the answer.
    case "StructuredOutput":
      return undefined;
    default:
      return { type: "tool_call", server: OWN_TOOLS, tool: name };
  }
}

/** The item at the end of its call. `outcome` is what Claude Code says of it for programs. */
export function endToolItem(item: TurnItem, hasFailed: boolean, content: unknown, outcome: unknown): TurnItem {
  switch (item.type) {
    case "command": {
      const exitCode = hasFailed ? readExitCode(content) : 0;
      return { ...item, hasFailed, ...(exitCode === undefined ? {} : { exitCode }) };
    }
    case "file_change": {
      const kind = isRecord(outcome) && outcome["type"] === "create" ? "add" : "update";
      return { ...item, changes: item.changes.map((change) => ({ ...change, kind })), hasFailed };
    }
    case "tool_call":
      return { ...item, hasFailed };
    default:
      return item;
  }
}

// The words of 2.1.329 for a command that failed. A refused one has no exit code.
function readExitCode(content: unknown): number | undefined {
  const [, code] = /^Exit code (\d{1,3})\b/.exec(text(content)) ?? [];
  return code === undefined ? undefined : Number(code);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
