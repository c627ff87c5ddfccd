// Reads the first line of a rollout, which says what thread it is (docs/codex-cli.md#rollouts).
import { isRecord } from "../../../domain/guards.ts";
import { parseRecord, readPart } from "./rollout-files.ts";

/** What the first line of a rollout says. */
export interface SessionMeta {
  readonly threadId: string;
  readonly cwd: string;
  /** What Codex was started as: `cli`, `exec`, `vscode`, or the name of another client. */
  readonly origin: string;
  /** Value of `--thread-source`, otherwise Codex's own word. */
  readonly threadSource: string | undefined;
  /** Whether the thread is one that the model started itself, within another thread. */
  readonly isSubagent: boolean;
  /** Whether a CLI wrote it that locks a thread while it has it open: 0.150 and later number the lines. */
  readonly isLocking: boolean;
  /** Where the history lies that a fork begins with: the first bytes of another thread's rollout. */
  readonly base: HistoryBase | undefined;
}

/** The part of another thread that a fork begins with. */
export interface HistoryBase {
  readonly threadId: string;
  /** Size of the part. */
  readonly bytes: number;
}

/** Enough for Codex's own instructions (about 22 KB), which the line contains. */
const FIRST_BYTES = 65_536;
/** A caller's own instructions can be long. Longer lines are not read. */
const MOST_BYTES = 8_388_608;
/** The system's limit for a path. */
const MOST_PATH = 4_096;

/** Reads it; undefined if the line is damaged, too long, or of a form that is not known here. */
export function readSessionMeta(path: string): SessionMeta | undefined {
  const line = readFirstLine(path, FIRST_BYTES) ?? readFirstLine(path, MOST_BYTES);
  const record = line === undefined ? undefined : parseRecord(line);
  const meta = record?.["payload"];
  if (record?.["type"] !== "session_meta" || !isRecord(meta)) return undefined;
  const { id, cwd, source, originator } = meta;
  if (typeof id !== "string" || typeof cwd !== "string" || cwd.length > MOST_PATH) return undefined;
  return {
    threadId: id,
    cwd,
    origin: readText(source) ?? readText(originator) ?? "",
    threadSource: readText(meta["thread_source"]),
    // A subagent's source is an object that names it.
    isSubagent: isRecord(source) && "subagent" in source,
    isLocking: typeof record["ordinal"] === "number",
    base: toBase(meta["history_base"]),
  };
}

function readFirstLine(path: string, most: number): string | undefined {
  const text = readPart(path, 0, most);
  const end = text.indexOf("\n");
  return end === -1 ? undefined : text.slice(0, end);
}

function readText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function toBase(value: unknown): HistoryBase | undefined {
  if (!isRecord(value)) return undefined;
  const { thread_id: threadId, end_byte_offset: bytes } = value;
  const isWhole = typeof bytes === "number" && Number.isSafeInteger(bytes) && bytes >= 0;
  return typeof threadId === "string" && isWhole ? { threadId, bytes } : undefined;
}
