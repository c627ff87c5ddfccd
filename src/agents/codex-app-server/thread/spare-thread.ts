// A thread that is started before anybody asks for it, like the one that was used last. A new thread that fits takes it over, and costs hardly
// more than a following turn. Codex stores nothing of it before its first turn (docs/codex-cli.md#app-server-threads).
import { join } from "node:path";
import { readStamp } from "../../../files/file-stamp.ts";
import { listAncestors } from "../../codex/config/trust.ts";
import { loadThread, type WantedThread } from "./load-thread.ts";
import type { LoadedThread } from "./loaded-thread.ts";

/** What a spare thread is made of. */
export interface SpareWish extends Omit<WantedThread, "threadId"> {
  /** What the turn asked for that it follows: see `isLike`. */
  readonly like: string;
  /** Stamp of what Codex reads when a thread starts and the load does not contain: see `readInstructionsStamp`. */
  readonly stamp: string;
  /** Whether a thread that was loaded this way would be loaded this way still. */
  readonly isStillRight: () => boolean;
}

/** The spare thread of a bridge. There is one at most. */
export interface SpareThread {
  /** The spare thread, if it is loaded as wished. It is not the caller's. */
  find(wish: Pick<SpareWish, "load" | "stamp">): LoadedThread | undefined;
  /** Gives the spare thread, if it is loaded as wished. It is the caller's from then on. */
  take(wish: Pick<SpareWish, "load" | "stamp">): LoadedThread | undefined;
  /** Whether there is one that was prepared after such a turn. What the user has changed since then shows only when it is taken. */
  isLike(like: string): boolean;
  /** Makes one in the background, unless there is one like it. Another one is dropped. */
  prepare(wish: SpareWish): void;
  drop(): void;
}

/** The time stamps of the files with the user's and the project's instructions: Codex reads them when a thread starts. */
export function readInstructionsStamp(cwd: string, codexHome: string): string {
  const folders = [codexHome, ...listAncestors(cwd)];
  const names = ["AGENTS.override.md", "AGENTS.md"];
  return folders.flatMap((folder) => names.map((name) => readStamp(join(folder, name)))).join("+");
}

interface Spare {
  readonly key: string;
  /** undefined once it did not fit a new thread: it may be outdated. */
  like: string | undefined;
  readonly stop: AbortController;
  thread: LoadedThread | undefined;
}

/** Makes it. A spare thread that nobody took is let go of after `idleMs`. */
export function createSpareThread(idleMs: number): SpareThread {
  let spare: Spare | undefined;
  let timer: NodeJS.Timeout | undefined;

  function drop(): void {
    clearTimeout(timer);
    spare?.stop.abort();
    void spare?.thread?.unload();
    spare = undefined;
  }

  const find: SpareThread["find"] = ({ load: { key }, stamp }) =>
    spare?.key === key + stamp && spare.thread?.isUsable === true ? spare.thread : undefined;

  async function load(made: Spare, { isStillRight, ...wish }: SpareWish): Promise<void> {
    const thread = await loadThread({ ...wish, threadId: undefined, signal: made.stop.signal });
    // A command rule, say, may have been added meanwhile.
    if (spare === made && !isStillRight()) drop();
    if (spare !== made) return void thread.unload();
    made.thread = thread;
    thread.onRetired = () => {
      if (spare === made) drop();
    };
  }

  return {
    find,
    take: (wish) => {
      const found = find(wish);
      if (spare !== undefined) spare.like = undefined;
      if (found === undefined) return undefined;
      clearTimeout(timer);
      spare = undefined;
      return found;
    },
    isLike: (like) => spare?.like === like && spare.thread?.isUsable !== false,
    prepare: (wish) => {
      const key = wish.load.key + wish.stamp;
      if (spare?.key === key && spare.thread?.isUsable !== false) return;
      drop();
      const made: Spare = { key, like: wish.like, stop: new AbortController(), thread: undefined };
      spare = made;
      timer = setTimeout(drop, idleMs);
      timer.unref();
      load(made, wish).catch(() => {
        // The next turn that needs a thread tells what is wrong.
        if (spare === made) drop();
      });
    },
    drop,
  };
}
