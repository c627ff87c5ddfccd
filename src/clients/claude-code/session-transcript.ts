// Reads what was said in a session of Claude Code, from its file of JSON lines (docs/claude-code.md#hooks).
import { isRecord } from "../../domain/guards.ts";
import { readSmallText } from "../../files/small-file.ts";

/** Something that was said: by the person, or by Claude. Tool calls, their results and notices are left out. */
export interface SpokenText {
  readonly by: "person" | "claude";
  readonly text: string;
}

const MAX_BYTES = 134_217_728;
/** What Claude Code writes in the person's name: commands, their output, notices, the summary of a compaction. */
const NOT_SAID = /^\s*<(?:command-|local-command-|task-notification|system-reminder|bash-)|^\s*\[Request interrupted/;

/** Reads the file, oldest first. Throws if it cannot be read; a line that is not JSON is passed over, since the last one may be half written. */
export function readSessionTranscript(path: string): SpokenText[] {
  return readSmallText(path, MAX_BYTES).split("\n").flatMap(toSpoken);
}

function toSpoken(line: string): SpokenText[] {
  const entry = parse(line);
  if (!isRecord(entry) || !isRecord(entry["message"])) return [];
  if (["isMeta", "isSidechain", "isCompactSummary"].some((key) => entry[key] === true)) return [];
  const { type, message } = entry;
  if (type !== "user" && type !== "assistant") return [];
  const by = type === "user" ? "person" : "claude";
  return toTexts(message["content"]).flatMap((text) =>
    text.trim() === "" || (by === "person" && NOT_SAID.test(text)) ? [] : [{ by, text }],
  );
}

function toTexts(content: unknown): string[] {
  if (typeof content === "string") return [content];
  const blocks = Array.isArray(content) ? content.filter(isRecord) : [];
  return blocks.flatMap(({ type, text }) => (type === "text" && typeof text === "string" ? [text] : []));
}

// Most lines are results of tools, and some are long.
function parse(line: string): unknown {
  if (!line.includes('"text"') && !line.includes('"content":"')) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
