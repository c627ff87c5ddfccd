// The clocks of a turn: a deadline for the whole, a limit for silence, and a grace for a CLI that does not exit.

/** What the clocks watch and call. */
export interface TurnClockOptions {
  readonly deadlineMs: number;
  readonly silenceMs: number;
  readonly onDeadline: () => void;
  readonly onSilence: () => void;
  /** Ms without an event after which that is told, and again as long as it lasts. */
  readonly quietMs: number;
  readonly onQuiet: (forMs: number) => void;
}

/** Running clocks. */
export interface TurnClocks {
  /** Each event restarts the silence; while an item is open (a long command), silence means nothing. */
  sawEvent(hasOpenItem: boolean): void;
  /** The turn is done: only its exit is awaited now. */
  expectExit(graceMs: number, onLate: () => void): void;
  stop(): void;
}

/** Starts the clocks. */
export function createTurnClocks(options: TurnClockOptions): TurnClocks {
  const deadline = setTimeout(options.onDeadline, options.deadlineMs);
  let silence: NodeJS.Timeout | undefined = setTimeout(options.onSilence, options.silenceMs);
  let exit: NodeJS.Timeout | undefined;
  let quiet: NodeJS.Timeout | undefined;
  const listen = (): void => {
    clearInterval(quiet);
    let times = 0;
    quiet = setInterval(() => {
      times += 1;
      options.onQuiet(times * options.quietMs);
    }, options.quietMs);
  };
  listen();
  const stop = (): void => {
    clearTimeout(deadline);
    clearTimeout(silence);
    clearTimeout(exit);
    clearInterval(quiet);
  };
  return {
    sawEvent: (hasOpenItem) => {
      if (exit !== undefined) return;
      listen();
      clearTimeout(silence);
      silence = hasOpenItem ? undefined : setTimeout(options.onSilence, options.silenceMs);
    },
    expectExit: (graceMs, onLate) => {
      if (exit !== undefined) return;
      stop();
      exit = setTimeout(onLate, graceMs);
    },
    stop,
  };
}
