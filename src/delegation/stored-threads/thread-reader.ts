// Lists, searches and shows the threads of this machine, within the user's roots.
import type { AgentBackend } from "../../agents/agent-backend.ts";
import { cutText } from "../../domain/cut-text.ts";
import { BridgeError } from "../../domain/errors.ts";
import type { StoredThread, ThreadQuery } from "../../domain/stored-thread.ts";
import type { ThreadMessage } from "../../domain/thread.ts";
import { resolveRealPath } from "../../files/real-path.ts";
import type { CallContext } from "../requests.ts";
import { findBaseDir } from "../threads/base-dir.ts";
import { checkRoots, isInsideRoots } from "../threads/directories.ts";
import { createThreadFinder, narrowByLastTurn, type ThreadFinderOptions } from "../threads/find-thread.ts";
import { createThreadShow, type ShowOptions } from "./show-thread.ts";
import type { ListRequest, ShownThread, ThreadReader } from "./stored-threads.ts";

/** Options of a reader. */
export interface ThreadReaderOptions extends ShowOptions, ThreadFinderOptions {
  readonly sessions: ShowOptions["sessions"] & ThreadFinderOptions["sessions"];
  readonly backend: Pick<
    AgentBackend,
    | "name"
    | "agent"
    | "continues"
    | "parseThreadId"
    | "findThread"
    | "readConversation"
    | "listThreads"
    | "searchThreads"
    | "findStoredThread"
  >;
  /** Directories that threads must lie in, as real paths; empty means no limit. */
  readonly roots: readonly string[];
}

/** The newest records of this project, whose threads count as its own whatever their directory. */
const MOST_RECORDS = 100;
/** Characters that are read of a conversation, and that are shown of it and of one message. */
const READ_CHARACTERS = 40_000;
const SHOWN_CHARACTERS = 8_000;
const MESSAGE_CHARACTERS = 1_500;
const MOST_MESSAGES = 10;
const EXCERPT_CHARACTERS = 200;
const MOST_WORDS = 20;

/** Makes a reader. */
export function createThreadReader(options: ThreadReaderOptions): ThreadReader {
  const { backend, roots, baseDir } = options;
  const show = createThreadShow(options);
  const find = createThreadFinder(options);
  const isAllowed = (cwd: string): boolean => isInsideRoots(resolveRealPath(cwd), roots);
  // A later turn may have worked elsewhere than the first one.
  const toShown = (stored: StoredThread): ShownThread | undefined => {
    const shown = show(stored);
    return isAllowed(shown.cwd) && isAllowed(stored.cwd) ? shown : undefined;
  };

  async function open(request: ListRequest, call: CallContext) {
    const { path, warnings } = await findBaseDir(undefined, call, baseDir);
    const query = toQuery(options, request, { base: path, signal: call.signal });
    return { base: path, warnings, query };
  }

  return {
    list: async (request, call) => {
      const { query, ...rest } = await open(request, call);
      const { threads, ...walk } = await backend.listThreads(query);
      return { ...rest, ...walk, threads: threads.flatMap((stored) => toShown(stored) ?? []) };
    },
    search: async (text, request, call) => {
      const words = toWords(text);
      const { query, ...rest } = await open(request, call);
      const { threads, ...walk } = await backend.searchThreads(query, words);
      const found = threads.flatMap((stored) => {
        const shown = toShown(stored);
        return shown === undefined ? [] : [{ ...shown, excerpt: toExcerpt(stored.message, words, options) }];
      });
      return { ...rest, ...walk, threads: found };
    },
    read: async (threadId) => {
      const { record, warnings } = await narrowByLastTurn({ backend }, await find({ threadId }));
      const { frame, turns } = record;
      const stored = await backend.findStoredThread(record.threadId);
      // A later turn, in a terminal, may have worked elsewhere.
      for (const cwd of [frame.cwd, stored?.cwd ?? frame.cwd])
        checkRoots("The thread's directory", resolveRealPath(cwd), roots);
      const thread = show(stored ?? toStored(record.threadId, frame.cwd, record.lastUsedAt));
      const said = await backend.readConversation(record.threadId, READ_CHARACTERS);
      const messages = shorten(said, options);
      const lost =
        stored === undefined ? [`${backend.agent}'s file of this thread is not there, or cannot be read.`] : [];
      return { thread: toHeld(thread, record.frame), turns, messages, warnings: [...warnings, ...lost] };
    },
  };
}

function toQuery(
  { sessions, roots }: ThreadReaderOptions,
  { isEverywhere, withArchived, most }: ListRequest,
  { base, signal }: { readonly base: string; readonly signal: AbortSignal },
): ThreadQuery {
  const here = resolveRealPath(base);
  const own = new Set(sessions.listNewest(MOST_RECORDS).map(({ threadId }) => threadId));
  const realPaths = new Map<string, string>();
  const toReal = (path: string): string => {
    const real = realPaths.get(path) ?? resolveRealPath(path);
    realPaths.set(path, real);
    return real;
  };
  const isWanted: ThreadQuery["isWanted"] = ({ threadId, cwd }) =>
    isInsideRoots(toReal(cwd), roots) && (isEverywhere || toReal(cwd) === here || own.has(threadId));
  return { isWanted, withArchived, most, signal };
}

// The next turn may be narrower than the record says.
function toHeld(thread: ShownThread, { sandbox }: { readonly sandbox: { readonly mode: ShownThread["sandbox"] } }) {
  return { ...thread, sandbox: sandbox.mode };
}

function toStored(threadId: string, cwd: string, lastUsedAt: number): StoredThread {
  const nothing = { name: undefined, firstPrompt: undefined, sandboxMode: undefined, model: undefined };
  const rest = { reasoningEffort: undefined, isArchived: false, use: "unknown" } as const;
  return { ...nothing, ...rest, threadId, cwd, lastUsedAt, origin: "unknown" };
}

function toWords(text: string): string[] {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  if (words.length > 0 && words.length <= MOST_WORDS) return words;
  throw new BridgeError("INVALID_ARGUMENT", `\`query\` must have 1 to ${MOST_WORDS} words.`);
}

function shorten(said: readonly ThreadMessage[], { redact }: Pick<ShowOptions, "redact">): ThreadMessage[] {
  const kept: ThreadMessage[] = [];
  let left = SHOWN_CHARACTERS;
  for (const { role, text } of said.slice(-MOST_MESSAGES).toReversed()) {
    const short = cutText(redact(text).trim(), MESSAGE_CHARACTERS);
    left -= short.length;
    if (left < 0) break;
    kept.unshift({ role, text: short });
  }
  return kept;
}

// Secrets are taken out before the text is cut, since half of one would not be recognised.
function toExcerpt(
  message: string | undefined,
  words: readonly string[],
  { redact }: Pick<ShowOptions, "redact">,
): string | undefined {
  if (message === undefined) return undefined;
  const line = redact(message).replace(/[\s\p{C}]+/gu, " ");
  const lower = line.toLowerCase();
  const hits = words.map((word) => lower.indexOf(word)).filter((at) => at >= 0);
  const from = Math.max(0, Math.min(...hits, line.length) - EXCERPT_CHARACTERS / 4);
  const start = from === 0 ? 0 : line.indexOf(" ", from) + 1;
  return `${start > 0 ? "…" : ""}${cutText(line.slice(start), EXCERPT_CHARACTERS)}`;
}
