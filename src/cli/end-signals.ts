// What ends a command that has Codex at work: it stops at the next step, and nothing is left running.

/** Exit codes of a program that a signal ends, as a shell gives them. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** Listens for the signals that end a program. */
export interface EndSignals {
  /** Aborts with the first of them. */
  readonly signal: AbortSignal;
  /** Exit code of the first; undefined while none came. */
  readonly exitCode: () => number | undefined;
  /** Stops listening. */
  readonly end: () => void;
}

/** Begins to listen. */
export function listenForSignals(): EndSignals {
  const stop = new AbortController();
  let exitCode: number | undefined;
  const listeners = Object.entries(SIGNALS).map(([name, code]) => {
    const onSignal = (): void => {
      exitCode ??= code;
      stop.abort();
    };
    process.on(name, onSignal);
    return { name, onSignal };
  });
  return {
    signal: stop.signal,
    exitCode: () => exitCode,
    end: () => {
      for (const { name, onSignal } of listeners) process.off(name, onSignal);
    },
  };
}
