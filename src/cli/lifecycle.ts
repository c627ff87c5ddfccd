// Ends the server on EOF, EPIPE or a signal, and everything it started, before Claude Code sends SIGKILL: that comes about 490 ms
// after SIGINT (docs/claude-code.md#environment-and-end).
import type { Logger } from "../domain/logger.ts";

/** What the lifecycle needs of a process; `process` itself in the program. */
export interface LifecycleProcess {
  readonly ppid: number;
  on(event: string, listener: (...args: unknown[]) => void): unknown;
}

/** What the lifecycle drives. */
export interface LifecycleOptions {
  readonly process: LifecycleProcess;
  /** Ends everything that was started. */
  readonly close: () => Promise<void>;
  readonly exit: (code: number) => void;
  readonly logger: Logger;
  /** Ms that `close` gets; then the program exits without waiting for it. */
  readonly budgetMs?: number;
  /** Ms between checks for a parent that died without closing our stdin. */
  readonly parentWatchMs?: number;
}

/** An installed lifecycle. */
export interface Lifecycle {
  /** Ends the server, once. */
  trigger(reason: string): void;
}

const BUDGET_MS = 380;
const PARENT_WATCH_MS = 2_000;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Installs the handlers. Further signals are ignored: the clean-up is already running. */
export function installLifecycle(options: LifecycleOptions): Lifecycle {
  const { process: own, close, exit, logger, budgetMs = BUDGET_MS, parentWatchMs = PARENT_WATCH_MS } = options;
  const parent = own.ppid;
  let isEnding = false;

  function end(reason: string, code: number): void {
    if (isEnding) return;
    isEnding = true;
    clearInterval(watch);
    logger.info({ reason }, "ending");
    const late = setTimeout(() => exit(code), budgetMs);
    close()
      .catch((error: unknown) => logger.error({ err: error }, "clean-up failed"))
      .finally(() => {
        clearTimeout(late);
        exit(code);
      });
  }

  const watch = setInterval(() => {
    if (own.ppid !== parent) end("parent is gone", 0);
  }, parentWatchMs);
  watch.unref();
  for (const signal of SIGNALS) own.on(signal, () => end(signal, 0));
  for (const event of ["uncaughtException", "unhandledRejection"]) {
    own.on(event, (error) => {
      logger.error({ err: error }, event);
      end(event, 1);
    });
  }
  return { trigger: (reason) => end(reason, 0) };
}
