// The fields of two turns of one job as those of one result.
import { isRecord } from "../domain/guards.ts";
import type { ToolAnswer } from "./define-tool.ts";
import { type ListBounds, takeWithin } from "./take-within.ts";
import { CHANGES, LEFT_RUNNING, RECEIPTS, WARNINGS } from "./turn-answer.ts";

type Fields = ToolAnswer["structured"];

/** Lists that both turns add to: their limits, and the field that counts what was left out. */
const LISTS: Readonly<Record<string, { readonly bounds: ListBounds; readonly more?: string }>> = {
  changes: { bounds: CHANGES, more: "moreChanges" },
  leftRunning: { bounds: LEFT_RUNNING, more: "moreLeftRunning" },
  receipts: { bounds: RECEIPTS },
  warnings: { bounds: WARNINGS },
};
const COUNTED = ["usage", "commands", "durationMs", "moreChanges", "moreLeftRunning"];

/** What both turns did: lists joined, numbers summed. All else is the later turn's, and so is `data`, which belongs to one message. */
export function mergeResults(first: Fields, second: Fields): Record<string, unknown> {
  const { data: _data, ...others } = first;
  const merged: Record<string, unknown> = { ...others, ...second };
  for (const name of COUNTED) {
    if (name in merged) merged[name] = sum(first[name], second[name]);
  }
  for (const [name, { bounds, more: counter }] of Object.entries(LISTS)) {
    if (!(name in merged)) continue;
    const { kept, more } = takeWithin(joinLists(first[name], second[name]), bounds);
    merged[name] = kept;
    if (more > 0 && counter !== undefined) merged[counter] = sum(merged[counter], more);
  }
  // The earlier one says nothing of what the later turn left.
  if (!("check" in second)) delete merged["check"];
  return merged;
}

function sum(first: unknown, second: unknown): unknown {
  if (typeof first === "number" && typeof second === "number") return first + second;
  if (!isRecord(first) || !isRecord(second)) return second ?? first;
  const names = Object.keys({ ...first, ...second });
  return Object.fromEntries(names.map((name) => [name, sum(first[name], second[name])]));
}

// What both turns say, such as a file that both changed or a warning about the config, is said once.
function joinLists(first: unknown, second: unknown): unknown[] {
  const all = [first, second].flatMap((list: unknown): unknown[] => (Array.isArray(list) ? list : []));
  return [...new Map(all.map((item) => [JSON.stringify(item), item])).values()];
}
