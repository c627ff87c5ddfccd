// The calls of an agent's tools as items of a turn. ACP tells neither the exit code of a command nor, from every agent, its failure.
import { cutText } from "../../../domain/cut-text.ts";
import { isRecord } from "../../../domain/guards.ts";
import type { Redact } from "../../../domain/redact.ts";
import type { FileChange, TurnItem } from "../../../domain/turn-events.ts";

type Fields = Readonly<Record<string, unknown>>;

const EDITS: readonly unknown[] = ["edit", "delete", "move"];
/** Characters of a command, a title or a path that are kept, and files of one call. */
const MOST_CHARACTERS = 10_000;
const MOST_FILES = 1_000;

/** A call as an item, its words without secrets. */
export function toToolItem(call: Fields, server: string, redact: Redact): TurnItem {
  const text = (value: unknown): string => toText(value, redact);
  const { kind, title, rawInput } = call;
  const name = text(title);
  if (kind === "execute") {
    const command = isRecord(rawInput) ? text(rawInput["command"]) : "";
    return { type: "command", command: command === "" ? name : command };
  }
  if (EDITS.includes(kind)) return { type: "file_change", changes: readChanges(call) };
  if (kind === "search") return { type: "search", query: name };
  return { type: "tool_call", server, tool: name === "" ? text(kind) : name };
}

/** The item with what a later update adds. */
export function amendToolItem(item: TurnItem, call: Fields): TurnItem {
  if (item.type !== "file_change") return item;
  const changes = readChanges(call);
  return changes.length === 0 ? item : { ...item, changes };
}

// A diff says more than a location.
function readChanges({ kind, content, locations }: Fields): FileChange[] {
  const word = kind === "delete" ? "delete" : "update";
  const changes = new Map<string, FileChange>(
    toRecords(locations).flatMap(({ path }) => (isPath(path) ? [[path, { path, kind: word }] as const] : [])),
  );
  for (const part of toRecords(content)) {
    const { type, path, oldText, _meta: meta } = part;
    if (type !== "diff" || !isPath(path)) continue;
    const isNew = oldText === null || oldText === undefined || (isRecord(meta) && meta["kind"] === "add");
    changes.set(path, { path, kind: isNew ? "add" : word });
  }
  return [...changes.values()];
}

function isPath(value: unknown): value is string {
  return typeof value === "string" && value.length <= MOST_CHARACTERS;
}

function toRecords(value: unknown): Fields[] {
  return Array.isArray(value) ? value.slice(0, MOST_FILES).filter(isRecord) : [];
}

// Before the cut, since half of a secret is not recognised as one.
function toText(value: unknown, redact: Redact): string {
  return typeof value === "string" ? cutText(redact(value.slice(0, 10 * MOST_CHARACTERS)), MOST_CHARACTERS) : "";
}
