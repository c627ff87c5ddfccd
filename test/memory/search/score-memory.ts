import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { MemoryKind, MemoryStore } from "../../../src/memory/memory-store.ts";
import { createSqliteMemory } from "../../../src/memory/sqlite/sqlite-memory.ts";

/** An entry and a question as the files of a set have them. */
interface StoredEntry {
  readonly id: string;
  readonly kind: MemoryKind;
  readonly agent: string;
  readonly session_id?: string;
  readonly title: string;
  readonly text: string;
  readonly tags?: string[];
  readonly files?: string[];
  readonly at: string;
}
interface Question {
  readonly q: string;
  readonly phrasings: string[];
  readonly expect: string[];
  readonly kind: string;
}

/** Shares from 0 to 1. */
export interface Scores {
  /** Of the questions that have an answer: the best answer is among the first three hits. */
  readonly inFirstThree: number;
  /** Of those that name a session: the best answer comes first. */
  readonly exactFirst: number;
  /** Of those that nothing answers: it is said. */
  readonly noneSaid: number;
  /** Of those that have an answer: it is said that nothing answers them. */
  readonly noneWrong: number;
}

/** Stores a set in a new store and asks its questions, of what `extend` makes of the store: in one phrasing, and in three. */
export async function scoreMemory(
  folder: string,
  extend: (memory: MemoryStore) => Promise<MemoryStore> = async (memory) => memory,
): Promise<{ one: Scores; three: Scores }> {
  const place = mkdtempSync("/var/tmp/codex-bridge-test-");
  const memory = createSqliteMemory({ path: join(place, "memory.db"), clock: () => 0, newId: () => "unused" });
  try {
    await storeSet(memory, readLines<StoredEntry>(join(folder, "entries.jsonl")));
    const asked = await extend(memory);
    return { one: await scoreStore(asked, folder, 1), three: await scoreStore(asked, folder, 3) };
  } finally {
    await memory.close();
    rmSync(place, { recursive: true, force: true });
  }
}

/** The same in a store that is given, in one way of asking; what is stored already stays as it is. */
export async function scoreStore(memory: MemoryStore, folder: string, phrasings: number): Promise<Scores> {
  await storeSet(memory, readLines<StoredEntry>(join(folder, "entries.jsonl")));
  return ask(memory, readLines<Question>(join(folder, "questions.jsonl")), phrasings);
}

function readLines<Line>(path: string): Line[] {
  return readFileSync(path, "utf8")
    .trim()
    .split("\n")
    .map((line): Line => JSON.parse(line));
}

// In the order in which they were written, so that versions count as they did.
async function storeSet(memory: MemoryStore, entries: readonly StoredEntry[]): Promise<void> {
  for (const { session_id: sessionId, tags = [], files = [], at, ...rest } of [...entries].sort((a, b) =>
    a.at.localeCompare(b.at),
  )) {
    const area = { scope: "project", project: "/lab" } as const;
    await memory.adopt({ ...rest, sessionId, tags, files, area, version: 1, at: Date.parse(at) });
  }
}

async function ask(memory: MemoryStore, questions: readonly Question[], phrasings: number): Promise<Scores> {
  const asked = await Promise.all(
    questions.map(async ({ q, phrasings: others, expect, kind }) => {
      const found = await memory.search({ queries: [q, ...others].slice(0, phrasings), filter: {}, limit: 10 });
      return {
        kind,
        isNone: found.isWeak,
        hasAnswer: expect.length > 0,
        rank: found.hits.findIndex(({ entry }) => entry.id === expect[0]),
      };
    }),
  );
  const answered = asked.filter(({ hasAnswer }) => hasAnswer);
  const share = (all: typeof asked, fits: (one: (typeof asked)[number]) => boolean): number =>
    all.filter(fits).length / all.length;
  return {
    inFirstThree: share(answered, ({ rank }) => rank >= 0 && rank < 3),
    exactFirst: share(
      answered.filter(({ kind }) => kind === "exact-id"),
      ({ rank }) => rank === 0,
    ),
    noneSaid: share(
      asked.filter(({ hasAnswer }) => !hasAnswer),
      ({ isNone }) => isNone,
    ),
    noneWrong: share(answered, ({ isNone }) => isNone),
  };
}
