// Words one item of a turn for people: what the agent does at the moment, in one line.
import { cutText } from "../../../domain/cut-text.ts";
import { assertNever } from "../../../domain/guards.ts";
import type { Redact } from "../../../domain/redact.ts";
import { isInside } from "../../../domain/sandbox.ts";
import type { CommandAction, SubagentAction, TurnItem } from "../../../domain/turn-events.ts";

/** What is known beside the item. */
export interface ItemContext {
  /** Name of the agent in sentences. */
  readonly agent: string;
  /** Paths below this directory are shown without it. */
  readonly cwd: string;
  /** Removes secrets before a text is cut. */
  readonly redact: Redact;
  readonly phase: "started" | "changed" | "finished";
  /** How long the item has run, in ms; undefined if its beginning was not told. */
  readonly forMs: number | undefined;
}

const MOST_FILES = 3;
const MOST_ACTIONS = 3;
/** A command is cut if its output follows. */
const COMMAND_CHARACTERS = 80;

/** One line on an item, not redacted yet; undefined for one that tells nothing new. */
export function describeItem(item: TurnItem, context: ItemContext): string | undefined {
  const { agent, cwd, phase } = context;
  const isDone = phase === "finished";
  switch (item.type) {
    case "command":
      return describeCommand(item, context);
    case "file_change":
      return describeChanges(item, isDone, cwd);
    case "message":
      return `${agent}: ${item.text}`;
    case "reasoning":
      return describeThoughts(item.text, agent);
    case "tool_call":
      return describeTool(item, isDone);
    case "search":
      return item.query === "" ? "Searching the web" : `Searching the web: ${item.query}`;
    case "subagent":
      return SUBAGENT[item.action];
    case "image":
      return `Looking at ${toRelative(item.path, cwd)}`;
    case "compaction":
      return isDone ? "Shortened the thread" : "Shortening the thread, which is nearly full";
    case "review":
      return isDone ? "Finished the review" : `Reviewing ${item.text}`;
    case "plan":
      return describePlan(item.steps);
    case "other":
      return `${agent}: ${item.name}`;
    default:
      return assertNever(item);
  }
}

const SUBAGENT: Readonly<Record<SubagentAction, string>> = {
  start: "Starting a subagent",
  message: "Writing to a subagent",
  wait: "Waiting for a subagent",
  end: "Ending a subagent",
  other: "Working with a subagent",
};

type Command = Extract<TurnItem, { readonly type: "command" }>;

function describeCommand(item: Command, { cwd, redact, phase, forMs }: ItemContext): string | undefined {
  const { command, actions = [], exitCode, durationMs = forMs } = item;
  const isDone = phase === "finished";
  const exit = isDone && exitCode !== undefined && exitCode !== 0 ? ` (exit ${exitCode})` : "";
  if (actions.length > 0) return phase === "changed" ? undefined : `${describeActions(actions, isDone, cwd)}${exit}`;
  if (isDone) {
    const seconds = Math.round((durationMs ?? 0) / 1_000);
    return `Ran${seconds === 0 ? "" : ` in ${seconds} s`}${exit}: ${command}`;
  }
  if (phase === "started") return `Running: ${command}`;
  const line = item.lastLine;
  if (line === undefined || !isPlain(line) || forMs === undefined) return undefined;
  const short = cutText(redact(command.slice(0, 10 * COMMAND_CHARACTERS)), COMMAND_CHARACTERS);
  return `Running for ${Math.round(forMs / 1_000)} s: ${short} | ${line}`;
}

// A line of output may be a part of a secret that has no form of its own, such as a line of a key. So one with a long word, or with a single
// one, is not shown.
function isPlain(line: string): boolean {
  const words = line.split(/\s+/);
  return words.length > 1 && words.every((word) => word.length <= 40);
}

function describeActions(actions: readonly CommandAction[], isDone: boolean, cwd: string): string {
  const reads = actions.flatMap((action) => (action.kind === "read" ? [toRelative(action.path, cwd)] : []));
  const rest = actions.flatMap((action) => (action.kind === "read" ? [] : [describeAction(action, isDone, cwd)]));
  const read = reads.length === 0 ? [] : [`${isDone ? "read" : "reading"} ${listNames(reads)}`];
  const told = [...new Set([...read, ...rest])];
  const text = told.slice(0, MOST_ACTIONS).join(", ");
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

function describeAction(action: Exclude<CommandAction, { kind: "read" }>, isDone: boolean, cwd: string): string {
  const where = action.path === undefined ? "" : ` in ${toRelative(action.path, cwd)}`;
  if (action.kind === "list") return `${isDone ? "listed" : "listing"} files${where}`;
  const what = action.query === undefined ? "" : ` for ${action.query}`;
  return `${isDone ? "searched" : "searching"}${what}${where}`;
}

function describeChanges(
  { changes, hasFailed }: Extract<TurnItem, { readonly type: "file_change" }>,
  isDone: boolean,
  cwd: string,
): string {
  const names = changes.map(({ path }) => toRelative(path, cwd));
  const verb = hasFailed === true ? "Could not change" : isDone ? "Changed" : "Editing";
  return names.length > 1 ? `${verb} ${names.length} files: ${listNames(names)}` : `${verb} ${names.join("")}`;
}

// A summary of thoughts begins with headings in bold; the last one is what the agent thinks of at the moment.
function describeThoughts(text: string, agent: string): string {
  const heading = [...text.matchAll(/^\*\*(.{1,200}?)\*\*/gm)].at(-1)?.[1];
  const words = heading ?? text.replaceAll("**", "");
  return words.trim() === "" ? `${agent} is thinking` : `Thinking: ${words}`;
}

function describeTool(item: Extract<TurnItem, { readonly type: "tool_call" }>, isDone: boolean): string {
  const name = item.server === "" ? item.tool : `${item.server}.${item.tool}`;
  if (isDone) return item.hasFailed === true ? `${name} failed` : `Used ${name}`;
  return item.note === undefined ? `Using ${name}` : `Using ${name}: ${item.note}`;
}

function describePlan(steps: Extract<TurnItem, { readonly type: "plan" }>["steps"]): string {
  if (steps.length === 0) return "Updated its plan";
  const done = steps.filter(({ isDone }) => isDone).length;
  const next = steps.find(({ isDone }) => !isDone)?.text;
  return `Plan: ${done} of ${steps.length} steps done${next === undefined ? "" : `, next: ${next}`}`;
}

function listNames(names: readonly string[]): string {
  const known = [...new Set(names)];
  const more = known.length - MOST_FILES;
  return `${known.slice(0, MOST_FILES).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

function toRelative(path: string, cwd: string): string {
  return path !== cwd && cwd !== "/" && isInside(path, cwd) ? path.slice(cwd.length + 1) : path;
}
