// Tells from a rollout whether its last turn has ended. A turn of a killed Codex never ends there.
import { isRecord } from "../../../domain/guards.ts";
import { parseRecord } from "../rollouts/rollout-files.ts";
import { findLastLine } from "../rollouts/rollout-search.ts";

/** Bytes from the end that are searched. A turn that has written more without an end counts as running. */
const MOST_BYTES = 33_554_432;

const STATES: Readonly<Record<string, "begun" | "ended">> = {
  task_started: "begun",
  task_complete: "ended",
  turn_aborted: "ended",
};

/** Whether the last turn has ended. A thread without a turn counts as ended. */
export function findTurnState(path: string): "begun" | "ended" {
  const { found, isWhole } = findLastLine(path, { needle: '"event_msg"', pick: readState, mostBytes: MOST_BYTES });
  return found ?? (isWhole ? "ended" : "begun");
}

function readState(line: string): "begun" | "ended" | undefined {
  const record = parseRecord(line);
  const payload = record?.["type"] === "event_msg" ? record["payload"] : undefined;
  return isRecord(payload) ? STATES[String(payload["type"])] : undefined;
}
