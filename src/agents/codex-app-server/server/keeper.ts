// Keeps the app servers of this bridge: one for each kind of launch, shared by the turns that need it.
import type { FailedLaunches } from "./failed-launches.ts";
import { KeptServer, toClosed } from "./kept-server.ts";
import { type AppServer, type ServerParts, startAppServer } from "./server-process.ts";
import type { ServerKeeper, ServerLaunch, ServerLease } from "./server-types.ts";

/** Options of a keeper. */
export interface KeeperOptions extends ServerParts {
  /** Time after the last release in which a server is kept. */
  readonly idleMs: number;
  /** Launches that are not tried again; undefined tries each of them each time. */
  readonly failed?: FailedLaunches | undefined;
}

/** Creates a keeper. Nothing is started before the first `take`. */
export function createServerKeeper(options: KeeperOptions): ServerKeeper {
  return new Keeper(options);
}

class Keeper implements ServerKeeper {
  readonly #options: KeeperOptions;
  /** Every server that has not ended. */
  readonly #servers = new Set<KeptServer>();
  #isClosed = false;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  async take(launch: ServerLaunch, signal: AbortSignal): Promise<ServerLease> {
    for (;;) {
      signal.throwIfAborted();
      if (this.#isClosed) throw toClosed();
      const refusal = this.#options.failed?.find(toKey(launch));
      if (refusal !== undefined) throw refusal;
      const kept = this.#find(launch) ?? this.#add(launch);
      const lease = await this.#lease(kept, launch, signal);
      if (lease !== undefined) return lease;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#servers].map((kept) => kept.close()));
  }

  async #lease(kept: KeptServer, launch: ServerLaunch, signal: AbortSignal): Promise<ServerLease | undefined> {
    const { failed } = this.#options;
    try {
      return await kept.lease(signal);
    } catch (error) {
      throw signal.aborted || failed === undefined ? error : failed.add(toKey(launch), error);
    }
  }

  // The server that serves a launch. Those that the launch outdates are retired.
  #find(launch: ServerLaunch): KeptServer | undefined {
    const kind = toKind(launch);
    const same = [...this.#servers].filter((kept) => kept.kind === kind && !kept.retired.aborted);
    for (const kept of same) if (kept.stamp !== launch.stamp) kept.retire();
    return same.find((kept) => !kept.retired.aborted && (launch.isForOneThread !== true || kept.isFree));
  }

  #add(launch: ServerLaunch): KeptServer {
    const kind = toKind(launch);
    const isForOne = launch.isForOneThread === true;
    const like = (): KeptServer[] => [...this.#servers].filter((kept) => kept.kind === kind);
    // One that is ending may still hold its threads. That of a single thread has let go of it before the thread is loaded again.
    const before = isForOne ? [] : like().flatMap((kept) => (kept.isEnding ? [kept.over] : []));
    const start = async (signal: AbortSignal): Promise<AppServer> => {
      await Promise.all(before);
      const server = await startAppServer(launch, this.#options, signal);
      const { connection } = server;
      void connection.closed.then(() => {
        if (connection.end?.isOurs === false) this.#options.failed?.addCrash(toKey(launch));
      });
      return server;
    };
    const isSurplus = (): boolean => isForOne && like().some((other) => other !== kept && other.isFree);
    const { idleMs } = this.#options;
    const kept: KeptServer = new KeptServer({ kind, stamp: launch.stamp, idleMs, start, isForOne, isSurplus });
    this.#servers.add(kept);
    void kept.over.then(() => this.#servers.delete(kept));
    return kept;
  }
}

// Everything that may decide on whether a server starts.
function toKey(launch: ServerLaunch): string {
  return `${launch.stamp} ${toKind(launch)}`;
}

// The parts of a launch that make it another kind of server, rather than a newer one.
function toKind({ file, args, env, cwd, apiKey, socketFolder, isForOneThread = false }: ServerLaunch): string {
  const sorted = Object.entries(env).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([file, args, cwd, apiKey, sorted, socketFolder, isForOneThread]);
}
