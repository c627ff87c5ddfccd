// Lists the threads that Codex has stored, and searches them. Work is bounded: files are sorted by their time, the first line of each says
// whether it is wanted, and more is read of those alone.
import { forEachInSlices } from "../../../domain/slices.ts";
import type {
  StoredThread,
  ThreadList,
  ThreadMatch,
  ThreadMatches,
  ThreadQuery,
  ThreadUse,
} from "../../../domain/stored-thread.ts";
import { readFirstPrompt } from "../rollouts/conversation.ts";
import { findArchivedRollout, findRollout, isArchivedPath } from "../rollouts/rollout-files.ts";
import { findFrameInForce } from "../rollouts/rollout-records.ts";
import { findLastLine } from "../rollouts/rollout-search.ts";
import { readSessionMeta, type SessionMeta } from "../rollouts/session-meta.ts";
import { listRollouts, type RolloutFile, toRolloutFile } from "./rollout-list.ts";
import { SEARCHED_BYTES, searchThread } from "./search-thread.ts";
import { readThreadNames } from "./thread-names.ts";
import { findTurnState } from "./turn-state.ts";
import { createWriterFinder, type FindWriter } from "./writer-locks.ts";

/** Rollouts whose first line is read. Each takes about a tenth of a millisecond. */
const MOST_OPENED = 4_000;
/** Bytes that a search reads in all. */
const SEARCH_BYTES = 268_435_456;
/** Bytes from the end of a rollout in which its last turn is searched. */
const LAST_BYTES = 4_194_304;
/** Characters of a first prompt that are given. */
const PROMPT_CHARACTERS = 2_000;

/** Lists the wanted threads, the last used first. */
export async function listThreads(codexHome: string, query: ThreadQuery): Promise<ThreadList> {
  const reader = openReader(codexHome);
  const threads: StoredThread[] = [];
  const walk = await walkThreads(codexHome, query, (file, meta) => {
    threads.push(reader.read(file, meta));
    return threads.length < query.most;
  });
  return { ...walk, threads };
}

/** Finds the wanted threads that contain all words, the last used first. */
export async function searchThreads(
  codexHome: string,
  query: ThreadQuery,
  words: readonly string[],
): Promise<ThreadMatches> {
  const reader = openReader(codexHome);
  const threads: ThreadMatch[] = [];
  const counts = { searched: 0, searchedInPart: 0 };
  let leftBytes = SEARCH_BYTES;
  const walk = await walkThreads(codexHome, query, (file, meta) => {
    const name = reader.names.get(file.threadId) ?? "";
    const found = searchThread(codexHome, file.path, name, words);
    counts.searched += 1;
    if (!found.isWhole) counts.searchedInPart += 1;
    if (found.isMatch) threads.push({ ...reader.read(file, meta), message: found.message });
    leftBytes -= Math.min(file.size, SEARCHED_BYTES);
    return threads.length < query.most && leftBytes > 0;
  });
  return { ...walk, ...counts, threads };
}

/** One thread, archived or not; undefined if there is none, or if its file cannot be read. */
export function findStoredThread(codexHome: string, threadId: string): StoredThread | undefined {
  const path = findRollout(codexHome, threadId) ?? findArchivedRollout(codexHome, threadId);
  const file = path === undefined ? undefined : toRolloutFile(path, isArchivedPath(codexHome, path));
  const meta = file === undefined ? undefined : readSessionMeta(file.path);
  if (file === undefined || meta === undefined) return undefined;
  return openReader(codexHome).read(file, meta);
}

// `visit` returns whether to go on.
async function walkThreads(
  codexHome: string,
  { isWanted, withArchived, signal }: ThreadQuery,
  visit: (file: RolloutFile, meta: SessionMeta) => boolean,
): Promise<Omit<ThreadList, "threads">> {
  const { files, skipped, isComplete } = await listRollouts(codexHome, withArchived);
  let isGoingOn = true;
  let opened = 0;
  await forEachInSlices(
    whileTrue(files, () => isGoingOn && !signal.aborted && opened < MOST_OPENED),
    (file) => {
      opened += 1;
      const meta = readSessionMeta(file.path);
      if (meta === undefined || meta.threadId !== file.threadId) skipped.unreadable += 1;
      else if (!meta.isSubagent && isWanted(meta)) isGoingOn = visit(file, meta);
    },
  );
  return { skipped, isComplete: isComplete && opened === files.length };
}

function* whileTrue<Item>(items: readonly Item[], holds: () => boolean): Generator<Item> {
  for (const item of items) {
    if (!holds()) return;
    yield item;
  }
}

function openReader(codexHome: string) {
  const names = readThreadNames(codexHome);
  const findWriter = createWriterFinder({ codexHome });
  const read = (file: RolloutFile, meta: SessionMeta): StoredThread => {
    const pick = (line: string) => findFrameInForce(line, 0);
    const last = findLastLine(file.path, { needle: '"turn_context"', pick, mostBytes: LAST_BYTES }).found;
    return {
      threadId: file.threadId,
      cwd: last?.cwd ?? meta.cwd,
      origin: meta.threadSource?.startsWith(BRIDGE_SOURCE) === true ? "codex-bridge" : meta.origin,
      lastUsedAt: file.writtenAt,
      name: names.get(file.threadId),
      firstPrompt: readFirstPrompt(codexHome, file.path)?.slice(0, PROMPT_CHARACTERS),
      sandboxMode: last?.sandbox?.mode,
      model: last?.model,
      reasoningEffort: last?.reasoningEffort,
      isArchived: file.isArchived,
      use: toUse(findWriter, file.path, { ...meta, threadId: file.threadId }),
    };
  };
  return { names, read };
}

/** Beginning of the tag that the bridge gives to its threads. */
const BRIDGE_SOURCE = "codex-bridge-";

function toUse(findWriter: FindWriter, path: string, { threadId, isLocking }: SessionMeta): ThreadUse {
  const writer = findWriter(threadId, isLocking);
  if (writer !== "held") return writer;
  // Held by a terminal that waits for its user, or by a turn that runs.
  return findTurnState(path) === "ended" ? "open" : "running";
}
