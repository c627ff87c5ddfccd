// Reads what a subagent of Claude Code got from its tools (docs/claude-code.md#hooks).
import { isRecord } from "../../domain/guards.ts";
import { readSmallText } from "../../files/small-file.ts";

/** What a gate needs of a subagent's conversation. */
export interface AgentTranscript {
  /** The text of the newest tool result, errors included; undefined if no tool has answered. */
  readonly lastResult: string | undefined;
  /** What hooks have told the subagent when it wanted to stop, in order. */
  readonly feedback: readonly string[];
}

const MAX_BYTES = 67_108_864;
const FEEDBACK = "Stop hook feedback:\n";

/** Reads the file. Throws if it cannot be read; a line that is not JSON is passed over, since the last one may be half written. */
export function readAgentTranscript(path: string): AgentTranscript {
  const blocks = readSmallText(path, MAX_BYTES).split("\n").flatMap(toUserBlocks);
  const texts = blocks.flatMap(({ type, text }) => (type === "text" && typeof text === "string" ? [text] : []));
  const results = blocks.flatMap(({ type, content }) => (type === "tool_result" ? [toText(content)] : []));
  return {
    lastResult: results.at(-1),
    feedback: texts.flatMap((text) => (text.startsWith(FEEDBACK) ? [text.slice(FEEDBACK.length)] : [])),
  };
}

function toUserBlocks(line: string): Record<string, unknown>[] {
  const entry = parse(line);
  if (!isRecord(entry) || entry["type"] !== "user" || !isRecord(entry["message"])) return [];
  const { content } = entry["message"];
  if (typeof content === "string") return [{ type: "text", text: content }];
  return Array.isArray(content) ? content.filter(isRecord) : [];
}

function toText(content: unknown): string {
  if (typeof content === "string") return content;
  const blocks = Array.isArray(content) ? content.filter(isRecord) : [];
  return blocks.flatMap(({ text }) => (typeof text === "string" ? [text] : [])).join("\n");
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
