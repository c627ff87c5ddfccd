// Codex's own names of threads (`/rename` in its terminal), from `session_index.jsonl` (docs/codex-cli.md#rollouts).
import { join } from "node:path";
import { parseRecord, readPart, readSize } from "../rollouts/rollout-files.ts";

/** Names are read from the end of the file, since the newest entry of a thread counts. */
const READ_BYTES = 2_097_152;

/** The names by thread id; empty if there are none. */
export function readThreadNames(codexHome: string): ReadonlyMap<string, string> {
  const path = join(codexHome, "session_index.jsonl");
  const text = readPart(path, Math.max(0, readSize(path) - READ_BYTES), READ_BYTES);
  const names = new Map<string, string>();
  for (const line of text.split("\n")) {
    const { id, thread_name: name } = parseRecord(line) ?? {};
    if (typeof id === "string" && typeof name === "string" && name.trim() !== "") names.set(id, name);
  }
  return names;
}
