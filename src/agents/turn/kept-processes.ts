// The processes that are kept between turns. The agents have no lock on a session: two processes that go on with one each keep a history of
// their own, and the turns of one of them are lost in silence. So a kept process is ended before anybody else continues its thread.
import type { OpenThreads } from "../../state/open-threads.ts";
import type { LineProcess } from "./line-process.ts";

/** The kept processes of a bridge. */
export interface KeptProcesses<Process> {
  /** The process of a thread, for a turn with this key; undefined where there is none. One with another key is ended first. */
  take(threadId: string, key: string): Promise<Process | undefined>;
  /** Keeps a process that no turn uses any more. */
  keep(threadId: string, process: Process): void;
  /** Ends the process of a thread, if one is kept. */
  letGo(threadId: string): Promise<void>;
  /** Ends them all, and keeps no more. */
  close(): Promise<void>;
}

/** Options of the kept processes. */
export interface KeptProcessesOptions {
  /** How long one is kept, ms; 0 keeps none. */
  readonly idleMs: number;
  readonly openThreads: Pick<OpenThreads, "hold" | "drop" | "onAsked">;
  /** Whether a line shows that a process works although nobody has given it a prompt. Then it is ended. */
  readonly isUnasked: (line: string) => boolean;
}

/** What a process has to exit when the bridge ends, which itself has less than half a second. */
const CLOSING_MS = 150;
/** One takes about 200 MB. */
const MOST_KEPT = 4;

/** Makes them. */
export function createKeptProcesses<Process extends LineProcess>({
  idleMs,
  openThreads,
  isUnasked,
}: KeptProcessesOptions): KeptProcesses<Process> {
  const kept = new Map<string, { readonly process: Process; readonly timer: NodeJS.Timeout }>();
  /** Processes that are being ended, by thread. */
  const leaving = new Map<string, Promise<void>>();
  let isClosed = false;

  function remove(threadId: string): Process | undefined {
    const found = kept.get(threadId);
    clearTimeout(found?.timer);
    kept.delete(threadId);
    return found?.process;
  }

  function end(threadId: string, process: Process): Promise<void> {
    const left = process.close(isClosed ? CLOSING_MS : undefined).then(() => {
      if (leaving.get(threadId) !== left) return;
      leaving.delete(threadId);
      openThreads.drop(threadId);
    });
    leaving.set(threadId, left);
    return left;
  }

  async function letGo(threadId: string): Promise<void> {
    const process = remove(threadId);
    await (process === undefined ? leaving.get(threadId) : end(threadId, process));
  }

  openThreads.onAsked((threadId) => {
    if (kept.has(threadId)) void letGo(threadId);
  });

  return {
    take: async (threadId, key) => {
      const process = kept.get(threadId)?.process;
      if (process?.isThere === true && process.key === key) return remove(threadId);
      await letGo(threadId);
      return undefined;
    },
    keep: (threadId, process) => {
      if (isClosed || idleMs === 0 || !process.isAlive) {
        void end(threadId, process);
        return;
      }
      openThreads.hold(threadId);
      const timer = setTimeout(() => void letGo(threadId), idleMs);
      timer.unref();
      kept.set(threadId, { process, timer });
      const stop = (): void => void (kept.get(threadId)?.process === process && letGo(threadId));
      process.listen({ onLine: (line) => isUnasked(line) && stop(), onLongLine: stop });
      void process.ended.then(stop);
      const [oldest] = kept.keys();
      if (kept.size > MOST_KEPT && oldest !== undefined) void letGo(oldest);
    },
    letGo,
    close: async () => {
      isClosed = true;
      await Promise.all([...kept.keys()].map(letGo));
      await Promise.all(leaving.values());
    },
  };
}
