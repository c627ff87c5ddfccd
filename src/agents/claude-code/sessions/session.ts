// What a session's file says of it.
import { isRecord } from "../../../domain/guards.ts";
import type { ThreadMessage } from "../../../domain/thread.ts";
import type { SessionLine } from "./session-files.ts";

/** A session as its file tells it. */
export interface Session {
  /** Directory that it was started in, and the one of its last turn. */
  readonly firstCwd: string;
  readonly cwd: string;
  readonly model: string | undefined;
  /** What it was started with, such as `sdk-cli` or `cli`. */
  readonly origin: string;
  /** When its last turn began, epoch ms. */
  readonly turnAt: number | undefined;
  /** What was said, oldest first, on the branch that a resume follows. */
  readonly messages: readonly ThreadMessage[];
}

/** Reads it; undefined for a file without a prompt, which is no session yet. */
export function toSession(lines: readonly SessionLine[]): Session | undefined {
  const branch = findBranch(lines);
  const said = branch.flatMap((line) => toMessage(line).map((message) => ({ line, message })));
  const [first] = said;
  const cwds = branch.flatMap(({ cwd }) => (typeof cwd === "string" ? [cwd] : []));
  const [firstCwd] = cwds;
  const cwd = cwds.at(-1);
  if (first === undefined || firstCwd === undefined || cwd === undefined) return undefined;
  const lastPrompt = said.findLast(({ message }) => message.role === "user");
  const { entrypoint } = first.line;
  return {
    firstCwd,
    cwd,
    model: branch.flatMap(toModel).at(-1),
    origin: typeof entrypoint === "string" ? entrypoint : "claude",
    turnAt: toTime(lastPrompt?.line["timestamp"]),
    messages: said.map(({ message }) => message),
  };
}

// From the last line back to the first one. Lines of a branch that nobody went on with are left out.
function findBranch(lines: readonly SessionLine[]): SessionLine[] {
  const known = new Map(lines.map((line) => [line["uuid"], line]));
  const branch: SessionLine[] = [];
  let line = lines.findLast(({ uuid, isSidechain }) => typeof uuid === "string" && isSidechain !== true);
  while (line !== undefined) {
    branch.push(line);
    known.delete(line["uuid"]);
    const { parentUuid } = line;
    line = typeof parentUuid === "string" ? known.get(parentUuid) : undefined;
  }
  return branch.reverse();
}

function toMessage(line: SessionLine): ThreadMessage[] {
  const { type, message, isMeta } = line;
  if ((type !== "user" && type !== "assistant") || isMeta === true || !isRecord(message)) return [];
  if (message["model"] === SYNTHETIC) return [];
  const { content } = message;
  const texts = typeof content === "string" ? [content] : toTexts(content);
  const text = texts
    .filter((part) => !part.startsWith("<system-reminder>"))
    .join("\n")
    .replace(/^\n(?=\/)/, "");
  return text === "" ? [] : [{ role: type, text }];
}

function toTexts(content: unknown): string[] {
  const blocks = Array.isArray(content) ? content.filter(isRecord) : [];
  return blocks.flatMap(({ type, text }) => (type === "text" && typeof text === "string" ? [text] : []));
}

function toModel({ type, message }: SessionLine): string[] {
  const model = type === "assistant" && isRecord(message) ? message["model"] : undefined;
  return typeof model === "string" && model !== SYNTHETIC ? [model] : [];
}

/** Claude Code words its own failures as answers of this model. */
const SYNTHETIC = "<synthetic>";

function toTime(value: unknown): number | undefined {
  const time = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}
