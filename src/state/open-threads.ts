// Threads that a bridge keeps open in a warm agent between turns. Nobody else can continue one until the bridge lets go of it, so another
// bridge asks for it: by a file, since a sandboxed command cannot write to the state folder, and a ring of the holder's bell.
import { join } from "node:path";
import { type BridgeBell, ringBell } from "./bridge-bell.ts";
import type { HolderJudge } from "./holder-judge.ts";
import { createJsonFolder } from "./json-folder.ts";
import { HolderSchema, type LockHolder } from "./lock-holder.ts";
import { keepUntil, removeQuietly } from "./private-files.ts";

/** A bridge lets go of a thread within about 50 ms; a busy machine takes longer. */
const LET_GO_MS = 5_000;
const LOOK_MS = 15;

/** The open threads of this bridge and of its neighbours. Nothing here throws: without these files a thread is busy for a minute longer. */
export interface OpenThreads {
  /** Tells the others that this bridge keeps a thread open. */
  hold(threadId: string): void;
  /** The bridge has let go of it. */
  drop(threadId: string): void;
  /** Has another bridge that keeps the thread open let go of it. Resolves once it has, when it did not in time, or when the signal aborts. */
  ask(threadId: string, signal?: AbortSignal): Promise<void>;
  /** Calls `letGo` when another bridge wants a thread that this one holds. */
  onAsked(letGo: (threadId: string) => void): void;
  /** Removes what was written before `before` (epoch ms). */
  sweep(before: number, signal?: AbortSignal): Promise<void>;
}

/** Options of createOpenThreads. */
export interface OpenThreadsOptions {
  readonly stateDir: string;
  readonly own: Omit<LockHolder, "bell" | "cwd" | "since">;
  /** Directory of this bridge. */
  readonly cwd: string;
  readonly bell: BridgeBell;
  readonly onRing: (listener: () => void) => void;
  readonly judgeHolder: HolderJudge;
  readonly clock: () => number;
}

/** Creates access; nothing is created on disk before the first thread is held. */
export function createOpenThreads(options: OpenThreadsOptions): OpenThreads {
  const { stateDir, own, cwd, bell, clock } = options;
  const folder = createJsonFolder<LockHolder>(join(stateDir, "open-threads"), { schema: HolderSchema, version: 1 });
  const held = new Set<string>();
  const toWanted = (threadId: string): string => `${threadId}.wanted`;
  const toSelf = (): LockHolder => ({ ...own, bell: bell.name, cwd, since: clock() });

  function findOther(threadId: string): LockHolder | undefined {
    try {
      const stored = folder.read(threadId);
      if (stored.kind !== "record" || held.has(threadId)) return undefined;
      const text = JSON.stringify(stored.value);
      return options.judgeHolder(folder.toPath(threadId), text, stored.value) === "dead" ? undefined : stored.value;
    } catch {
      return undefined;
    }
  }

  function write(name: string): void {
    try {
      folder.write(name, toSelf());
    } catch {
      // On a full disk, say.
    }
  }

  function isWanted(threadId: string): boolean {
    try {
      return folder.read(toWanted(threadId)).kind !== "absent";
    } catch {
      return false;
    }
  }

  // Tells the others by the file's time that it still holds. A file that is gone is written again.
  function renew(threadId: string): void {
    try {
      keepUntil(folder.toPath(threadId), clock());
    } catch {
      write(threadId);
    }
  }

  return {
    hold: (threadId) => {
      // After every turn of a loaded thread.
      if (held.has(threadId)) return renew(threadId);
      held.add(threadId);
      bell.open();
      write(threadId);
    },
    drop: (threadId) => {
      if (!held.delete(threadId)) return;
      removeQuietly(folder.toPath(threadId));
      if (held.size === 0) bell.close();
    },
    ask: async (threadId, signal) => {
      const holder = findOther(threadId);
      if (holder === undefined) return;
      write(toWanted(threadId));
      if (holder.bell !== undefined) await ringBell(stateDir, holder.bell);
      const until = performance.now() + LET_GO_MS;
      while (signal?.aborted !== true && findOther(threadId) !== undefined && performance.now() < until) {
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
      removeQuietly(folder.toPath(toWanted(threadId)));
    },
    onAsked: (letGo) => {
      options.onRing(() => {
        for (const threadId of held) if (isWanted(threadId)) letGo(threadId);
      });
    },
    sweep: (before, signal) => folder.sweep(before, { signal }),
  };
}
