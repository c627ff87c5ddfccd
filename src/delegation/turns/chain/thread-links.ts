// What a calling agent's thread says of its place: a thread of which a bridge runs a turn now is a link of a chain.
import { type ChainLink, HOP_WORD } from "../../../domain/chain.ts";
import { isBlinding } from "../../../domain/machine-limits.ts";
import type { ThreadRecord } from "../../../domain/thread.ts";
import type { LockFiles } from "../../../state/lock-files.ts";

/** The place of a thread. `link` is undefined where a bridge runs a turn of it, and its record does not say for which chain. */
export interface ThreadPlace {
  readonly link: ChainLink | undefined;
}

/** The links of turns that some processes run now, by their pids. Never throws, except for a limit of the machine. */
export type FindRunningLinks = (pids: ReadonlySet<number>) => ChainLink[];

/** Makes it. `listHeld` gives the keys of the locks that processes hold; a thread's lock is named by its id. */
export function createRunningLinks(
  files: { read(threadId: string): ThreadRecord | undefined },
  listHeld: (pids: ReadonlySet<number>) => readonly string[],
): FindRunningLinks {
  return (pids) => listHeld(pids).flatMap((threadId) => readLink(files, threadId) ?? []);
}

/** Finds the place of a thread; undefined for one that no bridge runs a turn of: a person may go on with any thread in a terminal. */
export type FindThreadPlace = (threadId: string) => ThreadPlace | undefined;

/** Makes it. */
export function createThreadPlaces(
  files: { read(threadId: string): ThreadRecord | undefined },
  locks: Pick<LockFiles, "look">,
): FindThreadPlace {
  return (threadId) => {
    // An id comes from a program, and becomes the name of a file.
    if (!HOP_WORD.test(threadId) || threadId.startsWith(".") || !isRunning(locks, threadId)) return undefined;
    return { link: readLink(files, threadId) };
  };
}

// The lock alone shows that a bridge works on the thread. One that cannot be read is not free.
function isRunning(locks: Pick<LockFiles, "look">, threadId: string): boolean {
  try {
    return locks.look(threadId) !== undefined;
  } catch (error) {
    if (isBlinding(error)) throw error;
    return true;
  }
}

function readLink(
  files: { read(threadId: string): ThreadRecord | undefined },
  threadId: string,
): ChainLink | undefined {
  try {
    return files.read(threadId)?.chain;
  } catch (error) {
    if (isBlinding(error)) throw error;
    return undefined;
  }
}
