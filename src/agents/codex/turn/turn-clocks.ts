// The clocks of a turn: a deadline for the whole turn, a limit on silence, and the time a finished CLI gets to exit.

/** Limits and callbacks of the clocks. */
export interface TurnClockOptions {
  readonly deadlineMs: number;
  readonly silenceMs: number;
  readonly onDeadline: () => void;
  readonly onSilence: () => void;
  /** Ms without an event after which the silence is reported, repeatedly as long as it lasts. */
  readonly quietMs: number;
  readonly onQuiet: (forMs: number) => void;
}

/** Running clocks. */
export interface TurnClocks {
  /** Reports an event, which restarts the silence. While an item is open (a long command), silence means nothing. */
  sawEvent(hasOpenItem: boolean): void;
  /** The turn is done. Only the exit of the CLI is still awaited. */
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
